"""Rows of a log: numbers that are none, snapshots lost or repeated, flags of the beam hold."""

import numpy as np

from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.measures import steps, sustained
from linacsim.invariants.violations import CP, HOLD_ACTUAL, HOLD_EXPECTED, MU, Rule, Tally
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.signals import BeamHold

ALIKE = 0.2
"""Share by which the steps before and after may differ where a lost snapshot is looked for."""
TELLING = 0.1
"""Share of its greatest step from which a column tells of lost snapshots..."""
LEAST_SPEED = 0.02
"""...if it goes by at least this share of the axis's speed limit: standing axes waver."""
LOST, REPEATED = 1.6, 0.2
"""Step as a multiple of its neighbours from which, or up to which, snapshots are missing, or one
is repeated; dose that comes in pulses varies by 0.3."""
AGREE = 0.8
"""Share of the telling columns that must show it: a single column that jumps is no lost row."""


def judge_numbers(log: LogColumns, tally: Tally) -> None:
    """Every number of a column that the log has must be one."""
    rows, every = np.arange(len(log)), np.arange(log.expected.shape[1])
    absent = np.isnan(log.expected).all(axis=0) & np.isnan(log.actual).all(axis=0)
    wrong = np.logical_not(np.isfinite(log.expected) & np.isfinite(log.actual))
    none = np.full(wrong.shape, np.nan)
    tally.add_axes(Rule.NUMBER, wrong & ~absent, rows, none, np.nan, every)
    beam = (
        (MU, [log.mu_expected, log.mu_actual]),
        (HOLD_EXPECTED, [log.hold_expected]),
        (HOLD_ACTUAL, [log.hold_actual]),
        (CP, [log.cp]),
    )
    for column, values in beam:
        fine = np.isfinite(np.column_stack(values)).all(axis=1, keepdims=True)
        tally.add_axes(
            Rule.NUMBER, np.logical_not(fine), rows, none[:, :1], np.nan, np.array([column])
        )


def judge_rows(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Time goes on evenly while dose is given: nothing is left out and nothing told twice.

    Where dose and motion are steady, a lost snapshot shows as a step of all of them by a multiple
    of the steps around it, on both sides of the log. Without dose axes may stop and start again
    from one snapshot to the next; their limits are judged elsewhere.
    """
    if len(log) < 4:
        return
    dosed, by = _multiple(log.mu_expected, 0.0)
    _, of_actual = _multiple(log.mu_actual, 0.0)
    dosed &= log.running[2:-1]
    lost, repeated = dosed & (by > LOST), dosed & (by < REPEATED)
    if not (lost | repeated).any():
        return
    votes = np.ones(len(by))
    with_lost = 1.0 * (of_actual > LOST - ALIKE)
    with_repeated = 1.0 * (of_actual < REPEATED + ALIKE)
    least = LEAST_SPEED * machine.axes.max_speed * log.dt_s
    for i in log.moving.tolist():
        may, multiple = _multiple(log.expected[:, i], least[i])
        _, of_reading = _multiple(log.actual[:, i], least[i])
        votes += may
        with_lost += may & (multiple > LOST) & (of_reading > LOST - ALIKE)
        with_repeated += may & (multiple < REPEATED) & (of_reading < REPEATED + ALIKE)
    bad = (lost & (with_lost >= AGREE * votes)) | (repeated & (with_repeated >= AGREE * votes))
    tally.add(Rule.TICKS, bad, np.arange(2, len(log) - 1), np.rint(by), 1.0)


def judge_flags(log: LogColumns, tally: Tally) -> None:
    """Flags are known, and expected and actual ones differ for a moment only (log-formats 6.4)."""
    rows = np.arange(len(log))
    known = [float(value) for value in BeamHold]
    for column, flags in ((HOLD_EXPECTED, log.hold_expected), (HOLD_ACTUAL, log.hold_actual)):
        bad = ~np.isin(flags, known)[:, None]
        tally.add_axes(Rule.HOLD_FLAG, bad, rows, flags[:, None], max(known), np.array([column]))
    apart = (log.hold_expected != log.hold_actual)[:, None]
    tally.add_axes(
        Rule.HOLD_FLAG,
        sustained(apart),
        rows,
        log.hold_actual[:, None],
        log.hold_expected[:, None],
        np.array([HOLD_ACTUAL]),
    )


def _multiple(values: Floats, slowest: float) -> tuple[Bools, Floats]:
    """Return (n - 3,) for rows 2 to n - 2: whether the steps around are steady, and what multiple.

    The step that ends in a row is held against the mean of the one before and the one after.
    """
    step = steps(values)
    before, here, after = step[:-2], step[1:-1], step[2:]
    mean = (before + after) / 2
    least = max(TELLING * float(np.nanmax(np.abs(step), initial=0.0)), slowest)
    steady = (np.abs(before - after) <= ALIKE * np.abs(mean)) & (np.abs(mean) > least)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(steady), np.where(steady, here / mean, 1.0)
