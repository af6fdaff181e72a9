"""Axes of a log: limits of the plan, following, jumps, places that are kept."""

import numpy as np

from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.measures import steps, sustained, with_carriages
from linacsim.invariants.motion import ROUNDING, actual_speed_limit
from linacsim.invariants.violations import Rule, Tally
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import Axis

JUMP = 0.05
"""cm or deg by which the step of an actual position may change from one snapshot to the next: at
most 0.027 (gantry breaking away) and 0.023 (leaves starting) in public logs."""
JUMP_ACCEL = 2.0
"""Multiple of the greatest acceleration that makes a jump where snapshots are far apart."""
STANDS_OFF = 1.0
"""cm or deg by which jaws, collimator and gantry may stand off where they do not move: tolerance
tables of a beam allow some, and a log does not hold them; public logs show 0.01 at most."""
WAITS = 0.9
"""Share of the deficit at which axes begin to wait for dose, changing speed at once: the rows of a
log do not show the greatest one."""
COUCH = slice(Axis.COUCH_VRT, Axis.COUCH_ROL + 1)
"""Axes whose expected and actual places may differ: they have no tolerance (log-formats 6.1)."""


def judge_motion(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Judge every axis on its own."""
    if len(log) < 3:
        return
    _limits(machine, log, tally)
    _range(machine, log, tally)
    _actual(machine, log, tally)
    _following(machine, log, tally)
    _standing(machine, log, tally)


def _limits(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    axes, dt_s, every = machine.axes, log.dt_s, _every(machine)
    step = steps(log.expected)
    speed = np.abs(step) / dt_s
    limit = with_carriages(machine.layout, speed, axes.max_speed) + log.rounding / dt_s
    shown = log.shown
    both = shown[1:] & shown[:-1]
    tally.add_axes(Rule.SPEED, (speed > limit) & both, _after(log, 1), speed, limit, every)
    accel = np.abs(steps(step)) / dt_s**2
    most = axes.max_accel * (1 + ROUNDING) + 2 * log.rounding / dt_s**2
    # Leaves that travel with their carriage add its acceleration, in three moves from rest to rest
    # that begin between ticks; their speed alone is judged then.
    limit = np.broadcast_to(most, accel.shape).copy()
    for bank, carriage in _banks(machine):
        limit[steps(log.expected)[1:, carriage] != 0, bank] = np.inf
    waits = log.mu_expected - log.mu_actual > WAITS * machine.dose.lag_slow_mu
    all_three = both[1:] & both[:-1] & ~(waits[1:-1] | waits[2:])[:, None]
    tally.add_axes(
        Rule.ACCELERATION, (accel > limit) & all_three, _after(log, 2), accel, limit, every
    )


def _range(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    axes, every = machine.axes, _every(machine)
    for rule, positions, slack in (
        (Rule.RANGE, log.expected, np.maximum(log.rounding, 1e-5)),
        (Rule.RANGE_ACTUAL, log.actual, axes.tolerance),
    ):
        away = np.maximum(axes.lower - positions, positions - axes.upper)
        tally.add_axes(rule, away > slack, _after(log, 0), away, slack, every)


def _actual(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    every, rows = _every(machine), _after(log, 1)
    step = steps(log.actual)
    speed = np.abs(step) / log.dt_s
    limit = with_carriages(machine.layout, speed, actual_speed_limit(machine, log.dt_s))
    tally.add_axes(Rule.SPEED_ACTUAL, sustained(speed > limit), rows, speed, limit, every)
    most = np.maximum(JUMP, JUMP_ACCEL * _hardest(machine) * log.dt_s**2)
    bend = np.abs(steps(step))
    tally.add_axes(Rule.JUMP, bend > most, _after(log, 2), bend, most, every)


def _hardest(machine: MachineSpec) -> Floats:
    """Return (n_axes,) greatest acceleration of the drives."""
    hardest = np.maximum(machine.axes.max_accel, machine.axes.brake_decel)
    servo = machine.gantry_servo.accel_limit_deg_per_s2
    hardest[Axis.GANTRY_RTN] = max(hardest[Axis.GANTRY_RTN], servo)
    return hardest


def _following(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Only axes that the log expects to move, while it does; others may stand off by more."""
    moves = log.moving
    error = np.abs(log.actual - log.expected)[:, moves]
    limit = machine.axes.follow_tolerance[moves]
    bad = sustained((error > limit) & log.planned[:, None])
    tally.add_axes(Rule.FOLLOWING, bad, _after(log, 0), error, limit, moves)


def _standing(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Axes that the log never expects to move stand where they are expected, and stay there."""
    stands, rows = log.standing, _after(log, 0)
    slack = machine.axes.tolerance[stands]
    actual = log.actual[:, stands]
    away = np.abs(actual - np.nanmedian(actual, axis=0, keepdims=True))
    tally.add_axes(Rule.FROZEN, away > slack, rows, away, slack, stands)
    judged = (stands < COUCH.start) | (stands >= COUCH.stop)
    stands = stands[judged]
    slack = np.where(stands < Axis.CARRIAGE_A, STANDS_OFF, machine.axes.tolerance[stands])
    off = np.abs(log.actual - log.expected)[:, stands]
    tally.add_axes(Rule.OFF_PLACE, sustained(off > slack), rows, off, slack, stands)


def _banks(machine: MachineSpec) -> tuple[tuple[slice, Axis], tuple[slice, Axis]]:
    layout = machine.layout
    return (layout.bank_a, Axis.CARRIAGE_A), (layout.bank_b, Axis.CARRIAGE_B)


def _every(machine: MachineSpec) -> Ints:
    return np.arange(machine.layout.n_axes)


def _after(log: LogColumns, skipped: int) -> Ints:
    return np.arange(skipped, len(log))
