"""The driver of a marker that prints bare lines of numbers: an adapter for what people have.

Such lines have no checksum, no handshake and no clock that we could ask: samples are UNPROTECTED,
count by when they arrive, and release nothing unless the scenario allows it (design/hil.md HIL-10).
"""

import math
from dataclasses import dataclass, replace

from linacsim.devices.clock_sync import Unwrap
from linacsim.devices.csv.rows import Form, RowFramer
from linacsim.devices.health import SampleGuard
from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.peer import Health
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.devices.wire_watch import WireWatch
from linacsim.model.messages import Message, Samples
from linacsim.model.time import NS_PER_S

TIME = "t"
AXES = ("x", "y", "z")
TICKS_PER_S = {"s": 1e6, "ms": 1e3, "us": 1e6}
"""In what a time column is counted; seconds, which have a fraction, in microseconds."""
_COLUMN_BYTES = 16
_COUNTER_BITS = 32
"""Of a microcontroller's milliseconds or microseconds, which wrap."""


@dataclass(frozen=True, slots=True)
class CsvSettings:
    """How a marker prints, and how it is used."""

    limits: Limits
    calibration: Calibration
    columns: tuple[str, ...]
    """`t`, `x`, `y`, `z`, or anything else for what is not used."""
    mm_per_unit: float
    time_unit: str = "ms"
    separator: str = ","
    decimal: str = "."
    source: str = "NDI"
    """Tracking source it stands for."""


class CsvMarker:
    """A `Driver` that only listens. Axes that the device does not print are 0."""

    def __init__(self, name: str, settings: CsvSettings) -> None:
        """Start with the wire closed."""
        self._settings = settings
        per_tick_ns = NS_PER_S / TICKS_PER_S[settings.time_unit]
        limits = replace(settings.limits, stride=settings.limits.period_ns / per_tick_ns)
        self.guard = SampleGuard(name, limits)
        form = Form(len(settings.columns), settings.separator, settings.decimal)
        self.rows = RowFramer(form)
        expected = len(settings.columns) * _COLUMN_BYTES * NS_PER_S / limits.period_ns
        hint = f"are baud rate, separator and columns ({', '.join(settings.columns)}) right?"
        self._watch = WireWatch(self.guard, self.rows.counters, expected, hint)
        self._unwrap = Unwrap(_COUNTER_BITS)
        self._messages: list[Message] = []

    def opened(self, now_ns: int) -> None:
        """Listen: whoever is there does not say who it is."""
        self.rows.reset()
        self._unwrap = Unwrap(_COUNTER_BITS)
        self._watch.opened(now_ns)
        self.guard.opened(now_ns)
        self.guard.identified(now_ns)
        self.guard.synced(now_ns)
        self._report()

    def closed(self, now_ns: int, reason: str) -> None:
        """Note that the wire is gone."""
        self._watch.closed()
        self.guard.closed(now_ns, reason)
        self._report()

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes; rows that come together count as measured together."""
        for row in self.rows.feed(self._watch.admit(data, now_ns)):
            sample = self.guard.take(self._sample(row), now_ns)
            if sample is not None:
                self._messages.append(Samples(self._settings.source, (sample,)))
        self._report()

    def wake(self, now_ns: int) -> None:
        """Judge silence and the wire."""
        self._watch.wake(now_ns)
        self.guard.wake(now_ns)
        self._report()

    def next_ns(self) -> int | None:
        """Return when something is to be judged."""
        due = (self._watch.next_ns(), self.guard.next_ns())
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def take(self) -> bytes:
        """Say nothing."""
        return b""

    def leave(self, now_ns: int) -> None:
        """Say nothing."""

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine."""
        messages, self._messages = tuple(self._messages), []
        return messages

    def health(self) -> Health:
        """Return how the device stands, and what it says that cannot be read."""
        text = self.guard.text or "live"
        if self.rows.strange and not self.guard.live:
            text += f"; it said {self.rows.strange[:40].decode('ascii', 'backslashreplace')!r}"
        return Health(self.guard.live, text)

    def _sample(self, row: tuple[float, ...]) -> RawSample:
        values = dict(zip(self._settings.columns, row, strict=True))
        marks = Mark.UNPROTECTED
        marks |= Mark.SIMULATED if self.rows.simulated else Mark.NONE
        place_mm = [values.get(axis, 0.0) * self._settings.mm_per_unit for axis in AXES]
        place_cm = self._settings.calibration.to_room_cm(place_mm)
        time = values.get(TIME)
        if time is None:
            return RawSample(place_cm, None, None, marks)
        if not math.isfinite(time):
            return RawSample((math.nan,) * 3, None, None, marks)
        return RawSample(place_cm, None, self._count(time), marks)

    def _count(self, time: float) -> int:
        """Return the device's time as a count that does not wrap: it orders samples, no more."""
        if self._settings.time_unit == "s":
            return round(time * TICKS_PER_S["s"])
        return self._unwrap(round(time))

    def _report(self) -> None:
        self._messages += self.guard.news()
