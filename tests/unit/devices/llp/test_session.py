"""The host's side of the conversation, frame by frame, with the times told."""

import pytest

pytest.importorskip("cobs", reason="needs the extra `devices`")

from linacsim.devices.catalogue import Condition
from linacsim.devices.llp import messages as m
from linacsim.devices.llp import text
from linacsim.devices.llp.events import Incoming, InStep, Known, Restarted, Taken, Trouble
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.session import TRIES, Session, Wanted
from linacsim.model.time import NS_PER_MS, NS_PER_S

HELO = m.Helo("LLP/1", "marker", "toy", "7", "1", (m.Channel("z", "mm"),), 60.0, 256, ("t32",))


class Host:
    """A session on an open wire, and a device played by the test."""

    def __init__(self, wanted: Wanted | None = None) -> None:
        self.machine = HostState()
        self.session = Session(wanted or Wanted(("marker",), set_up=(m.Run,)), self.machine)
        self.session.opened(0)
        self.seq = 0

    def hears(
        self, body: m.Body, now_ns: int, *, flags: m.Flag = m.Flag.NONE, t_us: int = 0
    ) -> None:
        self.session.receive(text.encode(m.Frame(body, self.seq, t_us, flags)), now_ns)
        self.seq = (self.seq + 1) & 0xFFFF

    def said(self, now_ns: int) -> list[m.Body]:
        self.session.wake(now_ns)
        frames = text.text_framer().feed(self.session.take())
        return [text.decode(between).body for between in frames]

    def knows(self) -> "Host":
        self.said(0)
        self.hears(HELO, 1)
        self.said(1)
        assert self.session.events() == (Known(HELO),)
        return self


def test_it_asks_who_is_there_once_a_second_and_nothing_else() -> None:
    host = Host()
    said = {ms: host.said(ms * NS_PER_MS) for ms in range(0, 3000, 100)}
    assert {ms: bodies for ms, bodies in said.items() if bodies} == {
        ms: [m.HostHelo("LLP/1")] for ms in (0, 1000, 2000)
    }


def test_it_acknowledges_beats_asks_the_time_and_sets_up() -> None:
    host = Host()
    host.said(0)
    host.hears(HELO, 1)
    said = host.said(1)
    assert said == [m.Ack("helo"), m.HostBeat("I"), m.ClockAsk(1, 1), m.Run("c1")]
    assert host.said(NS_PER_MS) == []


def test_a_command_is_repeated_with_the_same_id_and_then_given_up() -> None:
    host = Host().knows()
    runs = [
        body
        for ms in range(0, 2000, 10)
        for body in host.said(ms * NS_PER_MS)
        if isinstance(body, m.Run)
    ]
    assert runs == [m.Run("c1")] * (TRIES - 1), "the first was said at once"
    assert Trouble(Condition.UNANSWERED, "run") in host.session.events()


def test_an_answer_ends_the_wait_and_a_refusal_is_told() -> None:
    host = Host().knows()
    host.hears(m.Ack("c1"), 2)
    assert host.session.events() == (Taken(m.Run("c1"), m.Ack("c1")),)
    host = Host().knows()
    host.hears(m.Nak("c1", 5), 2)
    assert host.session.events() == (Trouble(Condition.REFUSED, "run: NAK 5"),)
    assert not any(isinstance(body, m.Run) for body in host.said(NS_PER_S))


def test_a_new_state_of_the_machine_is_told_at_once_and_then_again_with_each_beat() -> None:
    host = Host().knows()
    host.hears(m.Ack("c1"), 2)
    host.machine.letter = "B"
    assert host.session.next_ns() == 1, "that is, at once"
    said = {ms: host.said(ms * NS_PER_MS) for ms in range(10, 500, 10)}
    beats = {ms: b for ms, bodies in said.items() for b in bodies if isinstance(b, m.HostBeat)}
    assert beats == {ms: m.HostBeat("B") for ms in (10, 210, 410)}


def test_a_setting_refused_while_the_beam_is_on_is_given_until_it_is_taken() -> None:
    host = Host().knows()
    for ms in range(200, 2200, 200):
        host.hears(m.Nak("c1", m.NakCode.NOT_WITH_BEAM), (ms - 199) * NS_PER_MS)
        assert m.Run("c1") in host.said((ms + 1) * NS_PER_MS)
    host.hears(m.Ack("c1"), 2210 * NS_PER_MS)
    told = [event for event in host.session.events() if isinstance(event, Taken | Trouble)]
    assert told == [Taken(m.Run("c1"), m.Ack("c1"))]


