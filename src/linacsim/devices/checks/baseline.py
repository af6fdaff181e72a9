"""Whether a breathing motion keeps its baseline, judged without a second source (rows 12, 13).

The baseline is the level of full exhale. It is learnt before the beam may start; the check holds
until then. Scale and sign cannot be judged like that: they need a reference (`agreement`).
"""

from dataclasses import dataclass

import numpy as np

from linacsim.devices.checks.breaths import Breathing, Exhales
from linacsim.devices.checks.trend import TrendLimits
from linacsim.devices.checks.watching import TrendWatch, judged, watching_guard
from linacsim.model.messages import Standing
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_S

EVERY_NS = NS_PER_S // 20
"""Between places from which the breathing is learnt."""
SMOOTH = 3
"""Breaths whose median counts, so that one odd breath does not."""


@dataclass(frozen=True, slots=True)
class BaselineLimits:
    """How a baseline is judged."""

    learn_ns: int
    """How long to look before direction and travel are taken as known."""
    period_ns: int
    """Of the source."""
    least_age_ns: int
    warn_cm: float = 0.2
    fault_cm: float = 0.5


class Baseline:
    """Warns of a baseline that moves, and takes one that has moved too far for a fault."""

    def __init__(self, source: str, name: str, limits: BaselineLimits) -> None:
        """Take whose baseline it is, and under which name to report."""
        self.guard = watching_guard(name, limits.period_ns, limits.least_age_ns)
        self._source = source
        self._limits = limits
        self._seen: list[tuple[int, tuple[float, float, float]]] = []
        self._exhales: Exhales | None = None
        trend = TrendLimits(limits.warn_cm, limits.fault_cm, SMOOTH, SMOOTH)
        self._trend = TrendWatch(self.guard, trend)

    def hear(self, source: str, sample: PositionSample) -> None:
        """Take a sample; those of other sources are let pass."""
        if source != self._source or not sample.valid:
            return
        place = (sample.x_cm, sample.y_cm, sample.z_cm)
        if self._exhales is None:
            self._learn(sample.measured_ns, place)
            return
        exhale_cm = self._exhales.add(np.array(place))
        if exhale_cm is not None:
            self._trend.add(np.array([exhale_cm]), sample.received_ns)
        if self._trend.learnt or self.guard.standing is Standing.FAULT:
            self.guard.take(judged(sample.measured_ns), sample.received_ns)

    def wake(self, now_ns: int) -> None:
        """Judge silence."""
        self.guard.wake(now_ns)

    def _learn(self, time_ns: int, place: tuple[float, float, float]) -> None:
        if self._seen and time_ns - self._seen[-1][0] < EVERY_NS:
            return
        self._seen.append((time_ns, place))
        if time_ns - self._seen[0][0] < self._limits.learn_ns:
            return
        breathing = Breathing.learnt(np.array([seen for _, seen in self._seen]))
        self._seen.clear()
        if breathing is not None:
            self._exhales = Exhales(breathing)
