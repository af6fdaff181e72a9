"""A picture of a delivery, made from its trajectory log."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linacsim.formats.trajectory_log import AxisCode, TrajectoryLog
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import BeamHold
from linacsim.review.canvas import INK, label_outside, panels, show_at_least

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_LEAVES = 3
"""Of each bank."""
LEAST_DEG, LEAST_CM = 2.0, 0.5
"""Spans that scales of gantry and leaves cover at least."""
_RATE_WINDOW_S = 0.2
_CARRIAGES = 2
"""The first columns of the MLC are its carriages."""


def draw_delivery(log: TrajectoryLog, path: Path) -> Path:
    """Draw MU, dose rate, gantry and the busiest leaves over time; return `path`.

    Raises InputError for a log without snapshots or without these axes.
    """
    if not len(log):
        raise InputError("the log has no snapshots: nothing to draw", Place(str(log.path or "")))
    name = log.header.subbeams[0].name if log.header.subbeams else "beam"
    origin = "emulated delivery" if log.header.emulated else "log of a real machine"
    time_s = np.asarray(log.time_s)
    with panels(f"{name}: {origin}", 4, path) as (dose, rate, gantry, leaves):
        for panel in (dose, rate, gantry, leaves):
            _shade_holds(panel, log, time_s)
        _draw_mu(dose, log, time_s)
        _draw_rate(rate, log, time_s)
        _draw_gantry(gantry, log, time_s)
        _draw_leaves(leaves, log, time_s)
    return path


def _column(log: TrajectoryLog, code: AxisCode, *, expected: bool = False) -> Floats:
    values = log.expected if expected else log.actual
    return values[:, log.columns(code).start].astype(np.float64)


def _draw_mu(panel: "Axes", log: TrajectoryLog, time_s: Floats) -> None:
    panel.plot(time_s, _column(log, AxisCode.MU), color=INK[0])
    panel.set_ylabel("MU")


def _draw_rate(panel: "Axes", log: TrajectoryLog, time_s: Floats) -> None:
    panel.plot(time_s, mu_per_min(time_s, _column(log, AxisCode.MU)), color=INK[1], linewidth=0.9)
    panel.set_ylabel("MU/min")
    panel.set_ylim(bottom=0)


def _draw_gantry(panel: "Axes", log: TrajectoryLog, time_s: Floats) -> None:
    panel.plot(time_s, _column(log, AxisCode.GANTRY), color=INK[2])
    panel.set_ylabel("gantry [deg]")
    show_at_least(panel, LEAST_DEG)


def _draw_leaves(panel: "Axes", log: TrajectoryLog, time_s: Floats) -> None:
    columns = log.columns(AxisCode.MLC)
    actual = log.actual[:, columns.start + _CARRIAGES : columns.stop].astype(np.float64)
    pairs = actual.shape[1] // 2
    draw_leaves(panel, time_s, actual[:, :pairs], actual[:, pairs:])


def draw_leaves(panel: "Axes", time_s: Floats, bank_a: Floats, bank_b: Floats) -> None:
    """Draw the busiest leaves of each bank, (n, pairs) positions in cm, bank B dashed."""
    for bank, positions, style in (("A", bank_a, "-"), ("B", bank_b, "--")):
        for ink, leaf in zip(INK, busiest(positions, SHOWN_LEAVES), strict=False):
            label = f"{bank}{leaf + 1}"
            column = positions[:, leaf]
            panel.plot(time_s, column, style, color=ink, linewidth=1.0, label=label)
    panel.set_ylabel("leaves [cm]")
    show_at_least(panel, LEAST_CM)
    label_outside(panel)


def _shade_holds(panel: "Axes", log: TrajectoryLog, time_s: Floats) -> None:
    held = _column(log, AxisCode.BEAM_HOLD) != BeamHold.NORMAL
    across = panel.get_xaxis_transform()
    panel.fill_between(
        time_s, 0, 1, where=held.tolist(), transform=across, color="#f3e9d2", linewidth=0
    )


def mu_per_min(time_s: Floats, mu: Floats) -> Floats:
    """Return (n,) dose rate over a window that evens out single pulses."""
    if len(mu) < 2:
        return np.zeros_like(mu)
    half = max(1, round(_RATE_WINDOW_S / 2 / (time_s[1] - time_s[0])))
    before = np.maximum(np.arange(len(mu)) - half, 0)
    after = np.minimum(np.arange(len(mu)) + half, len(mu) - 1)
    return np.asarray(60.0 * (mu[after] - mu[before]) / (time_s[after] - time_s[before]))


def busiest(positions: Floats, count: int) -> list[int]:
    """Return the columns of (n, m) positions that travel most, at most `count`, in column order.

    Columns that stay put are only chosen where fewer move; then the first ones are shown.
    """
    travel = np.abs(np.diff(positions, axis=0)).sum(axis=0)
    order = np.argsort(-np.round(travel, 2), kind="stable")
    return sorted(int(column) for column in order[:count])
