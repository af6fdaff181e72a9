"""What checks over time have in common: a guard of their own, and what a shift does to it."""

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.devices.checks.trend import Trend, TrendLimits
from linacsim.devices.health import SampleGuard
from linacsim.devices.sample import Limits, RawSample
from linacsim.model.arrays import Floats
from linacsim.model.time import NS_PER_S

_PLACE = (0.0, 0.0, 0.0)
_ANY_NS = 3600 * NS_PER_S


def watching_guard(name: str, period_ns: int, least_age_ns: int) -> SampleGuard:
    """Return a guard that counts what could be judged as good samples, and misses it when gone.

    So a check is live after N of them, holds when it can no longer judge, and comes back as any
    source does.
    """
    limits = Limits(
        period_ns,
        stride=0,
        least_age_ns=least_age_ns,
        frozen_samples=0,
        noise_floor_cm=0.0,
        jitter_ns=_ANY_NS,
    )
    guard = SampleGuard(name, limits)
    guard.opened(0)
    guard.identified(0)
    guard.synced(0)
    return guard


def judged(time_ns: int) -> RawSample:
    """Return what was judged at a time, as a sample for such a guard."""
    return RawSample(_PLACE, time_ns, time_ns)


class TrendWatch:
    """Tells a guard of a level that steps or drifts."""

    def __init__(self, guard: SampleGuard, limits: TrendLimits) -> None:
        """Know no level yet."""
        self._guard = guard
        self._limits = limits
        self._trend = Trend(limits)

    @property
    def learnt(self) -> bool:
        """Whether there is a reference."""
        return self._trend.learnt

    def add(self, level_cm: Floats, now_ns: int) -> None:
        """Take a level: warn of a shift; take one too far for a fault, and learn anew.

        The operator's acknowledgement then confirms the new reference.
        """
        shift = self._trend.add(np.atleast_1d(level_cm))
        for condition in (Condition.STEP, Condition.DRIFT):
            on = shift is not None and shift.condition is condition
            detail = f"{shift.cm * 10:.1f} mm" if shift else ""
            self._guard.warn(condition, now_ns, detail, on=on)
            if self._trend.learnt:
                self._guard.allow(condition)
        if shift is not None and shift.cm > self._limits.fault_cm:
            self._guard.bar(shift.condition, now_ns, f"{shift.cm * 10:.1f} mm", fault=True)
            self._trend.relearn()
