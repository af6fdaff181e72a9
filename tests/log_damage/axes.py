"""Damage to axes."""

import numpy as np

from linacsim.invariants import Rule
from linacsim.model.axes import Axis
from tests.log_damage.tools import AWAY, DAMAGES, Damaged, changed, damage, moving, put, rules


@damage
def expected_leaves_cross(log, machine, rng):
    row, pair = int(rng.integers(AWAY, len(log) - 20)), int(rng.integers(machine.layout.leaf_pairs))
    a, b = machine.layout.bank_a.start + pair, machine.layout.bank_b.start + pair
    rows = slice(row, row + 10)
    crossed = put(log.expected, (rows, a), -log.expected[rows, b] - 0.1, add=False)
    return Damaged(changed(log, expected=crossed), rules(Rule.LEAF_COLLISION), row, a)


@damage
def actual_leaves_cross(log, machine, rng):
    row, pair = int(rng.integers(AWAY, len(log) - 20)), int(rng.integers(machine.layout.leaf_pairs))
    a, b = machine.layout.bank_a.start + pair, machine.layout.bank_b.start + pair
    rows = slice(row, row + 10)
    crossed = put(log.actual, (rows, a), -log.actual[rows, b] - 0.1, add=False)
    return Damaged(changed(log, actual=crossed), rules(Rule.LEAF_COLLISION_ACTUAL), row, a)


@damage
def a_leaf_jumps_for_one_row(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - AWAY))
    leaf = int(rng.integers(machine.layout.leaves.start, machine.layout.leaves.stop))
    bad = changed(log, actual=put(log.actual, (row, leaf), 0.2))
    return Damaged(bad, rules(Rule.JUMP), row, leaf)


@damage
def a_leaf_is_off_by_a_millimetre_from_a_row_on(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - AWAY))
    leaf = int(rng.integers(machine.layout.leaves.start, machine.layout.leaves.stop))
    bad = changed(log, actual=put(log.actual, (slice(row, None), leaf), 0.1))
    return Damaged(bad, rules(Rule.JUMP), row, leaf)


@damage
def a_bit_flips(log, machine, rng):
    present = np.flatnonzero(~np.isnan(log.actual).any(axis=0) & (log.actual != 0).all(axis=0))
    row, column = int(rng.integers(AWAY, len(log) - AWAY)), int(rng.choice(present))
    raw = np.array([log.actual[row, column]], dtype=np.float32).view(np.uint32)
    raw ^= np.uint32(1 << int(rng.integers(23, 31)))
    value = float(raw.view(np.float32)[0])
    if abs(value - log.actual[row, column]) < 0.1:
        return None
    bad = changed(log, actual=put(log.actual, (row, column), value, add=False))
    return Damaged(bad, rules(Rule.JUMP, Rule.NUMBER), row, column)


@damage
def an_axis_is_too_fast(log, machine, rng):
    found = moving(log, machine, rng, share=0.75)
    if found is None:
        return None
    column, row = found
    if column >= Axis.CARRIAGE_A and log.held[row]:
        return None  # a carriage that goes along lends its speed
    way = np.sign(log.expected[row, column] - log.expected[row - 1, column])
    step = way * 0.4 * machine.axes.max_speed[column] * log.dt_s
    extra = np.clip(np.arange(len(log)) - row + 1, 0, 8) * step
    bad = changed(
        log,
        expected=put(log.expected, (slice(None), column), extra),
        actual=put(log.actual, (slice(None), column), extra),
    )
    return Damaged(bad, rules(Rule.SPEED), row, column)


@damage
def an_axis_starts_too_hard(log, machine, rng):
    found = moving(log, machine, rng, share=0.1, away=4)
    if found is None:
        return None
    column, row = found
    if column >= Axis.CARRIAGE_A and log.held[row]:
        return None  # nor is its acceleration judged then
    by = 3.5 * machine.axes.max_accel[column] * log.dt_s**2
    shift = slice(row, None), column
    bad = changed(log, expected=put(log.expected, shift, by), actual=put(log.actual, shift, by))
    return Damaged(bad, rules(Rule.ACCELERATION), row, column)


def _stuck(axes):
    def function(log, machine, rng):
        found = moving(log, machine, rng, share=0.2, axes=axes)
        if found is None:
            return None
        column, row = found
        rows = slice(row, len(log))
        away = np.abs(log.expected[rows, column] - log.actual[row, column])
        limit = machine.axes.follow_tolerance[column]
        if not (away[:60] > 1.5 * limit).any():
            return None
        bad = changed(
            log, actual=put(log.actual, (rows, column), log.actual[row, column], add=False)
        )
        named = row + int(np.argmax(away > limit)) + 2
        return Damaged(bad, rules(Rule.FOLLOWING), named, column, slack=5)

    return function


