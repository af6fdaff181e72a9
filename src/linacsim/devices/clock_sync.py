"""A device's clock told in host time, by question and answer.

Each exchange has four stamps: host asks (t1), device receives (t2) and answers (t3), host receives
(t4). Its offset is uncertain by half its delay, so exchanges that were quick count for most: a
weighted straight line through the last 64 offsets, drawn towards the nominal rate as far as a
crystal may differ from it. Asymmetry of the two ways cannot be seen; half the shortest delay
bounds it. Source: research/hil-protocols.md, section 3.5, after Klipper's clock regression.
"""

from collections import deque
from typing import NamedTuple

from linacsim.model.time import NS_PER_MS, NS_PER_S

US = 1000
FIRST_EXCHANGES = 8
FIRST_EVERY_NS = 50 * NS_PER_MS
EVERY_NS = 984 * NS_PER_MS
"""Odd, so as not to fall into step with what the device does each second."""
WINDOW = 64
STEP_NS = 5 * NS_PER_MS
LONGEST_DELAY_NS = NS_PER_S
"""Slower answers say nothing."""
POOR_NS = 10 * NS_PER_MS
_JITTER_NS = 200 * US
"""What an exchange is uncertain by however quick it is."""
CRYSTAL_PPM = 200.0
RESONATOR_PPM = 5000.0
_BOUND = 2.0
"""Times what was expected of the rate: beyond, the clock is out of bounds."""
_RATE_KNOWN_NS = NS_PER_S
"""Over a shorter time late answers pass for a rate; it is taken for no more than it may be."""
_RATE_DOUBT = 1e-3
"""Seconds by which both ends of the line may be off; over the time between them, a rate."""


class Unwrap:
    """Makes a counter that wraps into one that does not."""

    def __init__(self, bits: int = 32) -> None:
        """Take how many bits the counter has."""
        self._span = 1 << bits
        self._last: int | None = None

    def __call__(self, count: int) -> int:
        """Return the full count nearest to the newest one so far."""
        if self._last is None:
            self._last = count
            return count
        ahead = (count - self._last) % self._span
        if ahead >= self._span // 2:
            return self._last + ahead - self._span
        self._last += ahead
        return self._last


class Exchange(NamedTuple):
    """One question and its answer, all in ns."""

    asked_ns: int
    """Host, t1."""
    received_ns: int
    """Device, t2."""
    sent_ns: int
    """Device, t3."""
    answered_ns: int
    """Host, t4."""

    @property
    def delay_ns(self) -> int:
        """How long it was on its way, there and back."""
        return (self.answered_ns - self.asked_ns) - (self.sent_ns - self.received_ns)

    @property
    def offset_ns(self) -> int:
        """Device less host."""
        return (self.received_ns - self.asked_ns + self.sent_ns - self.answered_ns) // 2

    @property
    def middle_ns(self) -> int:
        """Host time that the offset belongs to."""
        return (self.asked_ns + self.answered_ns) // 2

    @property
    def plausible(self) -> bool:
        """Whether it can be an exchange at all."""
        return self.sent_ns >= self.received_ns and 0 <= self.delay_ns <= LONGEST_DELAY_NS


