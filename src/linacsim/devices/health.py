"""Whether a source of samples may contribute to releasing the beam.

A `SampleGuard` stands between a driver and the machine. The driver decodes; the guard judges each
sample and the silence between samples, keeps the state of the link, and says how the source stands.
It reads no clock: every call brings the time, ns on one clock that never steps.

    guard = SampleGuard("marker", Limits(period_ns=16_666_667))
    guard.opened(now)                    # the wire is open; who is there?
    guard.identified(now)                # the right device; are its clock and ours in step?
    guard.synced(now)                    # yes (at once for a device without clock)
    sample = guard.take(raw, now)        # a PositionSample for the machine, or None: not usable
    guard.wake(now)                      # at guard.next_ns(): judges silence
    messages = guard.news()              # for the machine: what was seen, and how the source stands
    guard.bar(Condition.CRC, now, "7 %") # what the driver judges itself; `allow` when it is over

Fail safe is hold: only LIVE releases, and LIVE is reached by good samples alone (design/hil.md
HIL-15; research/hil-protocols.md, sections 3.5 and 8). A fault is held until good samples have
come back *and* the operator has acknowledged it: the guard sees to the first, the machine's
latched interlock to the second.
"""

import math
from collections import Counter, deque
from enum import StrEnum

from linacsim.devices.catalogue import CATALOGUE, Condition, Reaction
from linacsim.devices.guard import Guard
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.devices.sample_checks import GoodRun, Jumps, Order, Position, Spread, Steps, Stillness
from linacsim.model.messages import Standing
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_MS, NS_PER_S

_MINUTE_NS = 60 * NS_PER_S
_UNKNOWN = (math.nan,) * 3
_FROZEN_FAULT_NS = 3 * NS_PER_S
_MAX_OUT_OF_ORDER = 5
"""In a second, before it is told."""
_LASTING_FUTURE = 5
"""Samples in a row from the future before the clock is doubted."""
_SPIKES_OF = 5
_MAX_SPIKES = 1
"""Of that many samples, before the beam is held."""
_TOLD = (
    (Mark.SELF_TEST, Condition.SELF_TEST),
    (Mark.BOOT, Condition.REBOOT),
    (Mark.OUT_OF_VOLUME, Condition.OUT_OF_VOLUME),
    (Mark.MISSING, Condition.MISSING),
)
_BARRED = ((Mark.SIMULATED, Condition.SIMULATED), (Mark.UNPROTECTED, Condition.UNPROTECTED))


class LinkState(StrEnum):
    """How far a link has got. Only LIVE may contribute to releasing the beam."""

    CLOSED = "closed"
    IDENTIFYING = "identifying"
    SYNCING = "syncing"
    QUALIFYING = "qualifying"
    """Good samples are being counted for the first time since the wire was opened."""
    LIVE = "live"
    STALE = "stale"
    """Was live, is held, and comes back by itself."""
    FAULT = "fault"
    """Comes back, but only the operator may let the beam go on."""


_SILENT = (LinkState.CLOSED, LinkState.IDENTIFYING, LinkState.SYNCING)
"""States in which samples say nothing yet."""


