"""What the bytes of a wire say of its state: order, checksums, baud rate, babbling.

Rows 8, 9 and 24 to 27 of the catalogue.
"""

from collections import deque
from typing import NamedTuple

from linacsim.devices.catalogue import Condition
from linacsim.devices.framing.counters import Counters
from linacsim.devices.framing.meter import Meter
from linacsim.devices.health import SampleGuard
from linacsim.model.time import NS_PER_MS, NS_PER_S

EVERY_NS = 100 * NS_PER_MS
BAUD_AFTER_NS = 2 * NS_PER_S
CLEAN_NS = 2 * NS_PER_S
WARN_SHARE, FAULT_SHARE = 0.01, 0.05
MOST_STRAYS = 5
"""Frames out of order in a second, before it is told."""
LEAST_BROKEN = 3
"""Fewer broken frames in a second are no fault, however slow the device."""


class _Seen(NamedTuple):
    time_ns: int
    frames: int
    broken: int
    strays: int
    """Out of order."""


class WireWatch:
    """Judges a wire by its counters, ten times a second, and tells a guard."""

    def __init__(
        self,
        guard: SampleGuard,
        counters: Counters,
        expected_bytes_per_s: float,
        hint: str = "is the baud rate right?",
    ) -> None:
        """Take the counters of the wire's framer and what a healthy device sends.

        `hint` is what to ask where nothing can be read.
        """
        self._guard = guard
        self._counters = counters
        self._hint = hint
        self._meter = Meter(expected_bytes_per_s)
        self._past: deque[_Seen] = deque()
        self._next_ns: int | None = None
        self._opened = _Seen(0, 0, 0, 0)
        self._broken_ns = 0
        self._counted: dict[Condition, int] = {}

    def opened(self, now_ns: int) -> None:
        """Begin to watch."""
        self._past.clear()
        self._opened = self._seen(now_ns)
        self._next_ns = now_ns + EVERY_NS

    def closed(self) -> None:
        """Stop watching, and forget what was held against the wire."""
        self._next_ns = None
        for condition in (Condition.CRC, Condition.BAUD, Condition.BABBLE):
            self._guard.allow(condition)

    def admit(self, data: bytes, now_ns: int) -> bytes:
        """Count bytes; return those to look at."""
        admitted = self._meter.admit(data, now_ns)
        self._counters.babble = self._meter.thrown
        return admitted

    def next_ns(self) -> int | None:
        """Return when to judge next; None while the wire is closed."""
        return self._next_ns

    def wake(self, now_ns: int) -> None:
        """Judge, if it is time."""
        if self._next_ns is None or now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        self._count(now_ns)
        if self._counters.frames > self._opened.frames:
            self._guard.allow(Condition.BAUD)
            self._judge_checksums(now_ns)
        elif now_ns - self._opened.time_ns > BAUD_AFTER_NS:
            self._judge_baud(now_ns)
        if self._meter.babbling(now_ns):
            self._guard.bar(Condition.BABBLE, now_ns)
        else:
            self._guard.allow(Condition.BABBLE)

    def _count(self, now_ns: int) -> None:
        """Tell the guard of what is only counted."""
        totals = {
            Condition.DUPLICATE: self._counters.duplicates,
            Condition.OUT_OF_ORDER: self._counters.out_of_order,
            Condition.TRUNCATED: self._counters.truncated,
        }
        for condition, total in totals.items():
            self._guard.count(condition, now_ns, total - self._counted.get(condition, 0))
        self._counted = totals

    def _seen(self, now_ns: int) -> _Seen:
        counters = self._counters
        return _Seen(now_ns, counters.frames, counters.broken, counters.out_of_order)

    def _judge_checksums(self, now_ns: int) -> None:
        now = self._seen(now_ns)
        if self._past and now.broken > self._past[-1].broken:
            self._broken_ns = now_ns
        self._past.append(now)
        while self._past[0].time_ns < now_ns - NS_PER_S:
            self._past.popleft()
        strays = now.strays - self._past[0].strays
        if now.strays:
            self._guard.warn(Condition.OUT_OF_ORDER, now_ns, on=strays > MOST_STRAYS)
        broken = now.broken - self._past[0].broken
        share = broken / max(1, broken + now.frames - self._past[0].frames)
        detail = f"{share:.0%} of frames"
        self._guard.warn(Condition.CRC, now_ns, detail, on=share > WARN_SHARE)
        if share > FAULT_SHARE and broken >= LEAST_BROKEN:
            self._guard.bar(Condition.CRC, now_ns, detail, fault=True)
        elif now_ns - self._broken_ns >= CLEAN_NS:
            self._guard.allow(Condition.CRC)

    def _judge_baud(self, now_ns: int) -> None:
        """Nothing was ever readable: no reason to blame single frames."""
        if self._counters.broken > self._opened.broken:
            self._guard.bar(Condition.BAUD, now_ns, self._hint)
