"""Samples of a marker over MQTT: an adapter for what people already have (HIL-10).

JSON over MQTT has no checksum and no wire of its own: its samples are UNPROTECTED and release
nothing unless the scenario allows it; a missing sample holds the beam in any case.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from linacsim.devices.catalogue import Condition
from linacsim.devices.health import SampleGuard
from linacsim.devices.mqtt.payloads import Sample, why_not
from linacsim.devices.peer import Health
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.model.messages import Message, Samples
from linacsim.model.time import NS_PER_S

MM_PER_CM = 10.0
VALID, REPEAT, DEGRADED, RANGE, FAULT, SIM, BOOT = 1, 2, 8, 16, 32, 64, 128
_MARKS = (
    (REPEAT, Mark.REPEAT),
    (DEGRADED, Mark.DEGRADED),
    (RANGE, Mark.OUT_OF_VOLUME),
    (FAULT, Mark.SELF_TEST),
    (SIM, Mark.SIMULATED),
    (BOOT, Mark.BOOT),
)


@dataclass(frozen=True, slots=True)
class MarkerSettings:
    """A marker that publishes its position."""

    device: str
    """Its name in the topics."""
    limits: Limits
    source: str = "NDI"
    """Tracking source it stands for."""
    most_per_s: int = 1000
    """More than this in a second is a flood."""


class MqttMarker:
    """Judges the samples of one marker, without I/O."""

    def __init__(self, name: str, settings: MarkerSettings) -> None:
        """Start with the broker not connected."""
        self.settings = settings
        self.guard = SampleGuard(name, settings.limits)
        self.refused = 0
        self._messages: list[Message] = []
        self._why = ""
        self._second_ns = 0
        self._in_second = 0

    def connected(self, now_ns: int) -> None:
        """Note that the broker is there."""
        self.guard.allow(Condition.BROKER_LOST)
        self.guard.opened(now_ns)
        self.guard.identified(now_ns)
        self.guard.synced(now_ns)
        self._report()

    def disconnected(self, now_ns: int, reason: str) -> None:
        """Note that the broker is gone."""
        self.guard.bar(Condition.BROKER_LOST, now_ns, reason)
        self._report()

    def take(self, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """Judge a payload; a retained one is no measurement."""
        if retained or self._flood(now_ns):
            return
        try:
            sample = Sample.model_validate_json(payload)
        except ValidationError as error:
            self.refused += 1
            self._why = f"a payload does not match the schema: {why_not(error)}"
            return
        self._why = ""
        marks = Mark.UNPROTECTED
        for bit, mark in _MARKS:
            if sample.f & bit:
                marks |= mark
        if not sample.f & VALID:
            marks |= Mark.MISSING
        x, y, z = (value / MM_PER_CM for value in sample.d[:3])
        judged = self.guard.take(RawSample((x, y, z), None, sample.seq, marks), now_ns)
        if judged is not None:
            self._messages.append(Samples(self.settings.source, (judged,)))
        self._report()

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        self.guard.wake(now_ns)
        self._report()

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how the marker stands."""
        text = self.guard.text or "live"
        return Health(self.guard.live, f"{text}; {self._why}" if self._why else text)

    def _flood(self, now_ns: int) -> bool:
        if now_ns - self._second_ns >= NS_PER_S:
            if self._in_second <= self.settings.most_per_s:
                self.guard.allow(Condition.BABBLE)
            self._second_ns, self._in_second = now_ns, 0
        self._in_second += 1
        if self._in_second <= self.settings.most_per_s:
            return False
        detail = f"over {self.settings.most_per_s} messages a second"
        self.guard.bar(Condition.BABBLE, now_ns, detail)
        self._report()
        return True

    def _report(self) -> None:
        if (report := self.guard.report()) is not None:
            self._messages.append(report)
