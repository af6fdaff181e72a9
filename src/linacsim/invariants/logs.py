"""The same eye on the columns of a trajectory log, a real machine's or ours.

It knows the limits of the machine and nothing of the plan but what the log itself shows of it.
What is judged, how strictly and why: docs/reference/invariants.md, "Logs".
"""

from dataclasses import replace

import numpy as np

from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.log_dose import judge_dose
from linacsim.invariants.log_mlc import judge_mlc
from linacsim.invariants.log_motion import judge_motion
from linacsim.invariants.log_pace import judge_interval
from linacsim.invariants.log_rows import judge_flags, judge_numbers, judge_rows
from linacsim.invariants.violations import Tally, Violation
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats


def judge_log(machine: MachineSpec, log: LogColumns, energy: str = "") -> tuple[Violation, ...]:
    """Return what the log of this machine breaks, in order of time; ticks are snapshots.

    Without the name of the energy the dose rate is not held against its maximum. What is no
    number is reported once and then left out. Raises KeyError for an energy the machine lacks.
    """
    tally = Tally(machine.layout, lambda row: row * log.dt_s)
    beam = machine.energies[energy] if energy else None
    judge_numbers(log, tally)
    known = _numbers_only(log)
    with np.errstate(invalid="ignore", over="ignore"):
        judge_rows(machine, known, tally)
        judge_flags(known, tally)
        judge_dose(machine, known, beam, tally)
        judge_motion(machine, known, tally)
        judge_mlc(machine, known, tally)
        judge_interval(machine, known, tally)
    return tally.violations()


def _numbers_only(log: LogColumns) -> LogColumns:
    """Return the log with NaN for what is no number; a flag that is none counts as no hold."""
    return replace(
        log,
        expected=_finite(log.expected),
        actual=_finite(log.actual),
        mu_expected=_finite(log.mu_expected),
        mu_actual=_finite(log.mu_actual),
        hold_expected=np.nan_to_num(log.hold_expected),
        hold_actual=np.nan_to_num(log.hold_actual),
        cp=_finite(log.cp),
    )


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)
