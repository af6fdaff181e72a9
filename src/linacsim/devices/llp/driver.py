"""What is common to drivers of LLP/1 devices: a session, a guard, a watch on the wire."""

from abc import ABC, abstractmethod
from dataclasses import replace

from linacsim.devices.catalogue import Condition
from linacsim.devices.health import SampleGuard
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.events import Answered, Incoming, InStep, Known, Restarted, Taken, Trouble
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.session import Session, Wanted
from linacsim.devices.peer import Health
from linacsim.devices.sample import Limits, Mark
from linacsim.devices.wire_watch import WireWatch
from linacsim.model.messages import Message

US = 1000
_FRAME_BYTES = 60
_BESIDES_BYTES = 600
"""A second, for beats, time and HELO."""
_AT_HELO = (
    Condition.WRONG_TOOL,
    Condition.VERSION,
    Condition.REFUSED,
    Condition.UNANSWERED,
    Condition.CLOCK_DRIFT,
    Condition.BAUD,
    Condition.NOT_LIVE_YET,
)
"""What a new HELO, or a new opening of the wire, may put right."""
_MARKS = (
    (m.Flag.REPEAT, Mark.REPEAT),
    (m.Flag.DEGRADED, Mark.DEGRADED),
    (m.Flag.RANGE, Mark.OUT_OF_VOLUME),
    (m.Flag.FAULT, Mark.SELF_TEST),
    (m.Flag.SIM, Mark.SIMULATED),
)


class LlpDriver(ABC):
    """A `Driver` apart from what it makes of the device's frames."""

    def __init__(
        self, name: str, wanted: Wanted, limits: Limits, host: HostState | None = None
    ) -> None:
        """Start with the wire closed; samples are numbered by device time."""
        limits = replace(limits, stride=limits.period_ns / US)
        self.guard = SampleGuard(name, limits)
        self.session = Session(wanted, host)
        rate_hz = 1e9 / limits.period_ns
        expected = _FRAME_BYTES * rate_hz + _BESIDES_BYTES
        self._watch = WireWatch(self.guard, self.session.receiver.counters, expected)
        self._messages: list[Message] = []

    # What a kind of device adds ------------------------------------------------------------

    @abstractmethod
    def _use(self, incoming: Incoming) -> None:
        """Make something of a frame."""

    @abstractmethod
    def _known(self, helo: m.Helo, now_ns: int) -> None:
        """See what the device says of itself."""

    @abstractmethod
    def _judged(self, now_ns: int) -> None:
        """See to it when guard and session have been heard."""

    # Driver --------------------------------------------------------------------------------

    def opened(self, now_ns: int) -> None:
        """Ask who is there."""
        self.session.opened(now_ns)
        self._watch.opened(now_ns)
        self.guard.opened(now_ns)
        for condition in (*_AT_HELO, Condition.CLOCK_STEP):
            self.guard.allow(condition)
        self._follow(now_ns)

    def closed(self, now_ns: int, reason: str) -> None:
        """Note that the wire is gone."""
        self.session.closed()
        self._watch.closed()
        self.guard.closed(now_ns, reason)
        self._follow(now_ns)

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes."""
        self.session.receive(self._watch.admit(data, now_ns), now_ns)
        self._follow(now_ns)

    def wake(self, now_ns: int) -> None:
        """Say what is due; judge silence and the wire."""
        self.session.wake(now_ns)
        self._watch.wake(now_ns)
        self.guard.wake(now_ns)
        self._follow(now_ns)

    def next_ns(self) -> int | None:
        """Return when something is due."""
        due = (self.session.next_ns(), self._watch.next_ns(), self.guard.next_ns())
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        return self.session.take()

    def leave(self, now_ns: int) -> None:  # noqa: ARG002
        """Ask the device to be quiet."""
        self.session.leave()

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how the device stands."""
        helo = self.session.helo
        text = self.guard.text or "live"
        return Health(self.guard.live, f"{text} ({helo.model}, {helo.serial})" if helo else text)

    def _marks(self, frame: m.Frame) -> Mark:
        """Return what a frame, and the way it is timed, say of its sample."""
        return marks_of(frame.flags) | (Mark.DEGRADED if self.session.clock.poor else Mark.NONE)

    # Events --------------------------------------------------------------------------------

    def _follow(self, now_ns: int) -> None:
        for event in self.session.events():
            self._on(event, now_ns)
        if self.guard.doubts_clock():
            self.session.doubt_clock("samples from the future")
        self._judged(now_ns)
        self._messages += self.guard.news()

    def _on(self, event: object, now_ns: int) -> None:
        match event:
            case Incoming():
                self._use(event)
            case Known(helo):
                for condition in _AT_HELO:
                    self.guard.allow(condition)
                self.guard.identified(now_ns)
                self._known(helo, now_ns)
            case Trouble(condition, text):
                self.guard.bar(condition, now_ns, text)
            case Restarted(text):
                self.guard.restarted(now_ns, text)
            case InStep(True):
                self.guard.synced(now_ns)
            case InStep(False, text):
                self.guard.unsynced(now_ns, text)
            case Taken() | Answered():
                pass  # rounded values are the device's own affair: times are its own too


def marks_of(flags: m.Flag) -> Mark:
    """Return what the flags of a frame say of its sample."""
    marks = Mark.NONE
    for flag, mark in _MARKS:
        if flags & flag:
            marks |= mark
    if not flags & (m.Flag.VALID | m.Flag.RANGE | m.Flag.FAULT):
        marks |= Mark.MISSING
    return marks
