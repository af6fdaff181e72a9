"""One axis of a home-made stage: where it is, was and will be, at constant speed between knots."""

from bisect import bisect_right

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.time import NS_PER_S


class Carriage:
    """Positions in mm of the axis' own scale, of which 0 is at its switch."""

    def __init__(self, start_mm: float) -> None:
        """Rest at a place."""
        self._times_ns = [0]
        self._places_mm = [start_mm]

    def at(self, time_ns: int) -> float:
        """Return where it is at a time, past or planned."""
        return float(self.places(np.array([time_ns]))[0])

    def places(self, times_ns: Ints) -> Floats:
        """Return (n,) places at (n,) times."""
        return np.interp(times_ns, self._times_ns, self._places_mm)

    @property
    def target(self) -> tuple[int, float]:
        """When and where the last that it was told ends."""
        return self._times_ns[-1], self._places_mm[-1]

    def speed(self, time_ns: int) -> float:
        """Return mm/s at a time."""
        k = bisect_right(self._times_ns, time_ns)
        if not 0 < k < len(self._times_ns):
            return 0.0
        passed_s = (self._times_ns[k] - self._times_ns[k - 1]) / NS_PER_S
        return (self._places_mm[k] - self._places_mm[k - 1]) / passed_s

    def waiting(self, time_ns: int) -> int:
        """Return how many knots are still to come."""
        return len(self._times_ns) - bisect_right(self._times_ns, time_ns)

    def add(self, time_ns: int, place_mm: float) -> None:
        """Be somewhere at a time later than all that it was told."""
        self._times_ns.append(time_ns)
        self._places_mm.append(place_mm)

    def halt(self, now_ns: int) -> None:
        """Stop where it is and forget what was to come."""
        place = self.at(now_ns)
        keep = bisect_right(self._times_ns, now_ns - 1)
        del self._times_ns[keep:], self._places_mm[keep:]
        self.add(max(now_ns, (self._times_ns or [0])[-1] + 1), place)

    def go(self, now_ns: int, place_mm: float, speed_mm_per_s: float) -> None:
        """Leave for a place at once, at a speed."""
        self.halt(now_ns)
        begin_ns, from_mm = self.target
        lasts_ns = round(abs(place_mm - from_mm) / speed_mm_per_s * NS_PER_S)
        self.add(begin_ns + max(1, lasts_ns), place_mm)
