"""A picture of a gated delivery: motion, gate and beam over time."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.motion.source import Motion
from linacsim.review.canvas import INK, panels
from linacsim.review.delivery_plot import mu_per_min
from linacsim.review.gate_truth import Spans
from linacsim.review.gating_record import GatingRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GATE = "#d9ead3"
_BEFORE_S = 2.0


def draw_gating(record: GatingRecord, gate: Spans | None, target: Motion, path: Path) -> Path:
    """Draw the target's way, dose and dose rate; where the gate allows is green, holds are grey.

    The gate is that of the motion, without delay, so that dose outside green is dose outside the
    gate. Returns `path`; raises InputError where pictures cannot be made.
    """
    rows = record.delivery()
    first = max(0, rows.start - round(_BEFORE_S * NS_PER_S / TICK_NS))
    ticks = np.arange(first, rows.stop, dtype=np.int64)
    time_s = (ticks + 1) * (TICK_NS / NS_PER_S)
    state, mu = record.state()[first : rows.stop], record.mu()[first : rows.stop]
    positions = target.positions((ticks + 1) * TICK_NS)
    held = state == State.HOLDING
    title = "gated delivery: target (thick: beam not held), dose, gate (green)"
    with panels(title, 3, path) as axes:
        for panel in axes:
            _shade(panel, gate, time_s)
        for column, name in enumerate("xyz"):
            if np.ptp(positions[:, column]) > 0 or column == 2:
                axes[0].plot(time_s, positions[:, column], color=INK[column], linewidth=1.0)
                axes[0].annotate(
                    name, (time_s[-1], positions[-1, column]), color=INK[column], fontsize=8
                )
        lit = np.where((state == State.DELIVERING)[:, None], positions, np.nan)
        axes[0].plot(time_s, lit[:, 2], color=INK[1], linewidth=2.2)
        axes[0].set_ylabel("target [cm]")
        axes[1].plot(time_s, mu, color=INK[0])
        axes[1].set_ylabel("MU")
        axes[2].plot(time_s, mu_per_min(time_s, mu), color=INK[1], linewidth=0.9)
        axes[2].fill_between(
            time_s,
            0,
            1,
            where=held.tolist(),
            transform=axes[2].get_xaxis_transform(),
            color="#000000",
            alpha=0.08,
            linewidth=0,
        )
        axes[2].set_ylabel("MU/min")
        axes[2].set_ylim(bottom=0)
    return path


def _shade(panel: "Axes", gate: Spans | None, time_s: Floats) -> None:
    if gate is None:
        return
    for begin, end in zip(gate.begin.tolist(), gate.end.tolist(), strict=True):
        from_s, to_s = max(begin / NS_PER_S, time_s[0]), min(end / NS_PER_S, time_s[-1])
        if from_s < to_s:
            panel.axvspan(from_s, to_s, color=_GATE, linewidth=0, zorder=0)