DAMAGES["the_gantry_does_not_follow"] = _stuck(slice(0, 1))
DAMAGES["a_leaf_does_not_follow"] = _stuck(slice(16, 999))


@damage
def actual_lags_by_a_fifth_of_a_second(log, machine, rng):
    found = moving(log, machine, rng, share=0.8, away=20)
    if found is None:
        return None
    column, _ = found
    late = log.actual.copy()
    late[10:, column] = log.actual[:-10, column]
    rule = rules(Rule.FOLLOWING)
    return Damaged(changed(log, actual=late), rule, None, column)


@damage
def a_standing_axis_drifts(log, machine, rng):
    row, column = int(rng.integers(AWAY, len(log) // 2)), int(rng.choice(log.standing))
    drift = np.clip((np.arange(len(log)) - row) / 50, 0, 1) * 5 * machine.axes.tolerance[column]
    bad = changed(log, actual=put(log.actual, (slice(None), column), drift))
    rule = rules(Rule.FROZEN)
    return Damaged(bad, rule, None, column)


@damage
def a_standing_leaf_stands_elsewhere(log, machine, rng):
    leaves = log.standing[log.standing >= Axis.CARRIAGE_A]
    if not len(leaves):
        return None
    column = int(rng.choice(leaves))
    bad = changed(log, actual=put(log.actual, (slice(None), column), 0.15))
    return Damaged(bad, rules(Rule.OFF_PLACE), 2, column)


@damage
def gantry_with_the_wrong_sign(log, machine, rng):
    sides = {name: getattr(log, name).copy() for name in ("expected", "actual")}
    for side in sides.values():
        side[:, Axis.GANTRY_RTN] *= -1
    if np.abs(log.expected[:, Axis.GANTRY_RTN]).max() < 10:
        return None
    return Damaged(changed(log, **sides), rules(Rule.RANGE), None, Axis.GANTRY_RTN)


@damage
def a_jaw_with_the_wrong_sign(log, machine, rng):
    sides = {name: getattr(log, name).copy() for name in ("expected", "actual")}
    jaw = int(rng.choice([Axis.X1, Axis.X2]))
    if np.abs(log.expected[:, jaw]).max() < 2.1:
        return None
    for side in sides.values():
        side[:, jaw] *= -1
    return Damaged(changed(log, **sides), rules(Rule.RANGE, Rule.JAW_COLLISION), None)


@damage
def actual_sign_flips_at_a_row(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - AWAY))
    columns = np.flatnonzero(np.abs(np.nan_to_num(log.actual[row])) > 0.1)
    column = int(rng.choice(columns))
    flipped = log.actual.copy()
    flipped[row:, column] *= -1
    return Damaged(changed(log, actual=flipped), rules(Rule.JUMP), row, column)


@damage
def opposed_jaws_cross(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - 20))
    rows = slice(row, row + 10)
    crossed = put(log.actual, (rows, Axis.Y1), -log.actual[rows, Axis.Y2] - 0.2, add=False)
    return Damaged(changed(log, actual=crossed), rules(Rule.JAW_COLLISION), row, Axis.Y1)


@damage
def a_carriage_is_out_of_reach(log, machine, rng):
    if not log.running.any():
        return None
    sides = {name: getattr(log, name).copy() for name in ("expected", "actual")}
    carriage = int(rng.choice([Axis.CARRIAGE_A, Axis.CARRIAGE_B]))
    for side in sides.values():
        side[:, carriage] -= 6.0
    return Damaged(changed(log, **sides), rules(Rule.CARRIAGE_SPAN), None, carriage)


@damage
def an_actual_axis_runs_away(log, machine, rng):
    """Softly, so that nothing jumps, up to three times its speed limit, and back."""
    row, column = int(rng.integers(AWAY, len(log) - 60)), Axis.COLL_RTN
    t = (np.arange(len(log)) - row) * log.dt_s
    top = 3 * machine.axes.max_speed[column]
    way = np.where((t > 0) & (t < 1), top / 2 * (t - np.sin(2 * np.pi * t) / 2 / np.pi), 0.0)
    way[t >= 1] = top / 2
    bad = changed(log, actual=put(log.actual, (slice(None), column), way))
    return Damaged(bad, rules(Rule.SPEED_ACTUAL), row + 22, column, slack=25)


@damage
def an_actual_axis_leaves_its_range(log, machine, rng):
    row, column = int(rng.integers(AWAY, len(log) - 20)), int(rng.choice([Axis.X1, Axis.X2]))
    rows = slice(row, row + 10)
    beyond = machine.axes.upper[column] + 1.0
    bad = changed(log, actual=put(log.actual, (rows, column), beyond, add=False))
    return Damaged(bad, rules(Rule.RANGE_ACTUAL), row, column)
