"""The host's side of LLP/1: who is there, what time it is, commands, beats (docs/reference/llp.md).

No I/O: bytes and times go in, bytes and events come out. What the events mean for the beam is for
`driver`.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM, ClockSync, Exchange, Unwrap
from linacsim.devices.llp import messages as m
from linacsim.devices.llp import text
from linacsim.devices.llp.events import (
    Answered,
    Event,
    Incoming,
    InStep,
    Known,
    Restarted,
    Taken,
    Trouble,
)
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.receiving import Receiver, Sequence, SequenceCheck
from linacsim.devices.llp.version import PROTOCOL, why_refused
from linacsim.devices.stranger import UNKNOWN_NS, Stranger
from linacsim.model.time import NS_PER_MS, NS_PER_S

US = 1000
HELO_EVERY_NS = NS_PER_S
BEAT_EVERY_NS = 200 * NS_PER_MS
ANSWER_WITHIN_NS = 200 * NS_PER_MS
TRIES = 3
_IN_FLIGHT_NS = NS_PER_S
"""How long after ACK frames sent before it may still arrive."""
_OPEN_QUESTIONS = 4
_IDS = 9_999_999
"""An id has eight characters at most; a stage that plays for two days has had as many."""
_ALWAYS = (m.Helo, m.ClockAnswer, m.Ack, m.Nak)

Command = Callable[[str], m.Body]
"""Makes a command of an id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which device it must be, and how it is to be set up."""

    kinds: tuple[str, ...]
    serial: str | None = None
    """None: any; but the same again after the wire was lost."""
    set_up: tuple[Command, ...] = ()
    """Commands to give, in order, once it is known."""
    clock_ppm: float = CRYSTAL_PPM
    """How far its clock may well be from nominal; `RESONATOR_PPM` for boards without a crystal."""


@dataclass(slots=True)
class _Pending:
    """A command that waits for its answer."""

    body: m.Body
    command: str
    due_ns: int
    tries: int = 1


@dataclass(slots=True)
class _Talk:
    """What is forgotten when the device or the wire begins anew."""

    helo_ns: int
    """When to ask who is there."""
    beat_ns: int
    known_ns: int
    said_who: bool = False  # be it somebody else
    told: str = ""
    """The state that the last beat told."""
    sequence: SequenceCheck = field(default_factory=SequenceCheck)
    unwrap: Unwrap = field(default_factory=lambda: Unwrap(64))
    questions: OrderedDict[int, int] = field(default_factory=OrderedDict)
    """When each question for the time was asked, by its id."""
    to_give: deque[Command] = field(default_factory=deque)
    pending: _Pending | None = None


class Session:
    """A conversation with one device, over as many openings of the wire as it takes."""

    def __init__(self, wanted: Wanted, host: HostState | None = None) -> None:
        """Start with the wire closed; beats tell `host`, without it that the machine is idle."""
        self._wanted = wanted
        self._host = host or HostState()
        self._serial = wanted.serial
        self.receiver = Receiver()
        self.clock = ClockSync(wanted.clock_ppm)
        self.helo: m.Helo | None = None
        """The device, once it is known."""
        self.simulated = False
        """Whether it says that it is a stub."""
        self._seq = 0
        self._command = 0
        self._out = b""
        self._events: list[Event] = []
        self._open = False
        self._question = 0
        self._t = _Talk(0, 0, 0)
        self._stranger = Stranger("HELO", f"HELO of {PROTOCOL}")

    # The wire ------------------------------------------------------------------------------

    def opened(self, now_ns: int) -> None:
        """Ask who is there."""
        self._open = True
        self.receiver.reset()
        self._begin(now_ns)

    def closed(self) -> None:
        """Say nothing any more."""
        self._open = False
        self.helo = None
        self._out = b""

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes."""
        self._stranger.hear(data)
        for frame in self.receiver.feed(data):
            self._hear(frame, now_ns)

    def wake(self, now_ns: int) -> None:
        """Say what is due."""
        if not self._open:
            return
        if self.helo is None:
            if now_ns >= self._t.helo_ns:
                self._t.helo_ns = now_ns + HELO_EVERY_NS
                self._say(m.HostHelo(PROTOCOL))
                self._doubt_stranger(now_ns)
            return
        if now_ns >= self._t.beat_ns or self._has_news:
            self._beat(now_ns)
        if now_ns >= self.clock.next_ns(now_ns):
            self._ask_time(now_ns)
        self._give_commands(now_ns)

    def next_ns(self) -> int | None:
        """Return when something is to be said."""
        if not self._open:
            return None
        if self.helo is None:
            return self._t.helo_ns
        if self._has_news:
            return self._t.known_ns
        due = [self._t.beat_ns, self.clock.next_ns(self._t.beat_ns)]
        if self._t.pending is not None:
            due.append(self._t.pending.due_ns)
        return min(due)

    def leave(self) -> None:
        """Ask the device to be quiet."""
        if self._open and self.helo is not None:
            self._say(m.Stop(self.new_id()))

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def events(self) -> tuple[Event, ...]:
        """Return and forget what has happened, in order."""
        events, self._events = tuple(self._events), []
        return events

    def doubt_clock(self, why: str) -> None:
        """Begin to tell the device's time anew."""
        if self.clock.synced:
            self.clock.reset()
            self._in_step(synced=False, why=why)

    # Hearing -------------------------------------------------------------------------------

    def _hear(self, frame: m.Frame, now_ns: int) -> None:
        place = self._t.sequence.judge(frame.seq)
        if self._has_restarted(frame, place, now_ns):
            self._restart(now_ns)
        elif place is Sequence.TWICE:
            self.receiver.counters.duplicates += 1
            return
        elif place in (Sequence.LATE, Sequence.ANEW):
            self.receiver.counters.out_of_order += 1
            return
        self.receiver.counters.missed += self._t.sequence.accept(frame.seq)
        body = frame.body
        if self.helo is None and not isinstance(body, _ALWAYS):
            return
        match body:
            case m.Helo():
                self.simulated = bool(frame.flags & m.Flag.SIM)
                self._meet(body, now_ns)
            case m.ClockAnswer():
                self._take_time(body, now_ns)
            case m.Ack(command) | m.Nak(command):
                self._answered(command, body, now_ns)
            case _:
                self._events.append(Incoming(frame, self._t.unwrap(frame.t_us), now_ns))

    def _has_restarted(self, frame: m.Frame, place: Sequence, now_ns: int) -> bool:
        if self.helo is None:
            return place is not Sequence.NEXT
        boot = bool(frame.flags & m.Flag.BOOT)
        if boot and now_ns - self._t.known_ns > _IN_FLIGHT_NS:
            return True
        return place is Sequence.ANEW or (boot and place is Sequence.LATE)

    def _restart(self, now_ns: int) -> None:
        was_known = self.helo is not None
        self._begin(now_ns)
        if was_known:
            self._events.append(Restarted("its frames began anew"))

    def _meet(self, helo: m.Helo, now_ns: int) -> None:
        self._t.said_who = True
        trouble = self._why_wrong(helo)
        if trouble is not None:
            self.helo = None
            self._t.helo_ns = now_ns + HELO_EVERY_NS
            self._events.append(trouble)
            if trouble.condition is Condition.VERSION:
                self._say(m.Nak("helo", m.NakCode.VERSION, PROTOCOL))
            return
        self._say(m.Ack("helo"))
        if self.helo is not None:
            return  # it had missed our ACK
        self.helo = helo
        self._serial = helo.serial
        self._t.known_ns = self._t.beat_ns = now_ns
        self._t.unwrap = Unwrap(32) if "t32" in helo.features else Unwrap(64)
        self._t.to_give.extend(self._wanted.set_up)
        self._events.append(Known(helo))
        self.wake(now_ns)

    def _doubt_stranger(self, now_ns: int) -> None:
        """Name whoever has had the time to say who it is, and has not."""
        if not self._t.said_who and now_ns - self._t.known_ns >= UNKNOWN_NS:
            self._events.append(Trouble(*self._stranger.verdict(Condition.NOT_LIVE_YET)))

    def _why_wrong(self, helo: m.Helo) -> Trouble | None:
        if refused := why_refused(helo.protocol):
            return Trouble(Condition.VERSION, refused)
        if helo.kind not in self._wanted.kinds:
            kinds = " or ".join(self._wanted.kinds)
            return Trouble(Condition.WRONG_TOOL, f"it is a {helo.kind}, wanted is a {kinds}")
        if self._serial is not None and helo.serial != self._serial:
            return Trouble(
                Condition.WRONG_TOOL, f"serial number {helo.serial}, wanted is {self._serial}"
            )
        return None

    def _answered(self, command: str, answer: m.Ack | m.Nak, now_ns: int) -> None:
        if command == "helo" and isinstance(answer, m.Nak):
            self._t.said_who = True
            self._events.append(Trouble(Condition.VERSION, f"it refuses {PROTOCOL}: {answer.text}"))
        if self._t.pending is None or self._t.pending.command != command:
            self._events.append(Answered(answer))
            return
        if isinstance(answer, m.Nak) and answer.code == m.NakCode.NOT_WITH_BEAM:
            # Not now: it is given again until the beam is off, however long that takes.
            self._t.pending.due_ns, self._t.pending.tries = now_ns + ANSWER_WITHIN_NS, 0
            return
        body, self._t.pending = self._t.pending.body, None
        self.receiver.expect_binary(None)
        if isinstance(answer, m.Ack):
            self._events.append(Taken(body, answer))
        else:
            what = f"{type(body).__name__.lower()} {answer.text}".strip()
            self._events.append(Trouble(Condition.REFUSED, f"{what}: NAK {answer.code}"))

    # Time ----------------------------------------------------------------------------------

    def _ask_time(self, now_ns: int) -> None:
        self.clock.asked(now_ns)
        self._question += 1
        self._t.questions[self._question] = now_ns
        if len(self._t.questions) > _OPEN_QUESTIONS:
            self._t.questions.popitem(last=False)
        self._say(m.ClockAsk(self._question, max(now_ns, 0)))

    def _take_time(self, answer: m.ClockAnswer, now_ns: int) -> None:
        asked_ns = self._t.questions.pop(answer.id, None)
        if asked_ns is None or self.helo is None:
            return
        received_ns = self._t.unwrap(answer.received_us) * US
        sent_ns = self._t.unwrap(answer.sent_us) * US
        was_synced = self.clock.synced
        steady = self.clock.add(Exchange(asked_ns, received_ns, sent_ns, now_ns))
        if not steady:
            self._in_step(synced=False, why="the answer does not fit those before")
        elif self.clock.synced and not was_synced:
            self._in_step(synced=True)
        if not self.clock.within_bounds:
            rate = f"{self.clock.rate_ppm:.0f} ppm"
            self._events.append(Trouble(Condition.CLOCK_DRIFT, rate))

    def _in_step(self, *, synced: bool, why: str = "") -> None:
        self._events.append(InStep(synced, why))

    # Saying --------------------------------------------------------------------------------

    def _begin(self, now_ns: int) -> None:
        """Know nothing of the device."""
        self.helo = None
        self.clock.reset()
        self._stranger.forget()
        self._t = _Talk(now_ns, now_ns, now_ns)

    def frame(self, body: m.Body) -> bytes:
        """Return a frame that is to be sent next."""
        data = text.encode(m.Frame(body, self._seq))
        self._seq = (self._seq + 1) & 0xFFFF
        return data

    def _say(self, body: m.Body) -> None:
        self._out += self.frame(body)

    @property
    def _has_news(self) -> bool:
        return self._host.letter != self._t.told

    def _beat(self, now_ns: int) -> None:
        self._t.beat_ns = now_ns + BEAT_EVERY_NS
        self._t.told = self._host.letter
        self._say(m.HostBeat(self._t.told))

    def new_id(self) -> str:
        """Return an id that no command of late has had."""
        self._command = self._command % _IDS + 1
        return f"c{self._command}"

    def _give_commands(self, now_ns: int) -> None:
        """One at a time: the next when the last is answered; again if it is not."""
        pending = self._t.pending
        if pending is None:
            if self._t.to_give:
                command = self.new_id()
                body = self._t.to_give.popleft()(command)
                self._t.pending = _Pending(body, command, now_ns + ANSWER_WITHIN_NS)
                if isinstance(body, m.Configure) and (body.key, body.value) == ("bin", "1"):
                    self.receiver.expect_binary(command)
                self._say(body)
        elif now_ns >= pending.due_ns:
            if pending.tries >= TRIES:
                self._t.pending = None
                what = type(pending.body).__name__.lower()
                self._events.append(Trouble(Condition.UNANSWERED, what))
                return
            pending.tries += 1
            pending.due_ns = now_ns + ANSWER_WITHIN_NS
            self._say(pending.body)
