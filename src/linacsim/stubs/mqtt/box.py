"""What a home-made device publishes: a sequence number, no checksum, perhaps a clock of its own."""

import json
import math

from pydantic import ValidationError

from linacsim.devices.llp import messages as m
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.payloads import ClockAnswer, ClockAsk
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.instrument import Instrument, Reading
from linacsim.stubs.outbox import Outbox

_LEAVES = {"marker": topics.SAMPLE, "gate": topics.GATE}
_INSTANTS = (Kind.REBOOT, Kind.CLOCK_STEP)


class Payloads(Outbox):
    """What happens to payloads on their way: TCP keeps bytes whole, so a damaged one is cut off."""

    noise_bytes = 1000

    def damaged(self, data: bytes) -> bytes:
        """Return a payload that its sender did not finish."""
        return data[: len(data) // 2]


class MqttBox:
    """Payloads around an instrument, which measures from time zero on; without I/O."""

    def __init__(
        self, instrument: Instrument, faults: Faults, clock: DeviceClock | None = None
    ) -> None:
        """Take the clock that it stamps by; None: it has none."""
        self._instrument = instrument
        self._faults = faults
        self._clock = clock
        self.leaf = _LEAVES[instrument.kind]
        """Last part of the topic that it publishes under."""
        self._out = Payloads(faults)
        self._seq = 0
        self._stamp_us = 0
        self._boot = False
        self._now_ns = 0
        instrument.run(0, on=True)

    @property
    def asked_by(self) -> str | None:
        """Last part of the topic that it listens to; None: it listens to none."""
        return None if self._clock is None else topics.CLOCK_ASK

    def answer(self, question: bytes, now_ns: int) -> bytes | None:
        """Return what to publish at once to a question for its time; None: it has none."""
        if self._clock is None or self._faults.on(Kind.SILENT, now_ns):
            return None
        try:
            asked = ClockAsk.model_validate_json(question)
        except ValidationError:
            return None
        us = self._clock.us(now_ns)
        return ClockAnswer(v=1, id=asked.id, t2=us, t3=us).model_dump_json().encode()

    def wake(self, now_ns: int) -> None:
        """Measure and say what is due."""
        self._now_ns = now_ns
        self._misbehave(now_ns)
        for reading in self._instrument.due(now_ns):
            self._out.put(self._payload(reading), now_ns, sample=True)
        self._out.wake(now_ns)

    def next_ns(self) -> int | None:
        """Return when something is due."""
        due = (
            self._instrument.next_ns(),
            self._out.next_ns(self._now_ns),
            self._faults.next_ns(_INSTANTS),
        )
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def said(self, now_ns: int) -> list[bytes]:
        """Return and forget what is to be published by now."""
        return self._out.take(now_ns)

    def _misbehave(self, now_ns: int) -> None:
        if self._faults.happened(Kind.REBOOT, now_ns):
            self._out.clear()
            self._seq, self._boot = 0, True
            if self._clock is not None:
                self._clock.restart(now_ns)
        if self._clock is not None:
            self._clock.misbehave(self._faults, now_ns)

    def _payload(self, reading: Reading) -> bytes:
        flags = reading.flags | m.Flag.SIM | (m.Flag.BOOT if self._boot else m.Flag.NONE)
        said: dict[str, object] = {"v": 1, "seq": self._seq, "f": int(flags)}
        if self._clock is not None:
            if reading.device_time:
                self._stamp_us = self._clock.us(reading.time_ns)
            said["t"] = self._stamp_us
        self._seq, self._boot = self._seq + 1, False
        return json.dumps(said | _measured(reading.body)).encode()


def _measured(body: m.Body) -> dict[str, object]:
    match body:
        case m.Gate(device, ready, enable, broken):
            return {"id": device, "ready": ready, "enable": enable, "fault": broken}
        case m.Sample(values) if all(map(math.isfinite, values)):
            return {"d": [round(value, 3) for value in values]}
        case m.Sample():
            return {}
    return {"d": [math.nan] * 3}
