"""Moves without a beam: Go To groups, the pendant, and the run of a move."""

import math

import numpy as np
import pytest

from linacsim.control.moves import Move, go_to_target, group_mask, pendant_target
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import XML_NAMES, Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.messages import GoToGroup
from linacsim.model.time import TICK_NS
from linacsim.planning import plan_move

LAYOUT = AxisLayout(60)
COUCH = [2, 3, 4, 5, 6, 7]
LINEAR = [Axis.COUCH_VRT, Axis.COUCH_LAT, Axis.COUCH_LNG]
ROTATION = [Axis.COUCH_RTN, Axis.COUCH_PIT, Axis.COUCH_ROL]
EVERY = list(range(LAYOUT.n_axes))


@pytest.mark.parametrize(
    ("group", "columns"),
    [
        ("", EVERY),
        ("all", EVERY),
        ("gantry_collimator", [c for c in EVERY if c not in COUCH]),
        ("couch_linear", LINEAR),
        ("couch_rotation", ROTATION),
    ],
)
def test_groups(group: str, columns: list[int]) -> None:
    assert np.flatnonzero(group_mask(LAYOUT, group)).tolist() == columns


def test_the_three_groups_cover_every_axis_once() -> None:
    groups = [g for g in GoToGroup if g is not GoToGroup.ALL]
    assert (sum(group_mask(LAYOUT, g).astype(int) for g in groups) == 1).all()


def test_an_unknown_group_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'table'.*couch_linear.*all"):
        group_mask(LAYOUT, "table")


def test_go_to_moves_named_axes_of_the_group_only() -> None:
    standing = np.zeros(LAYOUT.n_axes)
    initial = np.full(LAYOUT.n_axes, np.nan)
    initial[[Axis.GANTRY_RTN, Axis.COUCH_LAT, Axis.COUCH_RTN]] = 7.0
    target = go_to_target(LAYOUT, standing, initial, "couch_linear")
    assert np.flatnonzero(target).tolist() == [Axis.COUCH_LAT]
    everything = go_to_target(LAYOUT, standing, initial, "")
    assert np.flatnonzero(everything).tolist() == [Axis.GANTRY_RTN, Axis.COUCH_LAT, Axis.COUCH_RTN]


@pytest.mark.parametrize(("column", "axis"), list(enumerate(XML_NAMES)))
def test_the_pendant_reaches_both_ends_of_each_range(
    column: int, axis: str, machine: MachineSpec
) -> None:
    start = machine.start
    for end in (machine.axes.lower[column], machine.axes.upper[column]):
        way = end - start[column]
        # The sum must come out as the end itself, or it is beyond by a rounding.
        while start[column] + way > machine.axes.upper[column]:
            way = math.nextafter(way, -math.inf)
        while start[column] + way < machine.axes.lower[column]:
            way = math.nextafter(way, math.inf)
        target = pendant_target(machine, start, axis, way)
        assert target[column] == pytest.approx(end)
        assert np.array_equal(np.delete(target, column), np.delete(start, column))
        beyond = way + math.copysign(0.01, way or (1 if end > start[column] else -1))
        with pytest.raises(InputError, match=f"{axis} cannot go to .*range"):
            pendant_target(machine, start, axis, beyond)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_pendant_refuses_what_is_no_way(value: float, machine: MachineSpec) -> None:
    with pytest.raises(InputError, match="GantryRtn"):
        pendant_target(machine, machine.start, "GantryRtn", value)


@pytest.mark.parametrize("axis", ["", "gantry", "carriage A", "leaf A1"])
def test_the_pendant_has_the_single_axes_only(axis: str, machine: MachineSpec) -> None:
    with pytest.raises(InputError, match=r"no axis.*GantryRtn.*Y2"):
        pendant_target(machine, machine.start, axis, 1.0)


def test_the_pendant_leaves_the_positions_it_was_given_alone(machine: MachineSpec) -> None:
    before = machine.start.copy()
    pendant_target(machine, machine.start, "GantryRtn", 1.0)
    assert np.array_equal(machine.start, before)


def a_move(machine: MachineSpec, way: float) -> Move:
    target = machine.start.copy()
    target[Axis.GANTRY_RTN] += way
    return Move(plan_move(machine, machine.start, target))


def test_a_move_ends_at_its_target_and_stays(machine: MachineSpec) -> None:
    move = a_move(machine, -5.0)
    n = move.ticks_left
    assert n > 50
    position = move.positions(n + 3)[:, Axis.GANTRY_RTN]
    assert (np.diff(position) <= 0).all()
    assert position[0] > 175
    assert (position[n - 1 :] == 175).all()
    assert position[n - 2] > 175


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_a_move_is_the_same_in_blocks(block: int, machine: MachineSpec) -> None:
    move, parts = a_move(machine, -5.0), []
    whole = a_move(machine, -5.0)
    expected = whole.positions(whole.ticks_left)
    while move.ticks_left:
        parts.append(move.positions(min(block, move.ticks_left)))
        move.advance(len(parts[-1]))
    assert np.array_equal(np.concatenate(parts), expected)
    assert move.ticks_left == 0


def test_looking_ahead_does_not_move(machine: MachineSpec) -> None:
    move = a_move(machine, 3.0)
    left = move.ticks_left
    assert np.array_equal(move.positions(10), move.positions(10))
    assert move.ticks_left == left
    move.advance(10)
    assert move.ticks_left == left - 10
    move.advance(10_000)
    assert move.ticks_left == 0


def test_a_move_to_where_axes_are_takes_no_time(machine: MachineSpec) -> None:
    move = Move(plan_move(machine, machine.start, machine.start))
    assert move.ticks_left == 0
    assert np.array_equal(move.positions(1)[0], machine.start)


def test_a_last_part_of_a_tick_takes_a_whole_one(machine: MachineSpec) -> None:
    trajectory = plan_move(machine, machine.start, a_target(machine))
    assert Move(trajectory).ticks_left == -(-trajectory.duration_ns // TICK_NS)


def a_target(machine: MachineSpec) -> np.ndarray:
    out = machine.start.copy()
    out[Axis.COUCH_LAT] += 0.123
    return out
