"""The Zaber stub answers as a device does (research/hil-protocols.md, section 2.3)."""

import numpy as np
import pytest

from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.zaber.axis import Axis, Goal
from linacsim.stubs.zaber.device import Build, Zaber

STEP_MM = Build().microstep_mm


class Talk:
    """A conversation with a device."""

    def __init__(self, device: Zaber | None = None) -> None:
        self.zaber = device or Zaber()
        self.now_ns = 0

    def say(self, text: str, then_ns: int = NS_PER_MS) -> str:
        self.zaber.receive((text + "\n").encode(), self.now_ns)
        self.now_ns += then_ns
        self.zaber.wake(self.now_ns)
        said = self.zaber.take().decode().strip()
        return said.split(":")[0]

    def homed(self) -> "Talk":
        self.say("/1 home", 5 * NS_PER_S)
        return self

    def mm(self) -> float:
        return int(self.say("/1 1 get pos").split()[-1]) * STEP_MM


def test_it_is_not_referenced_until_homed() -> None:
    talk = Talk()
    assert talk.say("/1 1 07") == "@01 1 07 OK IDLE WR 0"
    assert talk.say("/1 1 move abs 1000") == "@01 1 RJ IDLE WR BADDATA"
    assert talk.say("/1 home") == "@01 0 OK BUSY WR 0"
    talk.now_ns += 5 * NS_PER_S
    assert talk.say("/1") == "@01 0 OK IDLE -- 0"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("/", "@01 0 OK IDLE -- 0"),
        ("/0 0 05 get comm.packet.size.max", "@01 0 05 OK IDLE -- 80"),
        ("/1 get deviceid", "@01 0 OK IDLE -- 50081"),
        ("/1 get system.axiscount", "@01 0 OK IDLE -- 1"),
        ("/1 1 get limit.max", "@01 1 OK IDLE -- 201575"),
        ("/1 1 get deviceid", "@01 1 RJ IDLE -- BADCOMMAND"),
        ("/1 get nothing", "@01 0 RJ IDLE -- BADCOMMAND"),
        ("/1 get", "@01 0 RJ IDLE -- BADCOMMAND"),
        ("/1 dance", "@01 0 RJ IDLE -- BADCOMMAND"),
        ("/1 4 get pos", "@01 4 RJ IDLE -- BADAXIS"),
        ("/1 1 move abs", "@01 1 RJ IDLE -- BADCOMMAND"),
        ("/1 1 move abs here", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 move abs 99999999", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 move abs 100 999999999", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 move away 1", "@01 1 RJ IDLE -- BADCOMMAND"),
        ("/1 1 set maxspeed 1000", "@01 1 OK IDLE -- 0"),
        ("/1 1 set maxspeed nan", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set pos 1e300", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set pos inf", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 move rel 5 5 1e-300", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set maxspeed 0", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set accel 0", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set accel -5", "@01 1 RJ IDLE -- BADDATA"),
        ("/1 1 set resolution", "@01 1 RJ IDLE -- BADCOMMAND"),
        ("/1 warnings", "@01 0 OK IDLE -- 00"),
        ("/1 warnings clear", "@01 0 OK IDLE -- 00"),
        ("/1 storage get other", "@01 0 RJ IDLE -- BADDATA"),
        ("/2 get pos", ""),
        ("/1 1 get pos:00", ""),
        ("hello", ""),
    ],
)
def test_each_command_has_its_reply(command: str, reply: str) -> None:
    assert Talk().homed().say(command) == reply


def test_moves_go_where_they_are_sent() -> None:
    talk = Talk().homed()
    talk.say("/1 1 move abs 20000", 5 * NS_PER_S)
    assert talk.mm() == 20000 * STEP_MM
    talk.say("/1 1 move rel -5000", 5 * NS_PER_S)
    assert talk.mm() == 15000 * STEP_MM
    talk.say("/1 1 move max", 5 * NS_PER_S)
    assert talk.mm() == pytest.approx(100.0, abs=STEP_MM)
    talk.say("/1 1 move min", 5 * NS_PER_S)
    assert talk.mm() == 0.0


def test_a_velocity_lasts_until_it_is_stopped() -> None:
    talk = Talk().homed()
    speed = round(10.0 / STEP_MM * 1.6384)
    talk.say(f"/1 1 move vel {speed}", NS_PER_S)
    assert talk.mm() == pytest.approx(10.0, abs=0.2)
    assert "BUSY" in talk.say("/1 1")
    talk.say("/1 1 stop", NS_PER_S)
    at = talk.mm()
    talk.now_ns += NS_PER_S
    assert talk.mm() == at
    talk.say(f"/1 1 move vel -{speed}", 60 * NS_PER_S)
    assert talk.mm() == 0.0, "the end of the travel"


def test_an_emergency_stop_is_at_once() -> None:
    talk = Talk().homed()
    talk.say("/1 1 move abs 100000", 300 * NS_PER_MS)
    talk.say("/1 estop")
    at = talk.mm()
    talk.now_ns += NS_PER_S
    assert talk.mm() == at


def test_two_axes_answer_for_both() -> None:
    talk = Talk(Zaber(Build(axes=2))).homed()
    talk.say("/1 2 move abs 5000", NS_PER_S)
    assert talk.say("/1 get pos") == "@01 0 OK IDLE -- 0 5000"


def moved(*goals: tuple[int, Goal]) -> tuple[Axis, np.ndarray]:
    """Return an axis after goals at times in ms, and its places every ms."""
    axis = Axis(0.0)
    for at_ms, goal in goals:
        axis.go(at_ms * NS_PER_MS, goal)
    axis.advance(5 * NS_PER_S)
    return axis, np.array([axis.at(ms * NS_PER_MS) for ms in range(5000)])


@pytest.mark.parametrize(
    "goals",
    [
        [(0, Goal(20.0, 50.0, 1000.0))],
        [(0, Goal(0.5, 50.0, 1000.0))],
        [(0, Goal(20.0, 50.0, 1000.0)), (200, Goal(-20.0, 50.0, 1000.0))],
        [(0, Goal(20.0, 50.0, 1000.0)), (200, Goal(9.0, 50.0, 1000.0))],
        [(0, Goal(20.0, 50.0, 1000.0)), (200, Goal(20.0, 10.0, 1000.0))],
        [(0, Goal(20.0, 10.0, 1000.0)), (200, Goal(20.0, 50.0, 1000.0))],
        [(0, Goal(20.0, 50.0, 1000.0)), (200, Goal(8.75, 50.0, 1000.0))],
        [(k, Goal(20.0 + k / 50, 50.0, 1000.0)) for k in range(0, 1000, 25)],
        [(0, Goal(0.0, 50.0, 1000.0))],
    ],
)
def test_an_axis_gets_there_within_its_limits(goals: list[tuple[int, Goal]]) -> None:
    axis, places = moved(*goals)
    speeds = np.diff(places) / 1e-3
    assert places[-1] == pytest.approx(goals[-1][1].place_mm, abs=1e-9)
    assert abs(speeds).max() <= 50.0 + 1e-6
    assert abs(np.diff(speeds)).max() <= 1.0 + 1e-6, "1000 mm/s²"
    assert not axis.moving
