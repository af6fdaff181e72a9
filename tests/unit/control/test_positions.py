"""Tolerances of the initial position and of the resumption point."""

import numpy as np
import pytest

from linacsim.control.positions import describe, off_initial, off_resumption, start_tolerances
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.trajectory import Trajectory
from linacsim.planning import plan
from tests.beams import make_beam

START = {"Mu": 0, "GantryRtn": 180.0, "CouchLng": 100.0, "X1": 5.0, "leaves": (2.0, 2.0)}
LOOSE = {"GantryRtn": 2.0, "CouchLng": 1.0, "X12": 0.5}


def moving(machine: MachineSpec, *axes: Axis) -> Bools:
    out = np.zeros(machine.layout.n_axes, dtype=bool)
    out[list(axes)] = True
    return out


def planned(machine: MachineSpec, **last: object) -> Trajectory:
    trajectory = plan(make_beam(START, {"Mu": 10, **last}), machine, held=machine.start).trajectory
    assert trajectory is not None
    return trajectory


def displaced(trajectory: Trajectory, axis: int, by: float) -> Floats:
    out = trajectory.standing.copy()
    out[axis] += by
    return out


def test_an_axis_without_entry_has_the_tight_tolerance(machine: MachineSpec) -> None:
    tolerance = start_tolerances(machine, {}, moving(machine))
    assert np.array_equal(tolerance, machine.axes.tolerance)
    assert set(tolerance[: len(XML_NAMES)]) == {0.1}


@pytest.mark.parametrize(("column", "name"), list(enumerate(XML_NAMES)))
def test_an_entry_counts_for_its_own_axis(column: int, name: str, machine: MachineSpec) -> None:
    tolerance = start_tolerances(machine, {name: 0.7}, moving(machine))
    changed = np.flatnonzero(tolerance != machine.axes.tolerance)
    assert changed.tolist() == [column]
    assert tolerance[column] == 0.7


@pytest.mark.parametrize(
    ("name", "pair"), [("X12", (Axis.X1, Axis.X2)), ("Y12", (Axis.Y1, Axis.Y2))]
)
def test_a_jaw_pair_has_one_entry_for_both(
    name: str, pair: tuple[Axis, Axis], machine: MachineSpec
) -> None:
    tolerance = start_tolerances(machine, {name: 0.4}, moving(machine))
    assert np.flatnonzero(tolerance != machine.axes.tolerance).tolist() == list(pair)
    assert (tolerance[list(pair)] == 0.4).all()


def test_zero_means_tight(machine: MachineSpec) -> None:
    tolerance = start_tolerances(machine, {"CouchLng": 0.0, "X12": 0.0}, moving(machine))
    assert np.array_equal(tolerance, machine.axes.tolerance)


def test_moving_axes_stay_tight_whatever_the_table_says(machine: MachineSpec) -> None:
    dynamic = moving(machine, Axis.GANTRY_RTN, Axis.X1)
    tolerance = start_tolerances(machine, LOOSE, dynamic)
    assert (tolerance[dynamic] == machine.axes.tolerance[dynamic]).all()
    assert tolerance[Axis.X2] == 0.5
    assert tolerance[Axis.COUCH_LNG] == 1.0


def test_the_tables_of_the_machine_are_left_alone(machine: MachineSpec) -> None:
    before = machine.axes.tolerance.copy()
    start_tolerances(machine, LOOSE, moving(machine))
    assert np.array_equal(machine.axes.tolerance, before)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("axis", "tolerance"), [(Axis.GANTRY_RTN, 2.0), (Axis.COUCH_LNG, 1.0)])
def test_exactly_at_its_tolerance_is_within(
    axis: Axis, tolerance: float, sign: int, machine: MachineSpec
) -> None:
    beam = make_beam(START, {"Mu": 10}, tolerances=LOOSE)
    trajectory = planned(machine)
    at = displaced(trajectory, axis, sign * tolerance)
    beyond = displaced(trajectory, axis, sign * (tolerance + 1e-6))
    assert off_initial(machine, beam, trajectory, at) == ""
    assert XML_NAMES[axis] in off_initial(machine, beam, trajectory, beyond)


def test_an_axis_that_will_move_must_be_exact(machine: MachineSpec) -> None:
    beam = make_beam(START, {"Mu": 10, "GantryRtn": 170.0}, tolerances=LOOSE)
    trajectory = planned(machine, GantryRtn=170.0)
    at = displaced(trajectory, Axis.GANTRY_RTN, 0.11)
    assert off_initial(machine, beam, trajectory, at) == (
        "GantryRtn (axis 1) at 180.110 deg, wanted 180.000 +/- 0.1"
    )


def test_leaves_must_be_exact_though_they_stay(machine: MachineSpec) -> None:
    beam = make_beam(START, {"Mu": 10}, tolerances=LOOSE)
    trajectory = planned(machine)
    at = displaced(trajectory, 14 + 60 + 16, 0.11)
    assert "leaf B17 (axis 11)" in off_initial(machine, beam, trajectory, at)


def test_axes_of_an_elekta_machine_have_its_words() -> None:
    varian, agility = load_machine("truebeam-m120").layout, load_machine("agility").layout
    assert varian.label(Axis.CARRIAGE_B) == "carriage B (axis 11)"
    assert agility.label(Axis.CARRIAGE_A) == "leaf guide A"
    assert agility.label(Axis.Y1) == "Y1"
    assert agility.label(agility.n_axes - 1) == "leaf B80"


def test_axes_that_the_beam_does_not_name_are_free(machine: MachineSpec) -> None:
    trajectory = planned(machine)
    at = displaced(trajectory, Axis.COLL_RTN, 90.0)
    assert off_initial(machine, make_beam(START, {"Mu": 10}), trajectory, at) == ""


@pytest.mark.parametrize(
    ("axis", "by", "off"),
    [
        (Axis.GANTRY_RTN, 0.1, False),
        (Axis.GANTRY_RTN, 0.11, True),
        (Axis.COUCH_LNG, 1.0, False),
        (Axis.COUCH_LNG, 1.1, True),
        (Axis.COLL_RTN, 50.0, False),
    ],
)
def test_resumption_point_of_moving_named_and_free_axes(
    axis: Axis, by: float, off: bool, machine: MachineSpec
) -> None:
    beam = make_beam(START, {"Mu": 10, "GantryRtn": 170.0}, tolerances=LOOSE)
    trajectory = planned(machine, GantryRtn=170.0)
    wanted = trajectory.standing.copy()
    wanted[Axis.GANTRY_RTN] = 175.0
    at = wanted.copy()
    at[axis] += by
    assert (off_resumption(machine, beam, trajectory, wanted, at) != "") == off


def test_three_axes_are_told_and_the_others_counted(machine: MachineSpec) -> None:
    actual = machine.start + 1.0
    columns = np.arange(14, 19)
    text = describe(machine.layout, columns, actual, machine.start, machine.axes.tolerance)
    assert text.count("leaf A") == 3
    assert text.endswith("; and 2 more")
    three = describe(machine.layout, columns[:3], actual, machine.start, machine.axes.tolerance)
    assert "more" not in three
    assert (
        describe(machine.layout, columns[:0], actual, machine.start, machine.axes.tolerance) == ""
    )
