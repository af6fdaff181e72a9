"""Whether a source sees what another one sees (design/hil.md HIL-15).

Positions are compared at one time: that of the older of the two newest samples, at which the other
source has samples before and after. So neither latency nor different rates count as disagreement.
"""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.checks.likeness import UNKNOWN, WINDOW_NS, Likeness, Pairs
from linacsim.devices.checks.trend import TrendLimits
from linacsim.devices.checks.watching import TrendWatch, judged, watching_guard
from linacsim.model.arrays import Floats
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_S

LEVEL_EVERY_NS = NS_PER_S
LEVEL_OF_NS = 4 * NS_PER_S
"""The median of the offsets of this time is a level of their trend, ..."""
STEADY = (5.0, 95.0)
"""... if they hardly change between these percentiles. An offset that comes and goes with the
motion is no baseline but a wrong scale or sign."""
OFFSETS = TrendLimits()
_KEPT_NS = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class AgreementLimits:
    """How two sources must agree."""

    within_cm: float
    period_ns: int
    """Of the slower of the two."""
    least_age_ns: int
    axes: tuple[int, ...] = (0, 1, 2)
    """Room axes that both can tell."""
    trend: TrendLimits = OFFSETS
    """Of the offset between the two."""


class _Track:
    """Where a source was in the last seconds."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        self._axes = list(axes)
        self._times_ns: deque[int] = deque()
        self._places_cm: deque[Floats] = deque()

    def add(self, sample: PositionSample) -> None:
        if self._times_ns and sample.measured_ns <= self._times_ns[-1]:
            return
        place = np.array([sample.x_cm, sample.y_cm, sample.z_cm])[self._axes]
        self._times_ns.append(sample.measured_ns)
        self._places_cm.append(place)
        while sample.measured_ns - self._times_ns[0] > _KEPT_NS:
            self._times_ns.popleft()
            self._places_cm.popleft()

    @property
    def newest_ns(self) -> int | None:
        return self._times_ns[-1] if self._times_ns else None

    def at(self, time_ns: int, widest_ns: int) -> Floats | None:
        """Return where it was; None: not known between samples so far apart."""
        k = bisect_left(self._times_ns, time_ns)
        if k < len(self._times_ns) and self._times_ns[k] == time_ns:
            return self._places_cm[k]
        if k in (0, len(self._times_ns)):
            return None
        before_ns, after_ns = self._times_ns[k - 1], self._times_ns[k]
        if after_ns - before_ns > widest_ns:
            return None
        share = (time_ns - before_ns) / (after_ns - before_ns)
        before, after = self._places_cm[k - 1], self._places_cm[k]
        return np.asarray(before + share * (after - before))


class Agreement:
    """Holds the beam while `ours` does not see what `theirs`, the reference, sees."""

    def __init__(self, ours: str, theirs: str, name: str, limits: AgreementLimits) -> None:
        """Take the names of the sources, and under which name to report."""
        self.guard = watching_guard(name, limits.period_ns, limits.least_age_ns)
        self._limits = limits
        self._tracks = {ours: _Track(limits.axes), theirs: _Track(limits.axes)}
        self._ours, self._theirs = self._tracks[ours], self._tracks[theirs]
        self._compared_ns = -1
        self._was_live = False
        self._apart_ns = -WINDOW_NS
        self._pairs = Pairs()
        self._verdict = UNKNOWN
        self._offsets: deque[tuple[int, Floats]] = deque()
        self._level_ns = 0
        self._trend = TrendWatch(self.guard, limits.trend)

    def hear(self, source: str, sample: PositionSample) -> None:
        """Take a sample of either source; others are let pass."""
        track = self._tracks.get(source)
        if track is None or not sample.valid:
            return
        track.add(sample)
        ours_ns, theirs_ns = self._ours.newest_ns, self._theirs.newest_ns
        if ours_ns is not None and theirs_ns is not None:
            self._compare(min(ours_ns, theirs_ns), sample.received_ns)

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        self.guard.wake(now_ns)

    def _compare(self, time_ns: int, now_ns: int) -> None:
        if time_ns <= self._compared_ns:
            return
        widest_ns = self.guard.limits.age_limit_ns
        ours, theirs = self._ours.at(time_ns, widest_ns), self._theirs.at(time_ns, widest_ns)
        if ours is None or theirs is None:
            return
        self._compared_ns = time_ns
        self._was_live |= self.guard.live
        self._judge_distance(time_ns, ours - theirs, now_ns)
        self._judge_likeness(time_ns, ours, theirs, now_ns)
        self._judge_trend(time_ns, ours - theirs, now_ns)
        if self._was_live or self._verdict.likeness is not Likeness.UNKNOWN:
            self.guard.take(judged(time_ns), now_ns)

    def _judge_distance(self, time_ns: int, offset_cm: Floats, now_ns: int) -> None:
        apart_cm = float(np.linalg.norm(offset_cm))
        if apart_cm <= self._limits.within_cm:
            self.guard.allow(Condition.DISAGREE)
            return
        if time_ns - self._apart_ns > WINDOW_NS:
            self._pairs.reset()  # how it moved before says nothing about why
        self._apart_ns = time_ns
        detail = f"{apart_cm * 10:.1f} mm apart; allowed: {self._limits.within_cm * 10:g} mm"
        self.guard.bar(Condition.DISAGREE, now_ns, detail)

    def _judge_likeness(self, time_ns: int, ours: Floats, theirs: Floats, now_ns: int) -> None:
        if not self._pairs.add(time_ns, ours, theirs):
            return
        self._verdict = verdict = self._pairs.judge()
        for condition in (Condition.SCALE, Condition.SIGN):
            if verdict.condition is condition:
                self.guard.bar(condition, now_ns, verdict.detail, fault=self._was_live)
            elif verdict.likeness in (Likeness.ALIKE, Likeness.UNLIKE):
                self.guard.allow(condition)

    def _judge_trend(self, time_ns: int, offset_cm: Floats, now_ns: int) -> None:
        self._offsets.append((time_ns, offset_cm))
        while time_ns - self._offsets[0][0] > LEVEL_OF_NS:
            self._offsets.popleft()
        if time_ns - self._level_ns < LEVEL_EVERY_NS:
            return
        self._level_ns = time_ns
        offsets = np.array([offset for _, offset in self._offsets])
        spread = np.ptp(np.percentile(offsets, STEADY, axis=0), axis=0)
        filled = time_ns - self._offsets[0][0] > LEVEL_OF_NS // 2
        if filled and spread.max() <= self._limits.trend.warn_cm:
            self._trend.add(np.median(offsets, axis=0), now_ns)
