"""What every LLP/1 stage must do, whoever wrote it (docs/reference/llp.md, "A stage").

The stages here have one axis of 100 mm travel at 100 mm/s at most. In real time, as its sibling.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")
pytest.importorskip("cobs", reason="needs the extra `devices`")

from linacsim.devices.llp import messages as m
from tests.llp_peers import running
from tests.llp_talker import Talker

STAGES = ["python stage", "c stage"]
WRAP = 1 << 32


@pytest.fixture(scope="module")
def urls() -> Iterator[Callable[[str], str]]:
    """Where a stage is; each is begun once for all tests."""
    with ExitStack() as stack:
        known: dict[str, str] = {}

        def url_of(peer: str) -> str:
            if peer not in known:
                known[peer] = stack.enter_context(running(peer))
            return known[peer]

        yield url_of


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, urls: Callable[[str], str]) -> Iterator[Talker]:
    """A stage that knows its host, has its origin, rests at it, and says where it is."""
    with Talker(urls(request.param)) as talker:
        talker.greet()
        beat(talker)
        assert isinstance(talker.command(lambda command: m.Home(command, 0)), m.Ack)
        talker.command(m.Run)
        until(talker, lambda place: place.state == "I")
        yield talker
        talker.say(m.EmergencyStop())
        talker.say(m.HostHelo("LLP/1"))


def beat(stage: Talker) -> None:
    stage.say(m.HostBeat("A"))


def until(stage: Talker, there: Callable[[m.StagePosition], bool]) -> m.StagePosition:
    """Return the first position of which that is so, beating meanwhile."""
    for _ in range(60):
        beat(stage)
        for frame in stage.listen_for(0.1):
            if isinstance(frame.body, m.StagePosition) and there(frame.body):
                return frame.body
    raise AssertionError(f"never came; the last were {stage.heard[-3:]}")


def now_us(stage: Talker) -> int:
    stage.say(m.ClockAsk(7, 0))
    answer = stage.hear_a(m.ClockAnswer).body
    assert isinstance(answer, m.ClockAnswer)
    return answer.sent_us


def code(stage: Talker, make: Callable[[str], m.Body]) -> int:
    return stage.command(make).code


def test_it_says_where_it_is_while_running(stage: Talker) -> None:
    frames = stage.hear_many(m.StagePosition, 10)
    gaps = [(b.t_us - a.t_us) % WRAP for a, b in itertools.pairwise(frames)]
    assert sorted(gaps)[4] == pytest.approx(20_000, rel=0.05)
    assert all(frame.flags & m.Flag.VALID for frame in frames)
    assert all(abs(frame.body.position) < 0.01 for frame in frames)  # type: ignore[union-attr]


def test_it_moves_at_the_speed_asked_for_and_stops_there(stage: Talker) -> None:
    assert code(stage, lambda command: m.Move(command, 0, 10.0, 20.0)) == 0
    going = until(stage, lambda place: place.state == "R")
    assert going.speed == pytest.approx(20.0, rel=0.1)
    there = until(stage, lambda place: place.state == "I")
    assert there.position == pytest.approx(10.0, abs=0.05)


def test_a_jog_ends_by_itself(stage: Talker) -> None:
    assert code(stage, lambda command: m.Jog(command, 0, 50.0, 200)) == 0
    there = until(stage, lambda place: place.state == "I" and place.position > 1)
    assert there.position == pytest.approx(10.0, abs=0.5)


def test_it_is_at_set_points_when_they_are_due(stage: Talker) -> None:
    begin_us = now_us(stage) + 300_000
    for number in range(5):
        at_us = (begin_us + number * 100_000) % WRAP
        assert code(stage, lambda c, n=number, t=at_us: m.SetPoints(c, n, t, (2.0 * n,))) == 0
    beat(stage)
    frames = stage.hear_many(m.StagePosition, 45)
    for frame in frames:
        passed_s = ((frame.t_us - begin_us + WRAP // 2) % WRAP - WRAP // 2) / 1e6
        wanted = min(max(passed_s, 0.0), 0.4) * 20.0
        assert frame.body.position == pytest.approx(wanted, abs=0.1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda c: m.Move(c, 0, 200.0, 10.0), m.NakCode.OUT_OF_TRAVEL),
        (lambda c: m.Move(c, 0, -5.0, 10.0), m.NakCode.OUT_OF_TRAVEL),
        (lambda c: m.Move(c, 0, 50.0, 500.0), m.NakCode.TOO_FAST),
        (lambda c: m.Move(c, 3, 50.0, 50.0), m.NakCode.BAD_VALUE),
        (lambda c: m.Jog(c, 0, 500.0, 100), m.NakCode.TOO_FAST),
        (lambda c: m.Home(c, 3), m.NakCode.BAD_VALUE),
    ],
)
def test_what_is_beyond_it_is_refused_and_moves_nothing(
    stage: Talker, make: Callable[[str], m.Body], why: m.NakCode
) -> None:
    assert code(stage, make) == why
    assert stage.hear_a(m.StagePosition).body.state == "I"  # type: ignore[union-attr]


def test_set_points_of_the_past_and_too_many_are_refused(stage: Talker) -> None:
    begin_us = now_us(stage)
    assert code(stage, lambda c: m.SetPoints(c, 0, begin_us, (1.0,))) == m.NakCode.TOO_LATE
    far = code(stage, lambda c: m.SetPoints(c, 0, (begin_us + 1_000_000) % WRAP, (500.0,)))
    assert far == m.NakCode.OUT_OF_TRAVEL
    codes = []
    for number in range(20):
        at_us = (begin_us + 20_000_000 + number * 50_000) % WRAP  # none is due meanwhile
        beat(stage)
        codes.append(code(stage, lambda c, n=number, t=at_us: m.SetPoints(c, n, t, (0.1 * n,))))
    assert codes[:6] == [0] * 6, "it keeps six at least"
    assert codes[-1] == m.NakCode.BUFFER_FULL


def test_an_emergency_stop_stops_it_where_it_is(stage: Talker) -> None:
    assert code(stage, lambda command: m.Move(command, 0, 90.0, 20.0)) == 0
    until(stage, lambda place: place.position > 2)
    stage.say(m.EmergencyStop())
    there = until(stage, lambda place: place.state == "I")
    assert there.position < 30


def test_the_host_falling_silent_stops_it(stage: Talker) -> None:
    assert code(stage, lambda command: m.Move(command, 0, 90.0, 20.0)) == 0
    event = stage.hear_a(m.DeviceEvent).body
    assert isinstance(event, m.DeviceEvent)
    assert event.code == 1
    there = stage.hear_many(m.StagePosition, 3)[-1].body
    assert isinstance(there, m.StagePosition)
    assert (there.state, there.speed) == ("I", 0.0)
    assert there.position < 60


@pytest.mark.parametrize("peer", STAGES)
def test_without_origin_it_does_not_move(peer: str) -> None:
    with running(peer) as url, Talker(url) as talker:
        talker.greet()
        talker.command(m.Run)
        assert talker.hear_a(m.StagePosition).body.state == "F"  # type: ignore[union-attr]
        assert code(talker, lambda c: m.Move(c, 0, 10.0, 10.0)) == m.NakCode.NOT_HOMED
