"""Carriages stand tight round the shapes and move only where one position cannot serve."""

import numpy as np
import pytest

from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.legs import LegKind, PathLeg
from linacsim.planning import plan_points
from linacsim.planning.carriages import place_carriages

MACHINE = load_machine("truebeam-m120")
NAN = float("nan")


def shapes(*pairs: tuple[float, float]) -> Floats:
    """Return shapes of which each has all leaves of bank A, then of bank B, at one position."""
    return np.array([[a] * 60 + [b] * 60 for a, b in pairs], dtype=float)


def test_a_carriage_stands_at_the_most_retracted_leaf_and_its_bulge() -> None:
    placed = place_carriages(shapes((7.6, 7.5), (-7.4, -7.5)), MACHINE)
    assert placed.position[0] == pytest.approx([7.6454, 7.5443], abs=2e-4)
    assert len(placed.first) == 1


def test_carriages_too_close_go_out_by_the_same_way() -> None:
    placed = place_carriages(shapes((9.5, 0.09), (4.67, 0.0)), MACHINE)
    assert placed.position[0] == pytest.approx([10.9904, 1.5096], abs=2e-4)
    assert placed.position[0].sum() == pytest.approx(12.5)


def test_splits_are_as_few_as_can_be() -> None:
    high = np.linspace(12.0, -17.0, 59)
    leaves = np.repeat(high[:, None], 120, axis=1)
    placed = place_carriages(leaves, MACHINE)
    assert placed.first.tolist() == [0, 30]
    assert len(placed.impossible) == 0


def test_open_up_holds_the_carriages_back() -> None:
    tight = place_carriages(shapes((8.0, 8.0)), MACHINE).position
    assert place_carriages(shapes((8.0, 8.0)), MACHINE, 0.7).position == pytest.approx(tight + 0.7)


def test_a_segment_wider_than_the_span_is_a_finding() -> None:
    position = np.full((3, 134), np.nan)
    position[:, 14:] = shapes((8.0, 8.0), (8.0, 8.0), (-7.5, 8.0))
    plan = plan_points(np.array([0.0, 1.0, 2.0]), position, MACHINE, 600.0)
    assert plan.trajectory is None
    assert [finding.rule for finding in plan.findings] == ["plan.carriage"]
    assert plan.findings[0].place.control_point == 2
    assert "15.50 cm" in plan.findings[0].found


def test_a_split_pauses_beam_and_motion_while_the_carriages_move() -> None:
    position = np.full((4, 134), np.nan)
    position[:, 0] = [180.0, 175.0, 170.0, 165.0]
    position[:, 14:] = shapes((10.0, 10.0), (0.0, 10.0), (-5.0, 10.0), (-9.0, 10.0))
    trajectory = plan_points(np.arange(4.0), position, MACHINE, 600.0).trajectory
    assert trajectory is not None
    assert [leg.kind for leg in trajectory.legs] == [LegKind.BEAM, LegKind.CARRIAGE, LegKind.BEAM]
    move = trajectory.legs[1]
    assert isinstance(move, PathLeg)
    assert move.s_from == move.s_to == 2.0
    start = int(trajectory.leg_start_s[1] * 1e9)
    at = start + np.arange(0, int(move.duration_s * 1e9), 10_000_000, dtype=np.int64)
    sample = trajectory.sample(at)
    assert (sample.s == 2.0).all()
    assert (sample.mu == 2.0).all()
    assert (sample.position[:, 0] == 170.0).all()
    speed = np.abs(np.diff(sample.position[:, Axis.CARRIAGE_A])) / 0.01
    assert speed.max() == pytest.approx(1.2, abs=1e-6)
    assert trajectory.cp_departure_s[2] > trajectory.cp_time_s[2]
    assert trajectory.dynamic[Axis.CARRIAGE_A]
    assert trajectory.initial[Axis.CARRIAGE_A] == pytest.approx(10.0, abs=0.1)


