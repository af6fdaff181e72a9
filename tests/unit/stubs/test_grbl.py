"""The GRBL stub answers as the firmware does (research/hil-protocols.md, section 2.2)."""

import numpy as np
import pytest

from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.grbl import settings as s
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.grbl.states import State

HOMED_NS = 6 * NS_PER_S


class Talk:
    """A conversation with a controller."""

    def __init__(self, controller: Grbl | None = None) -> None:
        self.grbl = controller or Grbl()
        self.now_ns = 0
        self.heard()

    def say(self, text: str | bytes, then_ns: int = NS_PER_MS) -> list[str]:
        self.grbl.receive(text if isinstance(text, bytes) else text.encode(), self.now_ns)
        return self.wait(then_ns)

    def wait(self, ns: int) -> list[str]:
        end_ns = self.now_ns + ns
        while (due_ns := self.grbl.next_ns()) is not None and due_ns <= end_ns:
            self.now_ns = max(self.now_ns + 1, due_ns)
            self.grbl.wake(self.now_ns)
        self.now_ns = end_ns
        self.grbl.wake(end_ns)
        return self.heard()

    def heard(self) -> list[str]:
        return [line for line in self.grbl.take().decode().split("\r\n") if line]

    def homed(self) -> "Talk":
        assert self.say("$H\n", HOMED_NS) == ["ok"]
        return self

    def x(self) -> float:
        return float(self.say("?")[0].split("MPos:")[1].split(",")[0])


def test_it_boots_locked_and_greets() -> None:
    grbl = Grbl()
    said = grbl.take().decode()
    assert said.split("\r\n")[1] == "Grbl 1.1h ['$' for help]"
    assert "[MSG:'$H'|'$X' to unlock]" in said
    assert Talk(grbl).say("G1 X-1 F100\n") == ["error:9"]


def test_homing_makes_the_position_known() -> None:
    talk = Talk().homed()
    assert talk.grbl.state is State.IDLE
    assert talk.x() == -1.0
    assert talk.grbl.places_mm(np.array([talk.now_ns]))[0].tolist() == [-1.0] * 3


def test_unlocking_leaves_it_where_it_thinks_it_is() -> None:
    talk = Talk()
    assert talk.say("$X\n") == ["[MSG:Caution: Unlocked]", "ok"]
    assert talk.x() == 0.0
    assert talk.grbl.places_mm(np.array([talk.now_ns]))[0, 0] == -30.0


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", "ok"),
        ("(a comment) ; and another", "ok"),
        ("G21 G90 G94 G17 G54", "ok"),
        ("g0x-5", "ok"),
        ("5", "error:1"),
        ("GX", "error:2"),
        ("$nonsense", "error:3"),
        ("$999=1", "error:3"),
        ("$110=-5", "error:4"),
        ("$110=abc", "error:2"),
        ("G5 X1", "error:20"),
        ("M99", "error:20"),
        ("Q1", "error:20"),
        ("G0 G1 X-5", "error:21"),
        ("G90 G91", "error:21"),
        ("G1 X-5", "error:22"),
        ("G1 X-5 X-6 F100", "error:25"),
        ("G1 X-5 F-100", "error:4"),
        ("G53", "error:26"),
        ("G4", "error:28"),
        ("X" + "1" * 90, "error:11"),
        ("$J=X-5", "error:22"),
        ("$J=F100", "error:16"),
        ("$J=G2 X-5 F100", "error:20"),
        ("$J=G1 X-5 F100", "error:16"),
        ("$J=X-500 F100", "error:15"),
        ("$J=X5 F100", "error:15"),
        ("$J=G91 X-5 F100", "ok"),
    ],
)
def test_each_line_has_one_answer(line: str, answer: str) -> None:
    assert Talk().homed().say(line + "\n") == [answer]


def test_cr_and_lf_each_end_a_line_as_in_the_firmware() -> None:
    assert Talk().homed().say("G21\r\n") == ["ok", "ok"]


def test_settings_are_listed_and_set() -> None:
    talk = Talk().homed()
    assert talk.say("$110=3000\n") == ["ok"]
    listed = talk.say("$$\n")
    assert "$110=3000.000" in listed
    assert "$22=1" in listed
    assert listed[-1] == "ok"
    for line in ("$110=0\n", "$120=0\n", "$25=0\n", "$110=-1\n"):
        assert talk.say(line) == ["error:4"]
    for value in ("nan", "inf", "fast"):
        assert talk.say(f"$110={value}\n") == ["error:2"]
    assert talk.say("$22=0\n") == ["ok"]
    assert talk.say("$20=0\n") == ["ok"]
    assert talk.say("$20=1\n") == ["error:10"]
    assert talk.say("$H\n") == ["error:5"]


