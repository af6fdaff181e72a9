"""Damage to dose, control point, flags and numbers."""

from dataclasses import replace

import numpy as np

from linacsim.invariants import Rule
from tests.log_damage.tools import (
    AWAY,
    DAMAGES,
    Damaged,
    beam_row,
    changed,
    damage,
    inside,
    put,
    rules,
)


@damage
def dose_while_flags_hold(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    flags = put(log.hold_actual, slice(row, row + 6), 2.0, add=False)
    bad = changed(log, hold_actual=flags, hold_expected=flags.copy())
    return Damaged(bad, rules(Rule.DOSE_HELD), row + 1)


@damage
def dose_in_a_hold(log, machine, rng):
    row = inside((log.hold_actual != 0) & (log.hold_expected != 0), rng)
    if row is None:
        return None
    bad = changed(log, mu_actual=put(log.mu_actual, slice(row, None), 0.5))
    return Damaged(bad, rules(Rule.DOSE_HELD), row)


@damage
def mu_steps_back(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    bad = changed(log, mu_actual=put(log.mu_actual, slice(row, None), -0.5))
    return Damaged(bad, rules(Rule.MU_DECREASES), row)


@damage
def expected_mu_steps_back(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    bad = changed(log, mu_expected=put(log.mu_expected, slice(row, None), -0.5))
    return Damaged(bad, rules(Rule.MU_DECREASES), row)


@damage
def control_point_steps_back(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    by = 3 * float(log.cp[row] - log.cp[row - 1])
    return Damaged(
        changed(log, cp=put(log.cp, slice(row, None), -by)), rules(Rule.CP_DECREASES), row
    )


@damage
def control_point_off_for_a_row(log, machine, rng):
    row = beam_row(log, rng)
    if row is None or int(log.cp[row - 1]) != int(log.cp[row + 1]):
        return None
    by = 0.4 * float(log.cp[row + 1] - log.cp[row])
    return Damaged(changed(log, cp=put(log.cp, row, by)), rules(Rule.MU_OFF_LINE), row)


@damage
def expected_mu_off_for_a_row(log, machine, rng):
    row = beam_row(log, rng)
    if row is None or int(log.cp[row - 1]) != int(log.cp[row + 1]):
        return None
    by = 0.4 * float(log.mu_expected[row + 1] - log.mu_expected[row])
    bad = changed(log, mu_expected=put(log.mu_expected, row, by))
    return Damaged(bad, rules(Rule.MU_OFF_LINE), row)


@damage
def two_percent_too_many_mu(log, machine, rng):
    if log.mu_actual.max() < 20:
        return None
    actual = 1.02 * log.mu_actual
    row = int(np.argmax(actual > log.mu_expected.max() + 0.116))
    return Damaged(changed(log, mu_actual=actual), rules(Rule.MU_BEYOND_PLAN), row, slack=5)


@damage
def more_mu_than_the_header_plans(log, machine, rng):
    if not log.planned_mu:
        return None
    planned = log.planned_mu - 10
    row = int(np.argmax(log.mu_expected > planned + 0.1))
    return Damaged(replace(log, planned_mu=planned), rules(Rule.MU_BEYOND_PLAN), row, slack=5)


@damage
def dose_stands_still(log, machine, rng):
    row = beam_row(log, rng)
    if row is None or log.mu_expected[min(row + 60, len(log) - 1)] - log.mu_expected[row] < 1.5:
        return None
    held = slice(row, row + 60)
    bad = changed(log, mu_actual=put(log.mu_actual, held, log.mu_actual[row], add=False))
    return Damaged(bad, rules(Rule.DOSE_FOLLOWING), row + 30, slack=30)


@damage
def mu_with_the_wrong_sign(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    sign = np.where(np.arange(len(log)) >= row, -1.0, 1.0)
    bad = changed(log, mu_actual=sign * log.mu_actual, mu_expected=sign * log.mu_expected)
    return Damaged(bad, rules(Rule.MU_DECREASES), row)


@damage
def a_peak_of_dose_rate(log, machine, rng):
    row = beam_row(log, rng)
    if row is None or int(log.cp[row - 2]) != int(log.cp[row + 2]):
        return None
    steps = np.diff(log.mu_expected)
    if np.count_nonzero(steps > 0.98 * steps.max()) * log.dt_s < 1.0:
        return None  # the log keeps up no rate that a peak could exceed; its energy must be known
    later = slice(row, None)
    step_mu = 3 * float(np.diff(log.mu_expected).max())
    slope = (log.cp[row] - log.cp[row - 1]) / (log.mu_expected[row] - log.mu_expected[row - 1])
    bad = changed(
        log,
        mu_expected=put(log.mu_expected, later, step_mu),
        mu_actual=put(log.mu_actual, later, step_mu),
        cp=put(log.cp, later, step_mu * slope),
    )
    return Damaged(bad, rules(Rule.DOSE_RATE), row)


@damage
def hold_flag_on_one_side(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        return None
    bad = changed(log, hold_actual=put(log.hold_actual, slice(row, row + 5), 2.0))
    return Damaged(bad, rules(Rule.HOLD_FLAG), row + 2)


@damage
def unknown_hold_flag(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - AWAY))
    bad = changed(log, hold_expected=put(log.hold_expected, row, 7.0, add=False))
    return Damaged(bad, rules(Rule.HOLD_FLAG), row)


def _no_number(name, value):
    def function(log, machine, rng):
        row = int(rng.integers(AWAY, len(log) - AWAY))
        values = getattr(log, name)
        column = None
        where: object = row
        if values.ndim == 2:
            present = np.flatnonzero(~np.isnan(values).any(axis=0))
            column = int(rng.choice(present))
            where = (row, column)
        bad = changed(log, **{name: put(values, where, value, add=False)})
        return Damaged(bad, rules(Rule.NUMBER), row, column, slack=0)

    return function


for _name in ("expected", "actual", "mu_expected", "mu_actual", "hold_actual", "cp"):
    DAMAGES[f"nan_in_{_name}"] = _no_number(_name, np.nan)
DAMAGES["infinity_in_actual"] = _no_number("actual", np.inf)
