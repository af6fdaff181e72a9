"""How errors are spread."""

from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.review.canvas import INK
from linacsim.review.figures.frame import extreme, nothing, round_up
from linacsim.review.figures.subject import Subject
from linacsim.review.metrics.errors import judged_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 80
LEAST_PERCENT = 0.01


def draw_histograms(figure: "Figure", subject: Subject) -> None:
    """Draw shares of rows by error for leaves, jaws, gantry and MU."""
    recording, layout = subject.recording, subject.recording.layout
    rows = judged_rows(subject.course)
    errors = recording.actual[rows] - recording.expected[rows]
    mu = recording.mu_actual[rows] - recording.mu_expected[rows]
    moves = {axis.name for axis in subject.metrics.axes if axis.moves}

    def moving(columns: slice) -> Floats:
        kept = [c for c in range(layout.n_axes)[columns] if layout.name(c) in moves]
        return 10.0 * errors[:, kept].ravel()

    panels = figure.subplots(2, 2).ravel()
    banks = {"bank A": moving(layout.bank_a), "bank B": moving(layout.bank_b)}
    _draw(panels[0], banks, "moving leaves: actual - expected [mm]", 0.02)
    jaws = {n: 10.0 * errors[:, Axis[n]] for n in ("X1", "X2", "Y1", "Y2")}
    _draw(panels[1], jaws, "jaws: actual - expected [mm]", 0.02)
    gantry = {"gantry": errors[:, Axis.GANTRY_RTN]}
    _draw(panels[2], gantry, "gantry: actual - expected [deg]", 0.02)
    _draw(panels[3], {"MU": mu}, "actual - expected [MU]", 0.02)
    figure.supylabel("share of rows [%], logarithmic", fontsize=9)


def _draw(panel: "Axes", parts: dict[str, Floats], label: str, least: float) -> None:
    parts = {name: values[np.isfinite(values)] for name, values in parts.items()}
    parts = {name: values for name, values in parts.items() if len(values)}
    panel.set_xlabel(label)
    if not parts:
        nothing(panel, "none moves" if "moving" in label else "not told")
        return
    top = round_up(max(map(extreme, parts.values())), least)
    edges = np.linspace(-top, top, BINS + 1)
    styles = zip(INK, ("-", "--", "-.", ":"), strict=False)
    for (name, values), (ink, style) in zip(parts.items(), styles, strict=False):
        share = 100.0 * np.histogram(values, edges)[0] / len(values)
        panel.stairs(share, edges, color=ink, linestyle=style, linewidth=1.2, label=name)
    panel.axvline(0.0, color="#333333", linewidth=0.6)
    panel.set_yscale("log")
    panel.set_ylim(LEAST_PERCENT, 200.0)
    panel.set_xlim(-top, top)
    panel.set_xticks(np.linspace(-top, top, 5))
    panel.grid(visible=True, color="#e0e0e0", linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    if len(parts) > 1:
        panel.legend(fontsize=7, loc="best", framealpha=0.8)