def test_lost_settings_are_told() -> None:
    talk = Talk(Grbl(settings_lost=True))
    assert talk.say("$$\n") == ["error:7"]


@pytest.mark.parametrize("line", ["$", "$#", "$G", "$I", "$N"])
def test_what_is_asked_for_is_told_before_ok(line: str) -> None:
    said = Talk().homed().say(line + "\n")
    assert len(said) > 1
    assert said[-1] == "ok"


def test_a_stub_says_that_it_is_one() -> None:
    assert any("SIM" in line for line in Talk().say("$I\n"))


def test_a_move_takes_the_time_of_its_trapezoid() -> None:
    """20 mm at 50 mm/s and 1000 mm/s²: 0.45 s."""
    talk = Talk().homed()
    begin_ns = talk.now_ns
    talk.say("G91 G1 X-20 F3000\n", NS_PER_S)
    times = begin_ns + np.array([0, 50, 225, 400, 450, 600]) * NS_PER_MS
    way = -1.0 - talk.grbl.places_mm(times)[:, 0]
    assert way.tolist() == pytest.approx([0.0, 1.25, 10.0, 18.75, 20.0, 20.0])


def test_moves_in_line_are_run_without_a_stop_and_a_turn_is_one() -> None:
    talk = Talk().homed()
    begin_ns = talk.now_ns
    talk.say("G90\nG1 X-21 F3000\nG1 X-41\nG1 X-21\n", 3 * NS_PER_S)
    times = np.arange(begin_ns, begin_ns + 2 * NS_PER_S, NS_PER_MS)
    speed = abs(np.gradient(talk.grbl.places_mm(times)[:, 0], 1e-3))
    at = talk.grbl.places_mm(times)[:, 0]
    passing, turning = abs(at + 21.0) < 0.05, abs(at + 41.0) < 0.001
    assert speed[passing][0] == pytest.approx(50.0, abs=0.5)
    assert speed[turning].min() < 1.0
    assert talk.x() == -21.0


def test_units_distance_and_offsets_are_modal() -> None:
    talk = Talk().homed()
    talk.say("G20 G90 G53 G0 X-1\n", NS_PER_S)
    assert talk.x() == pytest.approx(-25.4)
    talk.say("G21\nG92 X0\nG1 X-10 F6000\n", NS_PER_S)
    assert talk.x() == pytest.approx(-35.4)
    assert "G92:-25.400,0.000,0.000" in "".join(talk.say("$#\n"))
    talk.say("$10=0\n")
    reports = [talk.say("?")[0] for _ in range(11)]
    assert "WPos:-10.000" in reports[0]
    assert sum("WCO:-25.400" in report for report in reports) == 1


def test_jogs_leave_modal_state_alone() -> None:
    talk = Talk().homed()
    before = talk.say("$G\n")
    talk.say("$J=G91G20X-0.5F100\n", NS_PER_S)
    assert talk.say("$G\n") == before


def test_a_jog_is_cancelled_within_its_braking_distance() -> None:
    talk = Talk().homed()
    talk.say("$J=X-90F6000\n$J=X-20F6000\n", 500 * NS_PER_MS)
    before = talk.x()
    assert talk.grbl.state is State.JOG
    talk.say(b"\x85", NS_PER_S)
    assert talk.grbl.state is State.IDLE
    assert before - talk.x() == pytest.approx(5.0, abs=0.3), "100 mm/s at 1000 mm/s²"


def test_a_hold_stops_and_resuming_goes_on() -> None:
    talk = Talk().homed()
    talk.say("G1 X-90 F3000\n", 300 * NS_PER_MS)
    assert talk.say("!", 20 * NS_PER_MS) == []
    assert talk.say("?")[0].startswith("<Hold:1|")
    talk.wait(NS_PER_S)
    assert talk.say("?")[0].startswith("<Hold:0|")
    assert talk.say("$J=X-5F100\n") == ["error:8"]
    talk.say("~", 3 * NS_PER_S)
    assert talk.x() == -90.0
    assert talk.grbl.state is State.IDLE


def test_a_reset_while_moving_loses_the_position() -> None:
    talk = Talk().homed()
    talk.say("G1 X-90 F3000\n", 300 * NS_PER_MS)
    said = talk.say(b"\x18")
    assert said[:2] == ["ALARM:3", "Grbl 1.1h ['$' for help]"]
    assert talk.grbl.state is State.ALARM
    true = talk.grbl.places_mm(np.array([talk.now_ns]))[0, 0]
    assert abs(true - talk.x()) > 0.5


def test_a_reset_at_rest_keeps_it() -> None:
    talk = Talk().homed()
    assert talk.say(b"\x18") == ["Grbl 1.1h ['$' for help]", "[MSG:'$H'|'$X' to unlock]"]
    assert talk.x() == -1.0


