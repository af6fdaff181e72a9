"""Limits of one axis: what is inside, and when a value crossed them between two samples."""

import math
from dataclasses import dataclass

FULL_TURN_DEG = 360.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A closed range; a cyclic one runs forward from lower to upper and may pass 360 deg."""

    lower: float
    upper: float
    cyclic: bool = False
    interpolate: bool = True
    """Whether the axis moves evenly enough for a crossing between samples to have a time."""

    def contain(self, value: float) -> bool:
        """Return whether the value is inside; NaN never is."""
        if self.cyclic and self.lower > self.upper:
            return value >= self.lower or value <= self.upper
        return self.lower <= value <= self.upper

    def crossing_ns(
        self, before_ns: int, before: float, after_ns: int, after: float, *, entering: bool
    ) -> int:
        """Return when the value crossed a limit between two samples on different sides of it.

        It is the time of the later sample where the crossing has no time of its own.
        """
        if not self.interpolate:
            return after_ns
        share = (
            self._share_of_turn(before, after, self.lower if entering else self.upper)
            if self.cyclic
            else self._share(before, after, before if entering else after)
        )
        if not 0 <= share <= 1:
            return after_ns
        return before_ns + round(share * (after_ns - before_ns))

    def _share(self, before: float, after: float, outside: float) -> float:
        limit = self.upper if outside > self.upper else self.lower
        return (limit - before) / (after - before)

    @staticmethod
    def _share_of_turn(before: float, after: float, limit: float) -> float:
        """Return the share of a forward step at which a limit was met; NaN for no such step."""
        step = (after - before) % FULL_TURN_DEG
        if not 0 < step < FULL_TURN_DEG / 2:
            return math.nan
        return ((limit - before) % FULL_TURN_DEG) / step
