"""What all devices behind a broker have in common: an adapter for what people already have.

JSON over MQTT has no checksum and no wire of its own: what such a device says is UNPROTECTED and
releases nothing unless the scenario allows it; silence holds the beam in any case (HIL-10). Its
name in the topics says who it is, so there is nobody to be identified.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import ValidationError

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM
from linacsim.devices.health import SampleGuard
from linacsim.devices.llp.driver import marks_of
from linacsim.devices.llp.messages import Flag
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.payloads import ClockAnswer, Stamped, why_not
from linacsim.devices.mqtt.stamps import Stamps
from linacsim.devices.peer import Health
from linacsim.devices.sample import Limits, Mark
from linacsim.devices.sample_checks import RESTART_NS
from linacsim.model.messages import Message
from linacsim.model.time import NS_PER_S

BIGGEST_BYTES = 4096
"""A payload beyond this is none of ours, and is not looked into."""

Said = TypeVar("Said", bound=Stamped)


@dataclass(frozen=True, slots=True)
class Behind:
    """How anything behind a broker is used."""

    limits: Limits
    most_per_s: int = 1000
    """More messages than this in a second are a flood."""
    clock_ppm: float = CRYSTAL_PPM
    """How far its clock may be off, if it stamps what it says."""


class MqttDevice(Protocol):
    """Something behind a broker, without I/O: payloads and times in, questions and messages out."""

    leaf: str
    """Last part of the topic that it publishes under."""

    @property
    def name(self) -> str:
        """Its name in the topics."""
        ...

    @property
    def flooded(self) -> bool:
        """Whether far more is published under its name than it would."""
        ...

    def connected(self, now_ns: int) -> None:
        """Note that the broker is there."""
        ...

    def disconnected(self, now_ns: int, reason: str) -> None:
        """Note that the broker is gone."""
        ...

    def take(self, leaf: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """Judge a payload."""
        ...

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        ...

    def next_ns(self) -> int | None:
        """Return when it is to be woken at the latest."""
        ...

    def question(self, now_ns: int) -> bytes | None:
        """Return what to ask its clock now, if anything."""
        ...

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        ...

    def health(self) -> Health:
        """Return how it stands."""
        ...


class Adapter(ABC, Generic[Said]):
    """An `MqttDevice` apart from what it makes of a payload."""

    def __init__(self, name: str, said: type[Said], use: Behind) -> None:
        """Start with the broker not connected."""
        self.guard = SampleGuard(name, use.limits)
        self.refused = 0
        """Payloads that did not match the schema."""
        self._said = said
        self._use_of = use
        self._stamps = Stamps(use.clock_ppm)
        self._stamped: bool | None = None
        self._last_seq = 0
        self._messages: list[Message] = []
        self._why = ""
        self._second_ns = 0
        self._in_second = 0

    # What a kind of device adds ------------------------------------------------------------

    @abstractmethod
    def _use(self, said: Said, measured_ns: int | None, marks: Mark, now_ns: int) -> None:
        """Make something of a payload."""

    def _report(self, now_ns: int) -> None:  # noqa: ARG002
        """Tell the machine of what the guard has found; a gate box tells of its lines too."""
        self._messages += self.guard.news()

    # MqttDevice ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name in the topics."""
        return self.guard.name

    @property
    def flooded(self) -> bool:
        """Whether far more is published under its name than it would."""
        return self._in_second > self._use_of.most_per_s

    def connected(self, now_ns: int) -> None:
        """Note that the broker is there."""
        self.guard.allow(Condition.BROKER_LOST)
        self._begin(now_ns)
        self._report(now_ns)

    def disconnected(self, now_ns: int, reason: str) -> None:
        """Note that the broker is gone."""
        self.guard.bar(Condition.BROKER_LOST, now_ns, reason)
        self._report(now_ns)

    def take(self, leaf: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """Judge a payload; a retained one is no measurement."""
        if retained or self._flood(now_ns):
            return
        try:
            if len(payload) > BIGGEST_BYTES:
                self._refuse(f"{len(payload)} bytes, more than {BIGGEST_BYTES}")
            elif leaf == topics.CLOCK_ANSWER:
                self._take_time(ClockAnswer.model_validate_json(payload), now_ns)
            else:
                self._take(self._said.model_validate_json(payload), now_ns)
        except ValidationError as error:
            self._refuse(f"a payload does not match the schema: {why_not(error)}")
        self._report(now_ns)

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        self.guard.wake(now_ns)
        self._report(now_ns)

    def next_ns(self) -> int | None:
        """Return when it is to be woken at the latest."""
        return self.guard.next_ns()

    def question(self, now_ns: int) -> bytes | None:
        """Return what to ask its clock now, if anything."""
        return self._stamps.question(now_ns) if self._stamped else None

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how it stands."""
        text = self.guard.text or "live"
        return Health(self.guard.live, f"{text}; {self._why}" if self._why else text)

    # Judging -------------------------------------------------------------------------------

    def _begin(self, now_ns: int) -> None:
        """Know nothing of the device, as after a restart."""
        self._stamps.reset()
        self._stamped = None
        self._last_seq = 0
        self.guard.allow(Condition.CLOCK_DRIFT)
        self.guard.opened(now_ns)
        self.guard.identified(now_ns)

    def _take(self, said: Said, now_ns: int) -> None:
        if self._has_restarted(said):
            self.guard.restarted(now_ns, "numbers began anew")
            self._begin(now_ns)
        self._last_seq = max(said.seq, self._last_seq)
        stamped = said.t is not None
        if self._stamped is None:
            self._stamped = stamped
            if not stamped:
                self.guard.synced(now_ns)
        if stamped != self._stamped:
            self._refuse("t is given in some payloads and not in others")
            return
        if stamped and not self._stamps.clock.synced:
            self._why = "it gives t: waiting for it to answer ts"
            return
        self._why = ""
        measured_ns = None if said.t is None else self._stamps.host_ns(said.t)
        marks = marks_of(said.flags) | Mark.UNPROTECTED
        marks |= Mark.DEGRADED if stamped and self._stamps.clock.poor else Mark.NONE
        self._use(said, measured_ns, marks, now_ns)
        if self.guard.doubts_clock():
            self._stamps.reset()
            self.guard.unsynced(now_ns, "samples from the future")

    def _has_restarted(self, said: Said) -> bool:
        """Return whether it says so, or counts from anew, be its clock in step or not."""
        behind_ns = (self._last_seq - said.seq) * self._use_of.limits.period_ns
        return bool(said.flags & Flag.BOOT and self._last_seq) or behind_ns > RESTART_NS

    def _take_time(self, answer: ClockAnswer, now_ns: int) -> None:
        steady, in_step = self._stamps.answered(answer, now_ns)
        clock = self._stamps.clock
        if not steady:
            self.guard.unsynced(now_ns, "the answer does not fit those before")
        elif in_step:
            self.guard.synced(now_ns)
        if clock.within_bounds:
            self.guard.allow(Condition.CLOCK_DRIFT)
        else:
            self.guard.bar(Condition.CLOCK_DRIFT, now_ns, f"{clock.rate_ppm:.0f} ppm")

    def _refuse(self, why: str) -> None:
        self.refused += 1
        self._why = why

    def _flood(self, now_ns: int) -> bool:
        if now_ns - self._second_ns >= NS_PER_S:
            if not self.flooded:
                self.guard.allow(Condition.BABBLE)
            self._second_ns, self._in_second = now_ns, 0
        self._in_second += 1
        if not self.flooded:
            return False
        detail = f"over {self._use_of.most_per_s} messages a second"
        self.guard.bar(Condition.BABBLE, now_ns, detail)
        self._report(now_ns)
        return True
