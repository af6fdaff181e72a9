"""The gantry's servo (research/log-formats.md 6.2)."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.model.signals import Drive

from .conftest import TICK_S, Rig, ramp, rig_of


def stopping(way: np.ndarray) -> np.ndarray:
    """Return a way with its start-up mirrored at the end, then rest for a second."""
    down = way[-1] - way[-2::-1] + way[-1]
    whole = np.concatenate((way, down))
    return np.concatenate((whole, np.full(100, whole[-1])))


def test_start_up_sticks_then_overspeeds(rig: Rig) -> None:
    way = ramp(6, 12, 3.0)
    seen = rig.move(0, way) - rig.machine.start[0]
    assert 0.05 <= np.argmax(seen > 1e-6) * TICK_S <= 0.08
    assert 6.5 < np.diff(seen).max() / TICK_S < 7.2
    behind = way - seen
    assert 0.15 < behind.max() < 0.22
    assert 0.2 < np.argmax(behind) * TICK_S < 0.4
    assert np.abs(behind[150:]).max() < 0.1


def test_planned_stop_overshoots_little_and_settles(rig: Rig) -> None:
    way = stopping(ramp(6, 12, 1.5))
    seen = rig.move(0, way) - rig.machine.start[0]
    assert seen.max() - way[-1] < 0.10
    assert abs(seen[-1] - way[-1]) < 0.026
    assert not rig.plant.sense().moving[0, 0]


def test_braked_at_full_speed_runs_on_a_degree_and_creeps_back(rig: Rig) -> None:
    rig.move(0, ramp(6, 12, 3.0))
    rig.drive = Drive.BRAKE
    readings = rig.wait(1.0)
    past = readings.position[:, 0] - rig.at[0]
    assert 0.89 < past.max() < 1.15
    assert 0.30 <= (np.argmax(past) + 1) * TICK_S <= 0.37
    assert 0.02 <= past.max() - past[-1] <= 0.03
    assert not readings.moving[-1, 0]
    assert (rig.wait(1.0).position[:, 0] == readings.position[-1, 0]).all()


def test_held_at_full_speed_runs_on_and_is_driven_back(rig: Rig) -> None:
    rig.move(0, ramp(6, 12, 3.0))
    readings = rig.wait(3.0)
    past = readings.position[:, 0] - rig.at[0]
    assert 0.7 < past.max() < 1.2
    assert abs(past[-1]) < 0.026
    assert not readings.moving[-1, 0]


def test_after_braking_it_stands_where_it_was_told_it_is(rig: Rig) -> None:
    rig.move(0, ramp(-6, -12, 2.0))
    rig.drive = Drive.BRAKE
    stood = rig.wait(1.0).position[-1].copy()
    rig.drive, rig.at = Drive.FOLLOW, stood
    assert (rig.wait(1.0).position[:, 0] == stood[0]).all()


def test_far_command_is_reached_within_speed_and_acceleration(rig: Rig) -> None:
    seen = rig.move(0, np.full(1000, 20.0))
    speed = np.diff(seen) / TICK_S
    assert speed.max() <= 7.2 + 1e-6
    assert np.abs(np.diff(speed)).max() / TICK_S <= 30.0 * 1.001
    assert seen.max() - rig.at[0] < 0.1
    assert abs(seen[-1] - rig.at[0]) < 0.026


@pytest.mark.parametrize("ticks", [1, 3])
def test_delay_comes_from_the_machine(rig: Rig, ticks: int) -> None:
    servo = replace(rig.machine.gantry_servo, delay_ms=10.0 * ticks)
    delayed = rig_of(replace(rig.machine, gantry_servo=servo))
    seen = delayed.move(0, ramp(6, 12, 1.0)) - rig.machine.start[0]
    plain = rig.move(0, ramp(6, 12, 1.0)) - rig.machine.start[0]
    assert np.argmax(seen > 1e-6) == np.argmax(plain > 1e-6) + ticks - 1