def test_one_place_is_kept_as_long_as_it_serves() -> None:
    leaves = shapes((10.0, 5.0), (-4.0, 5.0), (2.0, 5.0), (-4.9, 5.0))
    placed = place_carriages(leaves, MACHINE, free=np.ones(3, dtype=bool))
    assert placed.first.tolist() == [0]
    assert not placed.move


def test_a_new_place_is_taken_in_free_motion_rather_than_amid_the_beam() -> None:
    # From the first point on one place serves up to point 2, amid the beam from 1 to 3.
    leaves = shapes((10.0, 5.0), (-1.0, 5.0), (-4.0, 5.0), (-9.0, 5.0))
    free = np.array([True, False, False])
    assert place_carriages(leaves, MACHINE).first.tolist() == [0, 2]
    assert place_carriages(leaves, MACHINE, free=free).first.tolist() == [0, 1]


def test_each_field_has_its_own_place() -> None:
    leaves = shapes((10.0, 5.0), (10.0, 5.0), (8.0, 6.0), (8.0, 6.0))
    gate = np.array([False, True, False])
    placed = place_carriages(leaves, MACHINE, free=gate, fresh=gate)
    assert placed.first.tolist() == [0, 2]
    assert placed.position.max(axis=1) == pytest.approx([10.0786, 8.0504], abs=1e-3)
    assert len(place_carriages(leaves, MACHINE, free=gate).first) == 1
    assert len(place_carriages(leaves, MACHINE, fresh=gate).first) == 1


def test_no_carriage_stands_out_of_reach_or_out_of_range() -> None:
    wide = shapes((19.0, 5.0))
    wide[0, 7] = 4.0
    assert place_carriages(wide, MACHINE).position[0, 0] == pytest.approx(4.0 + 15.1)
    assert place_carriages(wide, MACHINE, 3.0).position[0, 0] == pytest.approx(4.0 + 15.1)
    far = place_carriages(shapes((20.0, -14.0)), MACHINE).position[0]
    assert far.tolist() == pytest.approx([21.0, -8.5])
    assert place_carriages(shapes((20.0, -20.0)), MACHINE).position[0, 1] >= -16.0


def test_what_is_left_of_a_sequence_begins_where_the_carriages_are() -> None:
    leaves = shapes((10.0, 5.0), (10.0, 5.0), (-8.0, 6.0), (-8.0, 6.0))
    free = np.array([False, True, False])
    placed = place_carriages(leaves, MACHINE, free=free)
    unknown = np.full(2, NAN)
    within = placed.left_from(0, 0.5, free=False, given=unknown)
    assert np.array_equal(within.start, placed.position[0])
    half = placed.left_from(1, 0.5, free=True, given=unknown)
    assert half.start == pytest.approx(placed.position.mean(axis=0))
    known = placed.left_from(1, 0.5, free=True, given=np.array([3.0, NAN]))
    assert known.start == pytest.approx([3.0, half.start[1]])
    assert np.array_equal(known.at(0), placed.position[0])
    assert np.array_equal(known.at(1), placed.position[1])
    last = placed.left_from(2, 0.0, free=False, given=unknown)
    assert last.first.tolist() == [0]
    assert not last.move


def test_a_shape_wider_than_the_span_is_a_finding() -> None:
    position = np.full((2, 134), np.nan)
    position[:, 14:] = shapes((8.0, 8.0), (8.0, 8.0))
    position[1, 20] = -7.5
    plan = plan_points(np.zeros(2), position, MACHINE, 600.0)
    assert [finding.rule for finding in plan.findings] == ["plan.carriage"]
    assert plan.findings[0].found == "control point 1 spreads the leaves of one bank over 15.50 cm"


def test_without_leaves_carriages_are_free() -> None:
    trajectory = plan_points(np.array([0.0, 1.0]), np.full((2, 134), np.nan), MACHINE, 600.0)
    assert trajectory.trajectory is not None
    assert np.isnan(trajectory.trajectory.initial).all()
