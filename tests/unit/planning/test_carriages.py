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


def test_without_leaves_carriages_are_free() -> None:
    trajectory = plan_points(np.array([0.0, 1.0]), np.full((2, 134), np.nan), MACHINE, 600.0)
    assert trajectory.trajectory is not None
    assert np.isnan(trajectory.trajectory.initial).all()
