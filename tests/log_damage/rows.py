"""Damage to rows, columns and the header."""

from dataclasses import replace

import numpy as np

from linacsim.invariants import LogColumns, Rule
from linacsim.model.axes import Axis
from tests.log_damage.tools import (
    AWAY,
    Damaged,
    beam_row,
    changed,
    damage,
    inside,
    moving,
    put,
    rules,
)


@damage
def two_actual_leaves_swapped(log, machine, rng):
    leaves = np.arange(machine.layout.leaves.start, machine.layout.leaves.stop)
    apart = np.abs(log.actual[:, leaves] - log.actual[:, leaves[:1]])
    far = leaves[np.sort(apart, axis=0)[len(log) // 2] > 0.3]
    if not len(far):
        return None
    a, b = int(leaves[0]), int(rng.choice(far))
    swapped = log.actual.copy()
    swapped[:, [a, b]] = log.actual[:, [b, a]]
    return Damaged(changed(log, actual=swapped), rules(Rule.FOLLOWING, Rule.OFF_PLACE), None, b)


@damage
def two_actual_jaws_swapped(log, machine, rng):
    if np.abs(log.actual[:, Axis.X1] - log.actual[:, Axis.Y1]).min() < 1.1:
        return None
    swapped = log.actual.copy()
    swapped[:, [Axis.X1, Axis.Y1]] = log.actual[:, [Axis.Y1, Axis.X1]]
    both = rules(Rule.FOLLOWING, Rule.OFF_PLACE)
    return Damaged(changed(log, actual=swapped), both, None, Axis.X1)


@damage
def expected_and_actual_gantry_swapped(log, machine, rng):
    if np.ptp(log.expected[:, 0]) < 1:
        return None
    expected, actual = log.expected.copy(), log.actual.copy()
    expected[:, 0], actual[:, 0] = log.actual[:, 0], log.expected[:, 0]
    bad = changed(log, expected=expected, actual=actual)
    return Damaged(bad, rules(Rule.ACCELERATION), None, Axis.GANTRY_RTN)


@damage
def mu_and_control_point_swapped(log, machine, rng):
    if log.mu_expected.max() < 20:
        return None
    bad = changed(log, mu_expected=log.cp.copy(), cp=log.mu_expected.copy())
    return Damaged(bad, rules(Rule.DOSE_FOLLOWING, Rule.MU_BEYOND_PLAN), None)


def without(log: LogColumns, rows: slice) -> LogColumns:
    names = ("expected", "actual", "mu_expected", "mu_actual", "hold_expected", "hold_actual", "cp")
    return changed(log, **{name: np.delete(getattr(log, name), rows, axis=0) for name in names})


GAP = rules(Rule.TICKS, Rule.SPEED, Rule.ACCELERATION, Rule.DOSE_RATE, Rule.JUMP)


def busy_row(log, machine, rng):
    row = beam_row(log, rng)
    if row is None:
        found = moving(log, machine, rng)
        row = found[1] if found else None
    return row


@damage
def one_snapshot_is_lost(log, machine, rng):
    row = busy_row(log, machine, rng)
    return None if row is None else Damaged(without(log, slice(row, row + 1)), GAP, row)


@damage
def one_snapshot_is_lost_where_all_is_steady(log, machine, rng):
    signals = np.column_stack([log.mu_expected, log.expected[:, log.moving]])
    steady = np.zeros(len(log), dtype=bool)
    steady[2:] = (np.abs(np.diff(signals, 2, axis=0)) < 1e-4).all(axis=1)
    steady[1:] &= np.abs(np.diff(log.mu_expected)) > 0.05
    row = inside(steady & log.running, rng)
    if row is None:
        return None
    return Damaged(without(log, slice(row, row + 1)), rules(Rule.TICKS), row)


@damage
def half_a_second_is_lost(log, machine, rng):
    row = busy_row(log, machine, rng)
    if row is None or row + 35 > len(log) or log.mu_expected[row + 30] == log.mu_expected[row]:
        return None
    return Damaged(without(log, slice(row, row + 25)), GAP, row)


@damage
def a_snapshot_is_told_twice(log, machine, rng):
    row = busy_row(log, machine, rng)
    if row is None:
        return None
    names = ("expected", "actual", "mu_expected", "mu_actual", "hold_expected", "hold_actual", "cp")
    twice = np.sort(np.append(np.arange(len(log)), row))
    bad = changed(log, **{name: getattr(log, name)[twice] for name in names})
    found = rules(Rule.TICKS, Rule.ACCELERATION, Rule.JUMP)
    return Damaged(bad, found, row + 1)


@damage
def two_snapshots_change_places(log, machine, rng):
    row = busy_row(log, machine, rng)
    if row is None:
        return None
    names = ("expected", "actual", "mu_expected", "mu_actual", "hold_expected", "hold_actual", "cp")
    order = np.arange(len(log))
    order[[row, row + 1]] = row + 1, row
    bad = changed(log, **{name: getattr(log, name)[order] for name in names})
    found = rules(Rule.CP_DECREASES, Rule.MU_DECREASES)
    return Damaged(bad, found, row + 1)


@damage
def a_block_of_zeros(log, machine, rng):
    row = int(rng.integers(AWAY, len(log) - 20))
    rows = slice(row, row + 4)
    bad = changed(
        log,
        expected=put(log.expected, rows, 0.0, add=False),
        actual=put(log.actual, rows, 0.0, add=False),
        mu_expected=put(log.mu_expected, rows, 0.0, add=False),
        mu_actual=put(log.mu_actual, rows, 0.0, add=False),
    )
    return Damaged(bad, rules(Rule.JUMP), row)


@damage
def header_interval_halved(log, machine, rng):
    if moving(log, machine, rng, share=0.75) is None:
        return None
    bad = replace(log, interval_ms=log.interval_ms / 2)
    return Damaged(bad, rules(Rule.SPEED), None)


@damage
def header_interval_doubled(log, machine, rng):
    if moving(log, machine, rng, share=0.9, away=20) is None:
        return None
    bad = replace(log, interval_ms=log.interval_ms * 2)
    return Damaged(bad, rules(Rule.INTERVAL), None)