def test_a_move_beyond_the_soft_limit_is_an_alarm_that_only_a_reset_ends() -> None:
    talk = Talk().homed()
    assert talk.say("G1 X-500 F100\n")[:2] == ["ALARM:2", "[MSG:Reset to continue]"]
    assert talk.say("$X\n") == ["error:9"]
    talk.say(b"\x18")
    assert talk.say("$X\n")[-1] == "ok"


def test_the_planner_is_full_after_fifteen_and_later_lines_wait() -> None:
    talk = Talk().homed()
    begin = talk.say("".join(f"G1X-{k}F600\n" for k in range(2, 12)))
    assert begin == ["ok"] * 10
    more = talk.say("".join(f"G1X-{k}F600\n" for k in range(12, 20)))
    assert len(more) == 5
    assert "Bf:0," in talk.say("?")[0]
    assert len(talk.wait(5 * NS_PER_S)) == 3


def test_bytes_beyond_the_receive_buffer_are_lost() -> None:
    talk = Talk().homed()
    talk.say("".join(f"G1X-{k}F60\n" for k in range(2, 17)))
    said = talk.say("".join(f"G1X-{k}F60\n" for k in range(17, 50)), 0)
    assert said == []
    free = int(talk.say("?")[0].split("Bf:")[1].split("|")[0].split(",")[1])
    assert free == 1


def test_a_dwell_keeps_the_next_line_waiting() -> None:
    talk = Talk().homed()
    assert talk.say("G4 P0.5\nG0 X-5\n", 400 * NS_PER_MS) == ["ok"]
    assert talk.wait(200 * NS_PER_MS) == ["ok"]


def test_check_mode_moves_nothing() -> None:
    talk = Talk().homed()
    assert talk.say("$C\n") == ["[MSG:Enabled]", "ok"]
    assert talk.say("G1 X-50 F600\n", NS_PER_S) == ["ok"]
    assert talk.x() == -1.0
    assert "[MSG:Disabled]" in talk.say("$C\n")


def test_feed_override_slows_later_moves() -> None:
    talk = Talk().homed()
    talk.say(b"\x92" * 5)
    begin_ns = talk.now_ns
    talk.say("G91 G1 X-20 F3000\n", 2 * NS_PER_S)
    end = talk.grbl.places_mm(np.array([begin_ns + 500 * NS_PER_MS]))[0, 0]
    assert -1.0 - end == pytest.approx(12.19, abs=0.3), "25 mm/s"


def test_sleep_and_door_are_states() -> None:
    talk = Talk().homed()
    talk.say(b"\x84")
    assert talk.say("?")[0].startswith("<Door:0|")
    talk.say("~")
    assert talk.say("$SLP\n") == ["ok"]
    assert talk.say("G0 X-5\n") == ["error:9"]


@pytest.mark.parametrize("data", [b"\xff" * 500, b"\n\r\n\r", bytes(range(256)) * 4])
def test_garbage_is_survived(data: bytes) -> None:
    talk = Talk()
    talk.say(data, NS_PER_S)
    talk.say(b"\x18", NS_PER_S)
    assert talk.say("?")[0].startswith("<")


def test_faults_happen_at_their_time() -> None:
    faults = Faults([fault_of("limit@8"), fault_of("reboot@10")])
    talk = Talk(Grbl(faults=faults)).homed()
    assert talk.wait(2 * NS_PER_S + NS_PER_MS) == ["ALARM:1", "[MSG:Reset to continue]"]
    assert talk.wait(2 * NS_PER_S)[0].startswith("Grbl")


@pytest.mark.parametrize(
    ("fault", "said", "alarm"),
    [("limit@0.5", b"", 8), ("stall@0.5+60", b"", 9), ("limit@90", b"\x84", 7)],
)
def test_homing_that_fails_says_how(fault: str, said: bytes, alarm: int) -> None:
    talk = Talk(Grbl(faults=Faults([fault_of(fault)])))
    talk.say("$H\n", 700 * NS_PER_MS if said else 0)
    heard = talk.say(said, 12 * NS_PER_S)
    assert f"ALARM:{alarm}" in heard
    assert "ok" not in heard


def test_travel_and_rates_are_those_of_the_settings() -> None:
    talk = Talk(Grbl({s.TRAVEL: 200.0, s.RATE: 600.0})).homed()
    begin_ns = talk.now_ns
    talk.say("G0 X-150\n", 2 * NS_PER_S)
    way = -1.0 - talk.grbl.places_mm(np.array([begin_ns + NS_PER_S]))[0, 0]
    assert way == pytest.approx(9.95, abs=0.01), "10 mm/s"
