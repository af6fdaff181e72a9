"""Rows 34 to 37 of the fault catalogue, and a wire that goes: both kinds of stage."""

from collections.abc import Callable

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.plug import Plug
from tests.stages import BREATH, PLAYS_BY_NS, RIGS, Rig, faults

FAULT_NS = 9 * NS_PER_S
AT = "9"
SLOWEST_MM_PER_S = 1.0

Make = Callable[..., Rig]
both = pytest.mark.parametrize("make", RIGS.values(), ids=RIGS)


@both
def test_a_stage_homes_plays_and_releases_the_beam_only_then(make: Make) -> None:
    rig = make().run(PLAYS_BY_NS)
    standings = [report.standing for _, report in rig.told]
    assert standings[-1] is Standing.GOOD
    assert set(standings[:-1]) == {Standing.HOLD}
    assert [r.text for _, r in rig.told][:3] == [
        "not live yet (identifying)",
        "not live yet (homing)",
        "not live yet (ready)",
    ]


@both
def test_it_follows_its_course(make: Make) -> None:
    rig = make().run(30 * NS_PER_S)
    error = rig.error_mm(PLAYS_BY_NS, 30 * NS_PER_S)
    assert np.sqrt((error**2).mean()) < 0.4
    assert abs(error).max() < 1.0


@both
def test_positions_carry_the_time_at_which_they_were_true(make: Make) -> None:
    rig = make().run(20 * NS_PER_S)
    told = [p for p in rig.driver.positions if p.time_ns > PLAYS_BY_NS]
    assert len(told) > 90
    times = np.array([p.time_ns for p in told])
    off = np.array([p.mm[0] for p in told]) - rig.true_mm(times)
    doubt = np.array([p.doubt_ns for p in told])
    assert (np.diff(times) > 0).all()
    assert doubt.max() < 10 * NS_PER_MS
    assert abs(off).max() < 20.0 * doubt.max() / NS_PER_S + 0.01
    assert all(p.wanted_mm is not None for p in told)


@both
def test_row_34_a_stage_that_stalls_is_stopped_with_a_fault(make: Make) -> None:
    """Over 1 mm for 200 ms, from when it is over 1 mm away; found at the next report."""
    rig = make(f"stall@{AT}+60").run(FAULT_NS + 3 * NS_PER_S)
    at_ns, text = rig.first(Standing.FAULT)
    assert "stage does not follow (fault 34)" in text
    times = np.arange(FAULT_NS, at_ns, NS_PER_MS)
    away = abs(rig.true_mm(times) - rig.settings.course.positions_mm(times)[:, 0]) > 1.0
    away_ns = int(times[np.argmax(away)])
    assert away.any()
    assert 200 * NS_PER_MS <= at_ns - away_ns <= 450 * NS_PER_MS
    assert not rig.moves()


@both
def test_row_35_a_limit_switch_is_a_fault_at_once(make: Make) -> None:
    rig = make(f"limit@{AT}").run(FAULT_NS + 2 * NS_PER_S)
    at_ns, text = rig.first(Standing.FAULT)
    assert "stage alarm (fault 35)" in text
    assert at_ns - FAULT_NS <= 120 * NS_PER_MS
    assert not rig.moves()


@both
def test_row_36_a_refused_move_is_a_fault_and_not_tried_again(make: Make) -> None:
    rig = make(f"refuse@{AT}+0.06").run(FAULT_NS + 2 * NS_PER_S)
    at_ns, text = rig.first(Standing.FAULT)
    assert "command refused (fault 36)" in text
    assert at_ns - FAULT_NS <= 120 * NS_PER_MS
    assert not rig.moves(), "the refusal is long over, but nobody has homed it"


@both
def test_row_37_a_stage_that_is_silent_is_a_fault_after_three_times_200_ms(make: Make) -> None:
    rig = make(f"silent@{AT}").run(FAULT_NS + 2 * NS_PER_S)
    at_ns, text = rig.first(Standing.FAULT)
    assert "command not answered (fault 37)" in text
    assert 600 * NS_PER_MS <= at_ns - FAULT_NS <= 800 * NS_PER_MS
    assert "200 ms, 3 times" in text or "600 ms, 1 times" in text