@pytest.mark.parametrize(
    ("changes", "condition", "words"),
    [
        ({"protocol": "LLP/2"}, Condition.VERSION, "update linacsim"),
        ({"kind": "gate"}, Condition.WRONG_TOOL, "it is a gate"),
        ({"serial": "8"}, Condition.WRONG_TOOL, "serial number 8"),
    ],
)
def test_a_device_that_is_not_the_right_one_is_refused(
    changes: dict[str, str], condition: Condition, words: str
) -> None:
    host = Host(Wanted(("marker",), serial="7"))
    host.said(0)
    fields = {name: getattr(HELO, name) for name in m.Helo.__slots__} | changes
    host.hears(m.Helo(**fields), 1)
    (event,) = host.session.events()
    assert isinstance(event, Trouble)
    assert event.condition is condition
    assert words in event.text
    said = host.said(2)
    assert m.Ack("helo") not in said
    assert (m.Nak("helo", 3, "LLP/1") in said) is (condition is Condition.VERSION)


def test_a_newer_minor_version_is_welcome() -> None:
    host = Host()
    host.hears(m.Helo("LLP/1.9", *[getattr(HELO, n) for n in m.Helo.__slots__[1:]]), 1)
    assert isinstance(host.session.events()[0], Known)


def test_after_the_wire_was_lost_only_the_same_device_will_do() -> None:
    host = Host().knows()
    host.session.closed()
    assert host.said(NS_PER_S) == []
    host.session.opened(2 * NS_PER_S)
    host.seq = 0
    host.hears(m.Helo("LLP/1", "marker", "toy", "8", "1", HELO.channels, 60.0, 256), 2 * NS_PER_S)
    assert [event for event in host.session.events() if isinstance(event, Trouble)]
    host.hears(HELO, 3 * NS_PER_S)
    assert Known(HELO) in host.session.events()


def test_frames_count_once_and_in_order() -> None:
    host = Host().knows()
    sample = m.Sample((1.0,))
    for seq in (5, 6, 6, 9, 8, 10):
        host.seq = seq
        host.hears(sample, NS_PER_S, t_us=seq)
    incoming = [e.time_us for e in host.session.events() if isinstance(e, Incoming)]
    assert incoming == [5, 6, 9, 10]
    counters = host.session.receiver.counters
    assert (counters.missed, counters.duplicates, counters.out_of_order) == (4 + 2, 1, 1)


def test_numbers_go_on_over_their_wrap() -> None:
    host = Host()
    host.seq = 65_533
    host.knows()
    for seq in (65_534, 65_535, 0, 1):
        host.seq = seq
        host.hears(m.Sample((1.0,)), NS_PER_S)
    assert len([e for e in host.session.events() if isinstance(e, Incoming)]) == 4
    assert host.session.receiver.counters.out_of_order == 0


def test_boot_flags_still_on_their_way_are_no_restart_but_later_ones_are() -> None:
    host = Host().knows()
    host.hears(m.Sample((1.0,)), 2, flags=m.Flag.BOOT)
    assert not any(isinstance(e, Restarted) for e in host.session.events())
    host.seq = 0
    host.hears(HELO, 5 * NS_PER_S, flags=m.Flag.BOOT)
    events = host.session.events()
    assert isinstance(events[0], Restarted)
    assert events[1] == Known(HELO), "and is met again at once"


def test_numbers_that_begin_anew_are_a_restart_even_without_the_flag() -> None:
    host = Host().knows()
    host.seq = 2000
    host.hears(m.Sample((1.0,)), NS_PER_S)
    host.session.events()
    host.seq = 0
    host.hears(m.Sample((1.0,)), 2 * NS_PER_S)
    assert isinstance(host.session.events()[0], Restarted)
    assert m.HostHelo("LLP/1") in host.said(2 * NS_PER_S)


def test_eight_answers_put_the_clock_in_step_and_old_answers_count_for_nothing() -> None:
    host = Host().knows()
    host.hears(m.ClockAnswer(99, 0, 1, 1), 2)
    now_ns, answered = 2, 0
    while answered < 8:
        assert not host.session.clock.synced
        now_ns += NS_PER_MS
        for body in host.said(now_ns):
            if isinstance(body, m.ClockAsk):
                us = (now_ns + 500_000) // 1000
                answered += 1
                host.hears(m.ClockAnswer(body.id, body.host_ns, us, us), now_ns + NS_PER_MS)
    assert InStep(True) in host.session.events()
    assert host.session.clock.host_ns(now_ns) == pytest.approx(now_ns, abs=2000)


def test_it_asks_the_device_to_be_quiet_when_it_leaves() -> None:
    host = Host().knows()
    host.session.leave()
    assert isinstance(host.said(2)[0], m.Stop)


def test_ids_of_commands_are_never_too_long() -> None:
    session = Session(Wanted(("marker",)))
    session._command = 9_999_998
    assert [session.new_id() for _ in range(3)] == ["c9999999", "c1", "c2"]
