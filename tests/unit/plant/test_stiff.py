"""Leaves, jaws, couch and carriages: lag, overshoot, drive back, braking."""

import numpy as np
import pytest

from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import Axis
from linacsim.model.signals import Drive

from .conftest import TICK_S, Rig, ramp, rig_of

LEAF = 20
LAG_S = 0.0026


def test_moving_leaf_lags_by_lag_times_speed(rig: Rig) -> None:
    way = ramp(-2.5, -50, 1.0)
    start = rig.at[LEAF]
    seen = rig.move(LEAF, way)
    np.testing.assert_allclose((seen - start - way)[20:], 2.5 * LAG_S, atol=1e-8)


def test_leaf_that_stops_as_planned_is_on_its_command_at_once(rig: Rig) -> None:
    up = ramp(-2.5, -50, 0.5)
    down = up[-1] + up[4] - np.array([*up[3::-1], 0.0])
    seen = rig.move(LEAF, np.concatenate((up, down, down[-1:])))
    assert seen[-1] == pytest.approx(rig.at[LEAF], abs=1e-8)


@pytest.mark.parametrize("drive", [Drive.FOLLOW, Drive.BRAKE])
def test_leaf_stopped_dead_runs_on_by_its_inertia(rig: Rig, drive: Drive) -> None:
    rig.move(LEAF, ramp(-2.5, -50, 1.0))
    rig.drive = drive
    readings = rig.wait(0.5)
    past = rig.at[LEAF] - readings.position[:, LEAF]
    assert 0.045 < past.max() < 0.065
    assert not readings.moving[-1, LEAF]
    rest = 0.0 if drive is Drive.FOLLOW else past.max()
    assert past[-1] == pytest.approx(rest, abs=1e-8)


def test_braked_axis_that_follows_again_stands_where_it_was_told_it_is(rig: Rig) -> None:
    rig.move(LEAF, ramp(-2.5, -50, 1.0))
    rig.drive = Drive.BRAKE
    rig.wait(0.3)
    stood = rig.plant.sense().position[0].copy()
    rig.drive, rig.at = Drive.FOLLOW, stood
    readings = rig.wait(0.5)
    assert (readings.position[:, 1:] == stood[1:]).all()
    assert not readings.moving[:, 1:].any()


def test_braked_axis_that_follows_a_far_command_is_driven_there(rig: Rig) -> None:
    rig.drive = Drive.BRAKE
    rig.wait(0.1)
    rig.drive = Drive.FOLLOW
    rig.at[Axis.X1] += 1.0
    assert rig.wait(1.0).position[-1, Axis.X1] == pytest.approx(rig.at[Axis.X1])


@pytest.mark.parametrize("axis", [1, 2, 5, 6, 8, 10, 12, LEAF])
def test_a_jump_of_the_command_is_followed_within_speed_and_acceleration(
    rig: Rig, axis: int
) -> None:
    axes = rig.machine.axes
    start = rig.at[axis]
    seen = rig.move(axis, np.full(2000, -1.0))
    speed = np.diff(np.concatenate(([start, start], seen))) / TICK_S
    assert np.abs(speed).max() <= 1.1 * axes.max_speed[axis] + 1e-6
    assert np.abs(np.diff(speed)).max() / TICK_S <= 1.01 * axes.brake_decel[axis]
    assert seen.min() >= start - 1.0 - axes.brake_decel[axis] * TICK_S**2
    assert seen[-1] == pytest.approx(start - 1.0)


def test_still_axes_read_their_commands_and_a_constant(machine: MachineSpec) -> None:
    rig = rig_of(machine)
    readings = rig.wait(1.0)
    assert (readings.position == readings.position[0]).all()
    assert not readings.moving.any()
    off = np.abs(readings.position[0] - machine.start)
    assert (off <= machine.axes.static_offset + machine.axes.resolution / 2 + 1e-12).all()
    assert (off <= 0.0135).all()
    assert len(np.unique(off[machine.layout.leaves])) > 3


def test_readings_are_whole_encoder_steps(machine: MachineSpec) -> None:
    rig = rig_of(machine)
    seen = rig.move(LEAF, ramp(-2.0, -50, 1.0)) / machine.axes.resolution[LEAF]
    np.testing.assert_allclose(seen, np.rint(seen), atol=1e-6)


def test_other_seed_other_noise_same_seed_same_noise(machine: MachineSpec) -> None:
    way = ramp(-2.0, -50, 1.0)
    one, same, other = (rig_of(machine, seed).move(LEAF, way) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_leaf_may_go_as_fast_as_itself_and_its_carriage(rig: Rig) -> None:
    position = np.repeat(rig.at[None], 200, axis=0)
    position[:, Axis.CARRIAGE_A] += ramp(-1.2, -20, 2.0)
    position[:, LEAF] += ramp(-2.5, -50, 2.0) + ramp(-1.2, -20, 2.0)
    readings = rig.run(position)
    np.testing.assert_allclose((readings.position - position)[50:, LEAF], 3.7 * LAG_S, atol=1e-8)


def test_leaf_alone_does_not_go_that_fast(rig: Rig) -> None:
    way = ramp(-3.7, -50, 2.0)
    seen = rig.move(LEAF, way)
    speed = np.diff(seen) / TICK_S
    assert speed.min() >= -2.75 - 1e-6
    assert seen[-1] - rig.at[LEAF] > 1.0
