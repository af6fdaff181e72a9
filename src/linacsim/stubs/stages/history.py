"""Where something that moves in parabolas was at any time."""

from bisect import bisect_right
from typing import NamedTuple

from linacsim.model.time import NS_PER_S

Place = tuple[float, ...]


class _Arc(NamedTuple):
    start: Place
    speed: Place
    acceleration: Place


class History:
    """Arcs of constant acceleration, each lasting until the next begins."""

    def __init__(self, place: Place) -> None:
        """Rest at a place from time zero on."""
        rest = (0.0,) * len(place)
        self._times_ns = [0]
        self._arcs = [_Arc(place, rest, rest)]

    def begin(self, time_ns: int, start: Place, speed: Place, acceleration: Place) -> None:
        """Begin a new arc, not before the last; one that begins at the same time is replaced."""
        arc = _Arc(start, speed, acceleration)
        if time_ns <= self._times_ns[-1]:
            self._arcs[-1] = arc
            return
        self._times_ns.append(time_ns)
        self._arcs.append(arc)

    def at(self, time_ns: int) -> Place:
        """Return where it was; before time zero where it was then."""
        k = max(0, bisect_right(self._times_ns, time_ns) - 1)
        t = max(0, time_ns - self._times_ns[k]) / NS_PER_S
        arc = zip(*self._arcs[k], strict=True)
        return tuple(at + speed * t + half * t * t / 2 for at, speed, half in arc)