class SampleGuard(Guard):
    """Judge of one source of samples."""

    def __init__(self, name: str, limits: Limits) -> None:
        """Start with the wire closed."""
        super().__init__(name)
        self.limits = limits
        self.counts: Counter[Condition] = Counter()
        """How often each condition was seen."""
        self._state = LinkState.CLOSED
        self._was_live = False
        self._lasting: set[Condition] = set()
        self._warned: set[Condition] = set()
        self._recoveries: deque[int] = deque()
        self._why_closed = ""
        self._doubts_clock = False
        self._forget_samples()

    # What the driver tells -----------------------------------------------------------------

    def opened(self, now_ns: int) -> None:
        """Note that the wire is open and nothing is known of who is there."""
        self._state = LinkState.IDENTIFYING
        self._lasting.difference_update(condition for _, condition in _BARRED)
        self._forget_samples(now_ns)

    def identified(self, now_ns: int) -> None:
        """Note that the device is the right one."""
        self._state = LinkState.SYNCING
        self._forget_samples(now_ns)

    def synced(self, now_ns: int) -> None:
        """Note that the device's clock is in step, or that it has none."""
        self.allow(Condition.CLOCK_STEP)
        if self._state is LinkState.SYNCING:
            self._forget_samples(now_ns)
            self._state = LinkState.STALE if self._was_live else LinkState.QUALIFYING

    def unsynced(self, now_ns: int, detail: str = "") -> None:
        """Note that the device's clock is no longer in step (row 31); `synced` ends it."""
        self.bar(Condition.CLOCK_STEP, now_ns, detail)
        if self._state not in (LinkState.CLOSED, LinkState.IDENTIFYING):
            self._state = LinkState.SYNCING

    def restarted(self, now_ns: int, detail: str = "") -> None:
        """Note that the device has restarted (row 23): a fault if it was live."""
        self._hold(Condition.REBOOT, now_ns, detail, fault=self._was_live)
        self.opened(now_ns)

    def closed(self, now_ns: int, reason: str) -> None:
        """Note that the wire is gone (row 21): a fault if the source was live."""
        self._why_closed = reason
        if self._was_live:
            self._hold(Condition.UNPLUGGED, now_ns, reason)
        self._state = LinkState.CLOSED
        self._forget_samples(now_ns)

    def bar(
        self, condition: Condition, now_ns: int, detail: str = "", *, fault: bool = False
    ) -> None:
        """Hold for something that the driver judges, until `allow`; then good samples count."""
        self._lasting.add(condition)
        self._hold(condition, now_ns, detail, fault=fault)

    def allow(self, condition: Condition) -> None:
        """Note that the cause given to `bar` is gone; good samples do the rest."""
        self._lasting.discard(condition)

    def warn(self, condition: Condition, now_ns: int, detail: str = "", *, on: bool) -> None:
        """Tell of something doubtful once, when it begins; it changes nothing else."""
        if not on:
            self._warned.discard(condition)
        elif condition not in self._warned:
            self._warned.add(condition)
            self.counts[condition] += 1
            self._tell(condition, Reaction.WARN, now_ns, detail)

    def count(self, condition: Condition, now_ns: int, times: int = 1) -> None:
        """Count something that is of no consequence by itself; tell of it the first time."""
        if times and not self.counts[condition]:
            self._tell(condition, Reaction.COUNT, now_ns, "")
        self.counts[condition] += times

    def take(self, sample: RawSample, now_ns: int) -> PositionSample | None:
        """Judge a sample; return what the machine gets of it, None: nothing.

        What the device itself does not vouch for is passed on as not valid, so that gates close
        at once; what is doubtful or old is not passed on at all.
        """
        if self._state in _SILENT or not self._in_order(sample, now_ns):
            return None
        self._fresh_ns = now_ns
        self._barred(sample.marks, now_ns)
        self.count(Condition.DEGRADED, now_ns, bool(sample.marks & Mark.DEGRADED))
        measured_ns = now_ns if sample.measured_ns is None else sample.measured_ns
        for mark, condition in _TOLD:
            if sample.marks & mark:
                at_boot = condition is Condition.REBOOT and self._was_live
                self._hold(condition, now_ns, fault=at_boot)
                return PositionSample(min(measured_ns, now_ns), now_ns, *_UNKNOWN, valid=False)
        if self._doubtful(sample, measured_ns, now_ns):
            return None
        measured_ns = min(measured_ns, now_ns)
        self._accept(sample.position_cm, measured_ns, now_ns)
        return PositionSample(measured_ns, now_ns, *sample.position_cm)

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        if self._state in _SILENT:
            return
        if self._state is LinkState.LIVE and now_ns > self._stale_ns:
            self._hold(self._doubt or Condition.DROPOUT, now_ns)
        lost_ns = self._fresh_ns + self.limits.lost_ns
        if self._was_live and now_ns > lost_ns and Condition.LOST not in self._causes:
            self._hold(Condition.LOST, now_ns)

    def next_ns(self) -> int | None:
        """Return when silence is to be judged next; None: nothing is awaited."""
        if self._state is LinkState.LIVE:
            return self._stale_ns + 1
        waits = self._state is LinkState.STALE and Condition.LOST not in self._causes
        return self._fresh_ns + self.limits.lost_ns + 1 if waits else None

    # What the driver asks ------------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        """How far the link has got."""
        return LinkState.FAULT if self.standing is Standing.FAULT else self._state

    @property
    def live(self) -> bool:
        """Whether the source may contribute to releasing the beam."""
        return self._state is LinkState.LIVE

    @property
    def conditions(self) -> frozenset[Condition]:
        """What keeps it from being live, or is warned of."""
        return super().conditions | frozenset(self._warned)

    @property
    def text(self) -> str:
        """Why it is not live, in words; empty when live."""
        if self.live:
            return ""
        if self._causes:
            return "; ".join(cause.text for cause in self._causes.values())
        return self._why_closed or f"{CATALOGUE[Condition.NOT_LIVE_YET].title} ({self._state})"

    def doubts_clock(self) -> bool:
        """Return, once, whether samples have shown that the device's clock must be told anew."""
        doubts, self._doubts_clock = self._doubts_clock, False
        return doubts

    # Judging -------------------------------------------------------------------------------

    def _forget_samples(self, now_ns: int = 0) -> None:
        self._order = Order(self.limits)
        self._stillness = Stillness(self.limits)
        self._jumps = Jumps(self.limits)
        self._spread = Spread(self.limits)
        self._steps = Steps()
        self._good = GoodRun(self.limits)
        self._spikes: deque[bool] = deque(maxlen=_SPIKES_OF)
        self._strays: deque[int] = deque(maxlen=_MAX_OUT_OF_ORDER + 1)
        self._ahead = 0
        self._doubt: Condition | None = None
        self._fresh_ns = now_ns
        self._stale_ns = now_ns

    def _in_order(self, sample: RawSample, now_ns: int) -> bool:
        wrong = self._order.judge(sample)
        self.count(Condition.DROPPED, now_ns, self._order.dropped)
        if wrong is None:
            return True
        if wrong is Condition.REBOOT:
            self._order.reset()
            self._hold(wrong, now_ns, "numbers began anew", fault=self._was_live)
            return False
        self.count(wrong, now_ns)
        if wrong is Condition.FROZEN_FRAME:
            self._doubt = wrong
        elif wrong is Condition.OUT_OF_ORDER:
            self._strays.append(now_ns)
            many = len(self._strays) > _MAX_OUT_OF_ORDER
            self.warn(wrong, now_ns, on=many and now_ns - self._strays[0] <= NS_PER_S)
        return False

    def _barred(self, marks: Mark, now_ns: int) -> None:
        for mark, condition in _BARRED:
            if marks & mark & ~self.limits.allowed:
                self.bar(condition, now_ns)

    def _doubtful(self, sample: RawSample, measured_ns: int, now_ns: int) -> bool:
        spread_ns = self._spread.add(sample, now_ns)
        detail = f"{spread_ns / NS_PER_MS:.0f} ms"
        self.warn(Condition.JITTER, now_ns, detail, on=spread_ns > self.limits.jitter_ns)
        doubt = self._doubt_of(sample, measured_ns, now_ns)
        self._doubt = doubt
        if doubt is None:
            return False
        self._good.reset()
        if doubt is Condition.SPIKE and sum(self._spikes) > _MAX_SPIKES:
            self._hold(doubt, now_ns)
        if doubt is Condition.FUTURE and self._ahead >= _LASTING_FUTURE:
            self._hold(Condition.CLOCK_STEP, now_ns, "samples from the future")
            self._doubts_clock = True
        if self._state is LinkState.STALE:
            self._hold(doubt, now_ns)
        if not self.live and doubt is Condition.SPIKE:
            self._jumps.accept(sample.position_cm, measured_ns)
        self.count(doubt, now_ns)
        self.wake(now_ns)
        return True

    def _doubt_of(self, sample: RawSample, measured_ns: int, now_ns: int) -> Condition | None:
        limits = self.limits
        if not all(map(math.isfinite, sample.position_cm)):
            return Condition.NOT_A_NUMBER
        if not sample.error_cm <= limits.fit_error_cm:
            return Condition.POOR_FIT
        self._ahead = self._ahead + 1 if measured_ns > now_ns + limits.future_ns else 0
        if self._ahead:
            return Condition.FUTURE
        if now_ns - measured_ns > limits.age_limit_ns:
            return Condition.LATE
        spike = self._jumps.too_far(sample.position_cm, measured_ns)
        self._spikes.append(spike)
        return Condition.SPIKE if spike else None

    def _accept(self, position: Position, measured_ns: int, now_ns: int) -> None:
        self._jumps.accept(position, measured_ns)
        self._stale_ns = measured_ns + self.limits.age_limit_ns
        self.warn(Condition.COARSE, now_ns, on=self._steps.add(position))
        frozen_ns = self._stillness.frozen_ns(position, measured_ns)
        if frozen_ns is not None:
            fault = frozen_ns >= _FROZEN_FAULT_NS and self._was_live
            self._hold(Condition.FROZEN_VALUE, now_ns, fault=fault)
            return
        self._good.add(measured_ns)
        if not self.live and self._good.enough and not self._lasting:
            self._recover(now_ns)

    def _recover(self, now_ns: int) -> None:
        while self._recoveries and now_ns - self._recoveries[0] > _MINUTE_NS:
            self._recoveries.popleft()
        if len(self._recoveries) >= self.limits.recoveries_per_minute:
            self._hold(Condition.FLAPPING, now_ns)
            return
        if self._was_live:
            self._recoveries.append(now_ns)
        self._causes.clear()
        self._why_closed = ""
        self._was_live = True
        self._state = LinkState.LIVE

    def _hold(
        self, condition: Condition, now_ns: int, detail: str = "", *, fault: bool = False
    ) -> None:
        """Take permission away; a fault stays one until the source is live again."""
        self._good.reset()
        if self.live:
            self._state = LinkState.STALE
        reaction = CATALOGUE[condition].reaction
        reaction = Reaction.FAULT if fault else max(reaction, Reaction.HOLD)
        if self._blame(condition, reaction, now_ns, detail):
            self.counts[condition] += 1
