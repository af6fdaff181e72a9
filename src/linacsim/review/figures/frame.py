"""What all figures have in common: title, shaded holds, colours."""

from typing import TYPE_CHECKING, Any

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.signals import BeamHold
from linacsim.review.canvas import INK
from linacsim.review.figures.subject import Subject, origin
from linacsim.review.recording import Recording
from linacsim.review.report import SAFETY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXPECTED: dict[str, Any] = {"color": "#56b4e9", "linewidth": 2.6, "label": "expected"}
ACTUAL: dict[str, Any] = {"color": INK[1], "linewidth": 0.9, "label": "actual"}
OTHER: dict[str, Any] = {
    "color": "#333333",
    "linewidth": 0.9,
    "linestyle": (0, (4, 2)),
    "label": "reference",
}
HELD = "#dfe3e7"
DIVERGING = "RdBu_r"
INCREASING = "cividis"


def entitle(figure: "Figure", subject: Subject, what: str) -> None:
    """Say what is shown, of which delivery, and what kind of delivery it is."""
    recording = subject.recording
    beam = f", beam {recording.beam}" if recording.beam else ""
    other = f", against {subject.against.name}" if subject.against else ""
    kind = origin(recording)
    figure.suptitle(
        f"{what}\n{recording.name}{beam}{other}\n{kind[0].upper()}{kind[1:]}. {SAFETY}",
        fontsize=9,
        parse_math=False,
    )


def shade_holds(panel: "Axes", recording: Recording) -> None:
    """Shade where the beam is held."""
    dt_s = recording.interval_ns / 1e9
    spans = [
        (start * dt_s - dt_s / 2, (stop - start) * dt_s)
        for start, stop in runs(recording.hold_actual != BeamHold.NORMAL)
    ]
    panel.broken_barh(
        spans, (0, 1), transform=panel.get_xaxis_transform(), color=HELD, linewidth=0, zorder=0
    )
    panel.set_xlim(0, max(float(recording.time_s[-1]), dt_s))


def runs(flags: Bools) -> list[tuple[int, int]]:
    """Return the first and one past the last index of each run of flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def nothing(panel: "Axes", why: str) -> None:
    """Say why there is nothing to see."""
    panel.text(0.5, 0.5, why, transform=panel.transAxes, ha="center", va="center", color="#586674")
    panel.set_xticks([])
    panel.set_yticks([])


def round_up(value: float, least: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten: ends of scales that people can read."""
    value = max(value, least)
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999999))


def extreme(values: Floats) -> float:
    """Return the greatest size; 0 where there is nothing."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(sizes.max()) if len(sizes) else 0.0
