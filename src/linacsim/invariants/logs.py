"""The same eye on the columns of a trajectory log, a real machine's or ours.

A log has no supervisor state and is written in single precision, every second tick. So the eye
looks only at snapshots that stand well clear of a beam hold, and allows for the rounding.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.invariants.measures import steps, sustained, with_carriages
from linacsim.invariants.motion import ROUNDING, actual_speed_limit
from linacsim.invariants.violations import Rule, Tally, Violation
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints

SINGLE = float(np.finfo(np.float32).eps)
CLEAR = 3
"""Snapshots after a hold that are not judged: the flag and the columns change up to two apart."""
OVERLAP_CM = 0.02
LEAST_DOSE_MU = 1e-3
"""Rise that is a dose and no drift or first reading: the smallest pulse seen is 0.0122 MU
(log-formats 6.3), the greatest drift from one snapshot to the next below 0.0001 MU."""


@dataclass(frozen=True, slots=True, eq=False)
class LogColumns:
    """Columns of a log in the order of `model.axes`, n snapshots; NaN for axes it lacks."""

    interval_ms: int
    expected: Floats
    """(n, n_axes)"""
    actual: Floats
    """(n, n_axes)"""
    mu_expected: Floats
    mu_actual: Floats
    hold_actual: Floats
    """(n,) beam hold: 0 none, anything else held."""
    cp: Floats


def judge_log(machine: MachineSpec, log: LogColumns, mu_per_pulse: float) -> tuple[Violation, ...]:
    """Return what the log of this machine breaks, in order of time; ticks are snapshots."""
    dt_s = log.interval_ms / 1000.0
    tally = Tally(machine.layout, lambda row: row * dt_s)
    _judge_beam(log, mu_per_pulse, tally)
    _judge_motion(machine, log, dt_s, tally)
    _judge_leaves(machine, log, tally)
    return tally.violations()


def running(hold: Floats) -> Bools:
    """Return (n,) snapshots at which neither this nor the ones just before were held."""
    held = hold != 0
    out: Bools = ~held
    for back in range(1, CLEAR + 1):
        out[back:] &= ~held[:-back]
    out[:CLEAR] = False
    return out


def _judge_beam(log: LogColumns, mu_per_pulse: float, tally: Tally) -> None:
    rows = np.arange(1, len(log.cp))
    held = log.hold_actual != 0
    rise = np.diff(log.mu_actual)
    still_held = held[1:] & held[:-1]
    dose = still_held & (rise > LEAST_DOSE_MU)
    tally.add(Rule.DOSE_HELD, dose, rows, rise, LEAST_DOSE_MU)
    tally.add(Rule.MU_DECREASES, rise < -LEAST_DOSE_MU, rows, rise, 0.0)
    step = np.diff(log.cp)
    clear = running(log.hold_actual)[1:]
    tally.add(Rule.CP_DECREASES, clear & (step < -ROUNDING), rows, step, 0.0)
    if len(log.mu_expected):
        most = float(log.mu_expected.max()) + mu_per_pulse
        over = log.mu_actual > most
        tally.add(Rule.MU_BEYOND_PLAN, over, np.arange(len(over)), log.mu_actual, most)


def _judge_motion(machine: MachineSpec, log: LogColumns, dt_s: float, tally: Tally) -> None:
    axes, every = machine.axes, np.arange(machine.layout.n_axes)
    clear = running(log.hold_actual)
    rounding = 4 * SINGLE * np.abs(np.nan_to_num(log.expected)).max(axis=0, initial=0.0)
    step = steps(log.expected)
    speed = np.abs(step) / dt_s
    limit = with_carriages(machine.layout, speed, axes.max_speed) + rounding / dt_s
    bad = (speed > limit) & clear[1:, None]
    tally.add_axes(Rule.SPEED, bad, _after(log, 1), speed, limit, every)
    accel = np.abs(steps(step)) / dt_s**2
    most = axes.max_accel * (1 + ROUNDING) + 2 * rounding / dt_s**2
    bad = (accel > most) & clear[2:, None]
    tally.add_axes(Rule.ACCELERATION, bad, _after(log, 2), accel, most, every)
    actual = np.abs(steps(log.actual)) / dt_s
    limit = with_carriages(machine.layout, actual, actual_speed_limit(machine, dt_s))
    tally.add_axes(
        Rule.SPEED_ACTUAL, sustained(actual > limit), _after(log, 1), actual, limit, every
    )
    _judge_following(machine, log, clear, tally)


def _judge_following(machine: MachineSpec, log: LogColumns, clear: Bools, tally: Tally) -> None:
    """Only axes that the log shows moving: others may stand off by their tolerance."""
    plan = log.expected[clear]
    if not len(plan):
        return
    moves = np.flatnonzero((plan != plan[0]).any(axis=0) & ~np.isnan(plan[0]))
    error = np.abs(log.actual - log.expected)[:, moves]
    limit = machine.axes.follow_tolerance[moves]
    bad = sustained((error > limit) & clear[:, None])
    tally.add_axes(Rule.FOLLOWING, bad, _after(log, 0), error, limit, moves)


def _judge_leaves(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    layout, rounding = machine.layout, 1e-5
    pairs = np.arange(layout.bank_a.start, layout.bank_a.stop)
    for rule, positions, least in (
        (Rule.LEAF_COLLISION, log.expected, -rounding),
        (Rule.LEAF_COLLISION_ACTUAL, log.actual, -OVERLAP_CM),
    ):
        gap = positions[:, layout.bank_a] + positions[:, layout.bank_b]
        tally.add_axes(rule, gap < least, _after(log, 0), gap, 0.0, pairs)


def _after(log: LogColumns, skipped: int) -> Ints:
    return np.arange(skipped, len(log.cp))