@both
def test_a_restart_loses_the_position(make: Make) -> None:
    rig = make(f"reboot@{AT}").run(FAULT_NS + 2 * NS_PER_S)
    at_ns, text = rig.first(Standing.FAULT)
    assert "fault 23" in text or "fault 35" in text
    assert at_ns - FAULT_NS <= 120 * NS_PER_MS
    assert not rig.moves()


@both
@pytest.mark.parametrize("fault", [f"stall@{AT}+2", f"limit@{AT}", f"refuse@{AT}+0.06"])
def test_after_a_fault_it_plays_again_once_homed_if_it_may(make: Make, fault: str) -> None:
    rig = make(fault, rehome_ns=3 * NS_PER_S).run(FAULT_NS + 2 * NS_PER_S)
    assert rig.told[-1][1].standing is Standing.FAULT
    rig.until("homing").until("playing")
    assert [r.standing for _, r in rig.told][-1] is Standing.GOOD
    assert Standing.HOLD not in [r.standing for t, r in rig.told if t > FAULT_NS]
    begin_ns = rig.now_ns
    rig.run(begin_ns + 4 * NS_PER_S)
    assert abs(rig.error_mm(begin_ns + NS_PER_S, rig.now_ns)).max() < 1.0


@both
def test_row_21_a_pulled_cable_is_a_fault_and_a_stage_plugged_in_is_homed(make: Make) -> None:
    rig = make(wire={"plug": Plug(faults(f"unplug@{FAULT_NS / NS_PER_S:g}+1"))})
    rig.run(FAULT_NS + NS_PER_S // 2)
    at_ns, text = rig.first(Standing.FAULT)
    assert "wire gone (fault 21): unplugged" in text
    assert at_ns - FAULT_NS <= 20 * NS_PER_MS
    rig.until("homing").until("playing")
    assert rig.told[-1][1].standing is Standing.GOOD


@both
def test_last_words_stop_the_stage(make: Make) -> None:
    rig = make().until("playing")
    rig.run(rig.now_ns + 2 * NS_PER_S)
    rig.driver.leave(rig.now_ns)
    rig.run(rig.now_ns + NS_PER_S // 2)
    assert not rig.moves()


@both
def test_a_stand_in_may_be_forbidden_to_release_the_beam(make: Make) -> None:
    rig = make(allow_simulated=False).run(PLAYS_BY_NS)
    assert not rig.driver.health().live
    assert rig.told[-1][1].standing is Standing.HOLD
    assert "simulated source" in rig.told[-1][1].text


@both
def test_another_device_than_is_wanted_is_not_moved(make: Make) -> None:
    rig = make(identity="serial number 4711").run(PLAYS_BY_NS)
    assert "wrong tool or device (fault 20)" in rig.told[-1][1].text
    assert rig.told[-1][1].standing is Standing.HOLD
    assert not rig.moves(3 * NS_PER_S)


@both
def test_nobody_there_is_told_and_tried_again(make: Make) -> None:
    rig = make("silent@0+7").run(6 * NS_PER_S)
    assert Condition.UNANSWERED in rig.driver.guard.conditions
    assert rig.told[-1][1].standing is Standing.HOLD, "it has never played: no fault yet"
    rig.until("playing")
    assert rig.driver.health().live


@both
def test_a_course_that_leaves_the_travel_later_stops_the_stage_before_it(make: Make) -> None:
    """Beyond what was looked at beforehand, each set-point is looked at again."""

    class Leaves(type(BREATH)):
        def positions(self, times_ns):
            away = np.clip(times_ns / NS_PER_S - 9.0, 0.0, None)[:, None]
            return super().positions(times_ns) + away * [0.0, 0.0, 4.0]

    rig = make(motion=Leaves(2.0, 4.0, power=2), checked_until_ns=9 * NS_PER_S)
    rig.run(13 * NS_PER_S)
    text = rig.first(Standing.FAULT)[1]
    assert "stage alarm (fault 35): the course goes to" in text
    assert "allowed: " in text
    assert not rig.moves()
