"""The pace of a log: whether its time is that of the machine.

A machine hurries: where the dose rate does not limit it, some axis is at its speed limit, and
axes start, stop and turn at their full acceleration (docs/explanation/time-law.md). A log whose
header states too long an interval shows everything slower, speeds by the factor and accelerations
by its square. One that states too short an interval breaks the limits themselves.
"""

import numpy as np

from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.measures import steps
from linacsim.invariants.violations import Rule, Tally
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis

SLOW_SPEED, SLOW_ACCEL = 0.55, 0.35
"""Greatest shares of the limits that a log at half the pace can show: 1/2 and 1/4."""
BUSY = 0.2
"""Share of its speed limit from which an axis counts as under way."""
LASTS = 15
"""Snapshots for which the dose rate must not limit, before the pace can be told."""
RATE_SHARE = 0.95
"""Share of the log's greatest dose rate below which that does not limit."""


def judge_interval(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Judge the sampling interval by what the machine could have done."""
    if len(log) < LASTS or not len(log.moving):
        return
    both = log.planned[1:] & log.planned[:-1]
    speed = _share(steps(log.expected) / log.dt_s, machine.axes.max_speed, log)
    hurries = _lasting(both & ~_by_dose(log) & (speed > BUSY))
    if not hurries.any():
        return
    accel = _share(steps(steps(log.expected)) / log.dt_s**2, machine.axes.max_accel, log)
    reached = accel[both[1:] & both[:-1]].max(initial=0.0)
    fastest = speed[both].max()
    if fastest > SLOW_SPEED or reached > SLOW_ACCEL:
        return
    rows = np.arange(1, len(log))
    tally.add(Rule.INTERVAL, hurries, rows, np.full(len(rows), fastest), SLOW_SPEED)


def _share(values: Floats, limit: Floats, log: LogColumns) -> Floats:
    """Return (n,) greatest share of its limit that any axis uses, carriages left out."""
    carriage = (log.moving == Axis.CARRIAGE_A) | (log.moving == Axis.CARRIAGE_B)
    columns = log.moving[~carriage]
    shares = np.abs(np.nan_to_num(values[:, columns])) / limit[columns]
    return np.asarray(shares.max(axis=1, initial=0.0))


def _by_dose(log: LogColumns) -> Bools:
    rise = np.nan_to_num(steps(log.mu_expected))
    return np.asarray((rise > RATE_SHARE * rise.max()) & (rise > 0))


def _lasting(flags: Bools) -> Bools:
    """Return the flags of stretches of at least `LASTS`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8)))
    out = np.zeros_like(flags)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        out[start:stop] = stop - start >= LASTS
    return out