class ClockSync:
    """The line through the offsets, and whether it may be relied on."""

    def __init__(self, expected_ppm: float = CRYSTAL_PPM) -> None:
        """Take how far the device's rate may well differ from nominal."""
        self._prior = expected_ppm * 1e-6
        self._bound = _BOUND * self._prior
        self.steps = 0
        """How often the device's clock was seen to step."""
        self.ignored = 0
        """Answers that can be none."""
        self.reset()

    def reset(self) -> None:
        """Forget all, as after a restart of the device."""
        self._exchanges: deque[Exchange] = deque(maxlen=WINDOW)
        self._anchor_ns = 0
        self._offset_ns = 0
        self._slope = 0.0
        self._next_ns: int | None = None

    # When to ask ---------------------------------------------------------------------------

    def next_ns(self, now_ns: int) -> int:
        """Return when to ask next."""
        return now_ns if self._next_ns is None else self._next_ns

    def asked(self, now_ns: int) -> None:
        """Note that the device has just been asked."""
        first = len(self._exchanges) < FIRST_EXCHANGES
        self._next_ns = now_ns + (FIRST_EVERY_NS if first else EVERY_NS)

    def add(self, exchange: Exchange) -> bool:
        """Take an exchange; return False if it shows that the clock has stepped.

        Then all before is forgotten and the clock is out of step until there are enough new ones.
        """
        if not exchange.plausible:
            self.ignored += 1
            return True
        stepped = bool(self._exchanges) and self._contradicts(exchange)
        if stepped:
            self.steps += 1
            self.reset()
        self._exchanges.append(exchange)
        self._fit()
        return not stepped

    # What it says --------------------------------------------------------------------------

    @property
    def synced(self) -> bool:
        """Whether device times can be told in host time."""
        return len(self._exchanges) >= FIRST_EXCHANGES and self.within_bounds

    @property
    def within_bounds(self) -> bool:
        """Whether the device's rate is as a clock's can be (fault catalogue, row 32)."""
        if self._known_ns < _RATE_KNOWN_NS:
            return True
        return abs(self._slope) <= self._bound + _RATE_DOUBT * NS_PER_S / self._known_ns

    @property
    def rate_ppm(self) -> float:
        """How much faster than the host's the device's clock runs."""
        return self._slope * 1e6

    @property
    def uncertain_ns(self) -> int:
        """Half the shortest delay: a bound for what asymmetry may hide."""
        return min((e.delay_ns for e in self._exchanges), default=LONGEST_DELAY_NS) // 2

    @property
    def poor(self) -> bool:
        """Whether that bound is too wide for samples to be more than degraded."""
        return self.uncertain_ns > POOR_NS

    def host_ns(self, device_ns: int) -> int:
        """Return the host time at which the device's clock showed `device_ns`."""
        behind = device_ns - self._offset_ns - self._anchor_ns
        return self._anchor_ns + behind - round(behind * self._slope / (1.0 + self._slope))

    def device_ns(self, host_ns: int) -> int:
        """Return what the device's clock shows at a host time."""
        return host_ns + self._offset_at(host_ns)

    @property
    def _known_ns(self) -> int:
        """Time that the exchanges span."""
        if not self._exchanges:
            return 0
        return self._exchanges[-1].middle_ns - self._exchanges[0].middle_ns

    def _offset_at(self, host_ns: int) -> int:
        return self._offset_ns + round(self._slope * (host_ns - self._anchor_ns))

    def _contradicts(self, exchange: Exchange) -> bool:
        """Return whether no delay whatever explains an offset.

        With few exchanges the rate is not known yet: as much as it may be off is let pass.
        """
        residual_ns = abs(exchange.offset_ns - self._offset_at(exchange.middle_ns))
        passed_ns = exchange.middle_ns - self._anchor_ns
        drifted_ns = 0.0 if self.synced else self._bound * abs(passed_ns)
        return residual_ns > STEP_NS + exchange.delay_ns / 2 + self.uncertain_ns + drifted_ns

    def _fit(self) -> None:
        exchanges = self._exchanges
        anchor_ns = exchanges[-1].middle_ns
        base_ns = exchanges[-1].offset_ns
        shortest_ns = min(e.delay_ns for e in exchanges)
        sw = swx = swy = swxx = swxy = 0.0
        for e in exchanges:
            weight = (_JITTER_NS / (_JITTER_NS + e.delay_ns - shortest_ns)) ** 2
            x = (e.middle_ns - anchor_ns) / NS_PER_S
            y = float(e.offset_ns - base_ns)
            sw += weight
            swx += weight * x
            swy += weight * y
            swxx += weight * x * x
            swxy += weight * x * y
        # Weights are in units of 1/jitter^2, so the pull to the nominal rate is the square of
        # jitter over what the rate may differ by in ns a second.
        swxx += (_JITTER_NS / (self._prior * NS_PER_S)) ** 2
        slope = (sw * swxy - swx * swy) / (sw * swxx - swx * swx)
        if self._known_ns < _RATE_KNOWN_NS:
            most = self._bound * NS_PER_S
            slope = min(max(slope, -most), most)
        self._slope = slope / NS_PER_S
        self._anchor_ns = anchor_ns
        self._offset_ns = base_ns + round((swy - slope * swx) / sw)
