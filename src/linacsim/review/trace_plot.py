"""A picture of a motion trace."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linacsim.formats.traces.breaths import find_breaths
from linacsim.formats.traces.periodicity import principal_signal
from linacsim.model.arrays import Bools, Floats
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.model.trace import Trace
from linacsim.review.canvas import INK, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INVALID = "#f5d5d0"
_NOT_ENABLED = "#f3e9d2"


def draw_trace(trace: Trace, path: Path) -> Path:
    """Draw positions, the breathing signal with its turns, phase where known, and the clock.

    Invalid stretches are shaded. Returns `path`; raises InputError where pictures cannot be made.
    """
    time_s = trace.times_ns / NS_PER_S
    name = Path(trace.path).name if trace.path else "trace"
    count = 3 + (trace.phase_deg is not None)
    with panels(f"{name}: {trace.format} trace, {len(trace)} samples", count, path) as axes:
        for panel in axes:
            _shade(panel, time_s, ~trace.valid, _INVALID)
        if trace.beam_enable is not None:
            _shade(axes[0], time_s, ~trace.beam_enable, _NOT_ENABLED)
        _draw_positions(axes[0], trace, time_s)
        _draw_breathing(axes[1], trace, time_s)
        if trace.phase_deg is not None:
            axes[2].plot(time_s, trace.phase_deg, color=INK[3], linewidth=0.9)
            axes[2].set_ylabel("phase [deg]")
            axes[2].set_yticks([0, 90, 180, 270, 360])
        _draw_clock(axes[-1], trace, time_s)
    return path


def _shade(panel: "Axes", time_s: Floats, rows: Bools, color: str) -> None:
    if rows.any():
        across = panel.get_xaxis_transform()
        until_next = rows.copy()
        until_next[1:] |= rows[:-1]  # a single sample has no width of its own
        panel.fill_between(
            time_s, 0, 1, where=until_next.tolist(), transform=across, color=color, linewidth=0
        )


def _draw_positions(panel: "Axes", trace: Trace, time_s: Floats) -> None:
    for column, name in enumerate("xyz"):
        if name in trace.axes:
            panel.plot(
                time_s, trace.positions[:, column], color=INK[column], linewidth=1.0, label=name
            )
    for limit in trace.gate_limits_cm or ():
        panel.axhline(limit, color=INK[5], linewidth=0.8, linestyle="--")
    panel.set_ylabel("position [cm]")
    _name_lines(panel)


def _draw_breathing(panel: "Axes", trace: Trace, time_s: Floats) -> None:
    signal = principal_signal(trace)
    breaths = find_breaths(trace.times_ns, signal)
    panel.plot(time_s, signal, color=INK[0], linewidth=1.0)
    panel.plot(
        time_s[breaths.index], signal[breaths.index], ".", color=INK[1], markersize=4, label="turns"
    )
    panel.set_ylabel("main direction [cm]")
    _name_lines(panel)


def _name_lines(panel: "Axes") -> None:
    """Put the legend above the panel, where no line runs."""
    panel.legend(
        ncols=3, fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0, frameon=False
    )


def _draw_clock(panel: "Axes", trace: Trace, time_s: Floats) -> None:
    steps_ms = np.diff(trace.times_ns) / NS_PER_MS
    panel.plot(time_s[1:], steps_ms, color=INK[5], linewidth=0.8)
    panel.set_ylabel("step [ms]")
    panel.set_ylim(bottom=0)
