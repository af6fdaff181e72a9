"""What lateness does to the beam."""

import pytest

from linacsim.engines.realtime.policy import LatePolicy, LateWatch, TooLate, default_policy
from linacsim.model.messages import REAL_TIME, Standing
from linacsim.model.time import TICK_NS

MS = 1_000_000
LATE = 6 * MS
POLICY = default_policy(TICK_NS)


def test_three_late_ticks_in_a_row_hold_the_beam() -> None:
    watch = LateWatch(POLICY)
    assert [watch.see(tick, LATE) for tick in range(2)] == [None, None]
    report = watch.see(2, LATE)
    assert report is not None
    assert (report.device, report.standing) == (REAL_TIME, Standing.HOLD)
    assert report.text == "3 ticks in a row over 5 ms"
    assert watch.see(3, LATE) is None, "told once"
    assert watch.holds == 1


def test_a_punctual_tick_between_starts_the_count_anew() -> None:
    watch = LateWatch(POLICY)
    assert all(watch.see(tick, late) is None for tick, late in enumerate([LATE, LATE, 0] * 20))


def test_half_a_tick_is_still_punctual() -> None:
    watch = LateWatch(POLICY)
    assert all(watch.see(tick, 5 * MS) is None for tick in range(100))


def test_the_hold_ends_after_enough_punctual_ticks_in_a_row() -> None:
    watch = LateWatch(POLICY)
    for tick in range(3):
        watch.see(tick, LATE)
    told = [watch.see(tick, 0) for tick in range(40)] + [watch.see(40, LATE)]
    told += [watch.see(tick, 0) for tick in range(49)]
    assert set(told) == {None}
    report = watch.see(90, 0)
    assert report is not None
    assert report.standing is Standing.GOOD


def test_a_second_of_lateness_ends_the_run() -> None:
    watch = LateWatch(POLICY)
    watch.see(0, 1000 * MS)
    with pytest.raises(TooLate, match="tick 7 was 1001 ms late, more than the 1000 ms allowed"):
        watch.see(7, 1001 * MS)


def test_lateness_may_be_recorded_only() -> None:
    watch = LateWatch(LatePolicy(late_ns=MS, hold_after=None, stop_ns=None))
    assert all(watch.see(tick, 5000 * MS) is None for tick in range(10))
