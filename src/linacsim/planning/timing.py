"""The time law: how fast a run of segments is travelled (docs/explanation/time-law.md).

A run goes from rest to rest. Its path parameter q counts merged segments: q = k + u on segment
k, u from 0 to 1. The law knows a segment only by its cruise speed and its acceleration, both in
u, and a corner only by how long its longest blend would last at full speed. Rule numbers are
those of research/log-formats.md section 7.
"""

import math
from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import PlanningRules
from linacsim.model.arrays import Floats
from linacsim.model.pieces import Pieces
from linacsim.planning.walk import Segment, walk


@dataclass(frozen=True, slots=True)
class Run:
    """What the law needs to know of n segments."""

    cruise: Floats
    """(n,) limiting rate in 1/s (rule 1)."""
    accel: Floats
    """(n,) acceleration in 1/s2 (rule 2), infinite where nothing but dose changes."""
    blend_s: Floats
    """(n - 1,) longest blend at each inner corner, at full speed (rule 3)."""


@dataclass(frozen=True, slots=True)
class RunTiming:
    """When a run is where."""

    pieces: Pieces
    duration_s: float
    crossing_s: Floats
    """(n + 1,) when each end of a segment is crossed."""
    factor: Floats
    """(n + 1,) share of cruise speed at each crossing, 0 at rest."""


def time_run(run: Run, rules: PlanningRules, tick_s: float) -> RunTiming:
    """Return the timing of a run that starts at time 0, which is a tick.

    With `tick_s` 0 the law is continuous; the machine changes its mind only at ticks, which
    makes ramps up to a tick or two longer.
    """
    rise = run.accel if tick_s == 0 else np.minimum(run.accel, run.cruise / tick_s)
    factor = _cut_corners(run, rules)
    _lower_before_stops(run, factor, 0.5 * rules.blend_fraction)
    window = _windows(run, factor)
    _lower_after_starts(run.cruise, rise, factor, window)
    pieces, crossing = walk(_segments(run, rise, factor, window), tick_s)
    return RunTiming(pieces, crossing[-1], np.array(crossing), factor)


def time_moves(cruise: Floats, accel: Floats, tick_s: float) -> tuple[Pieces, float]:
    """Return pieces and length of n moves from rest to rest, each begun as soon as one ends.

    `cruise` and `accel` (n,) are in 1/s and 1/s2; time 0 is a tick, the ends of moves are not.
    """
    rise = accel if tick_s == 0 else np.minimum(accel, cruise / tick_s)
    none = np.zeros_like(cruise)
    rows = np.column_stack([cruise, rise, accel, none, none, none, none])
    pieces, crossing = walk([Segment(*row) for row in rows.tolist()], tick_s)
    return pieces, crossing[-1]


def _cut_corners(run: Run, rules: PlanningRules) -> Floats:
    """Return (n + 1,) speed factors: 0 at rest, a power of 0.9 where blends are long (rule 4).

    A factor f shortens the blend by f and lengthens both neighbours by 1 / f.
    """
    factor = np.ones(len(run.cruise) + 1)
    factor[0] = factor[-1] = 0.0
    room = rules.blend_fraction / np.maximum(run.cruise[:-1], run.cruise[1:])
    inner = factor[1:-1]
    too_long = run.blend_s > room * (1 + 1e-9)
    while too_long.any():
        inner[too_long] *= rules.cut_factor
        too_long = inner**2 * run.blend_s > room * (1 + 1e-9)
    return factor


def _lower_before_stops(run: Run, factor: Floats, reserve: float) -> None:
    """Lower, in place, corner speeds from which the next end could not be braked for.

    A lowered corner keeps the share `reserve`, that of the longest half blend, of its segment
    free of the ramp.
    """
    gain = 2 * run.accel / run.cruise**2
    window = _windows(run, factor)
    free = 1 - window.sum(axis=1)
    if not (factor[:-1] ** 2 > factor[1:] ** 2 + gain * free).any():
        return
    at, gains, half = factor.tolist(), gain.tolist(), _windows(run, np.ones_like(factor)).tolist()
    for k in range(len(gains) - 1, 0, -1):
        end = 1 - half[k][1] * at[k + 1] ** 2
        if at[k] ** 2 > at[k + 1] ** 2 + gains[k] * (end - half[k][0] * at[k] ** 2):
            at[k] = min(at[k], math.sqrt(at[k + 1] ** 2 + gains[k] * max(end - reserve, 0.0)))
    factor[:] = at


def _windows(run: Run, factor: Floats) -> Floats:
    """Return (n, 2) widths in u of constant speed at the start and end of each segment (rule 5)."""
    half_s = np.zeros(len(factor))
    half_s[1:-1] = 0.5 * run.blend_s * factor[1:-1]
    width = half_s * factor
    return np.column_stack([width[:-1] * run.cruise, width[1:] * run.cruise])


def _lower_after_starts(cruise: Floats, rise: Floats, factor: Floats, window: Floats) -> None:
    """Lower, in place, speeds that a segment is too short to reach; the windows stay as wide."""
    gain = 2 * rise * np.maximum(1 - window.sum(axis=1), 0.0) / cruise**2
    short = np.flatnonzero(factor[1:] ** 2 > factor[:-1] ** 2 + gain)
    if len(short) == 0:
        return
    at, gains = factor.tolist(), gain.tolist()
    for k in range(int(short[0]), len(gains)):
        at[k + 1] = min(at[k + 1], math.sqrt(at[k] ** 2 + gains[k]))
    factor[:] = at


def _segments(run: Run, rise: Floats, factor: Floats, window: Floats) -> list[Segment]:
    rows = np.column_stack(
        [run.cruise, rise, run.accel, factor[:-1] * run.cruise, factor[1:] * run.cruise, window]
    )
    return [Segment(*row) for row in rows.tolist()]
