"""The time law in its own coordinates: identities, and rules measured in real logs."""

import numpy as np
import pytest

from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.planning.alone import knots
from linacsim.planning.timing import Run, RunTiming, time_run

RULES = load_machine("truebeam-m120").planning
TICK_S = 0.01


def run(cruise: list[float], accel: list[float], blend: list[float]) -> Run:
    return Run(np.array(cruise, float), np.array(accel, float), np.array(blend, float))


def timed(cruise: list[float], accel: list[float], blend: list[float]) -> RunTiming:
    return time_run(run(cruise, accel, blend), RULES, TICK_S)


def one(values: float) -> Floats:
    return np.array([values])


def test_rest_to_rest_over_100_at_10_and_10_takes_11_s() -> None:
    timing = time_run(run([0.1], [0.1], []), RULES, 0.0)
    assert timing.duration_s == pytest.approx(11.0, abs=1e-12)


def test_an_axis_on_its_own_takes_11_s_also_at_ticks() -> None:
    for tick_s in (0.0, TICK_S):
        knot_s, _ = knots(one(100.0), one(10.0), one(10.0), tick_s)
        assert knot_s[-1, 0] == pytest.approx(11.0, abs=1e-12)


@pytest.mark.parametrize("parts", [1, 2, 7, 100])
def test_100_mu_at_600_take_10_s_in_any_number_of_parts(parts: int) -> None:
    cruise = [parts / 10.0] * parts
    timing = time_run(run(cruise, [np.inf] * parts, [0.0] * (parts - 1)), RULES, 0.0)
    assert timing.duration_s == pytest.approx(10.0, abs=1e-12)


def test_ticks_add_half_a_tick_at_each_end_of_a_static_field() -> None:
    timing = timed([0.1], [np.inf], [])
    assert timing.duration_s == pytest.approx(10.01, abs=1e-12)
    assert timing.pieces.accel[0] * TICK_S == pytest.approx(0.1)


def test_a_run_that_reaches_speed_between_ticks_spreads_its_last_tick() -> None:
    timing = timed([1.0], [3.0], [])
    speed = timing.pieces.speed
    assert timing.pieces.start_s[:3] == pytest.approx([0.0, 0.33, 0.34])
    assert speed[:3] == pytest.approx([0.0, 0.99, 1.0])


def test_braking_starts_at_the_last_tick_before_it_is_due_and_is_softer() -> None:
    timing = timed([1.0], [3.0], [])
    start, accel = timing.pieces.start_s[-1], timing.pieces.accel[-1]
    assert start == pytest.approx(round(start, 2), abs=1e-12)
    assert -3.0 < accel < -2.8


def test_a_brake_due_on_a_tick_starts_one_tick_earlier_on_a_path() -> None:
    # Cruise 0.5/s, 1/s2: due at 24.00 s, as at the end of a public MLC-speed arc.
    timing = timed([0.5] * 12, [1.0] * 12, [0.0] * 11)
    due = 0.5 + (12 - 0.25) / 0.5
    assert due == 24.0
    assert timing.pieces.start_s[-1] == pytest.approx(23.99)
    assert timing.duration_s == pytest.approx(24.51)


def test_corners_with_long_blends_are_cut_by_powers_of_09() -> None:
    # 0.225 s of blend between segments of 0.256 s and 0.267 s: 0.9 cubed, as in a public log.
    timing = time_run(run([3.90625, 3.75, 3.75], [8.0] * 3, [0.225, 0.0]), RULES, TICK_S)
    assert timing.factor[1] == pytest.approx(0.729)
    assert timing.factor[2] == 1.0


def test_a_blend_of_just_half_the_shorter_segment_is_not_cut() -> None:
    timing = timed([1.0, 2.0, 1.0], [1000.0] * 3, [0.25, 0.25 + 1e-6])
    assert timing.factor[1:3] == pytest.approx([1.0, 0.9])


def test_a_start_too_short_for_full_speed_keeps_its_window_and_lowers_the_corner() -> None:
    blend, cut = 0.073, 0.9
    timing = timed([7.5, 3.90625, 3.75], [15.0, 8.0, 8.0], [blend, 0.0])
    window = 7.5 * cut * 0.5 * blend * cut
    assert timing.factor[1] * 7.5 == pytest.approx(np.sqrt(2 * 15.0 * (1 - window)))


def test_an_end_too_short_to_brake_keeps_a_quarter_of_the_segment() -> None:
    timing = timed([3.9, 3.9216, 7.5], [8.0, 8.0, 15.0], [0.0, 0.08])
    assert timing.factor[2] * 7.5 == pytest.approx(np.sqrt(2 * 15.0 * 0.75))


def test_the_law_is_the_same_backwards_without_ticks_where_no_corner_is_lowered() -> None:
    cruise, accel, blend = [1.0, 2.0, 0.7, 1.5], [4.0, 9.0, 3.0, 5.0], [0.1, 0.3, 0.2]
    there = time_run(run(cruise, accel, blend), RULES, 0.0)
    back = time_run(run(cruise[::-1], accel[::-1], blend[::-1]), RULES, 0.0)
    assert there.duration_s == pytest.approx(back.duration_s)
    assert there.crossing_s[1:-1] == pytest.approx(there.duration_s - back.crossing_s[1:-1][::-1])


def test_single_axes_never_pass_their_limits_and_arrive() -> None:
    length = np.array([0.0, 1e-6, 0.01, 0.3, 1.25, 1.2499, 3.3, 90.0])
    speed, accel = np.full(8, 2.5), np.full(8, 5.0)
    knot_s, knot_speed = knots(length, speed, accel, TICK_S)
    assert (np.diff(knot_s, axis=0) >= -1e-12).all()
    assert (knot_speed <= speed + 1e-12).all()
    slope = np.abs(np.diff(knot_speed, axis=0))
    assert (slope <= accel * np.diff(knot_s, axis=0) * (1 + 1e-4) + 1e-9).all()
    way = (0.5 * (knot_speed[1:] + knot_speed[:-1]) * np.diff(knot_s, axis=0)).sum(axis=0)
    assert way == pytest.approx(length, abs=1e-12)
