"""One axis: goes to a place at a speed, and may be told another place on the way."""

import math
from dataclasses import dataclass

from linacsim.model.time import NS_PER_S
from linacsim.stubs.stages.history import History

_NIL = 1e-9


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to, and how."""

    place_mm: float
    speed: float
    """mm/s"""
    acceleration: float
    """mm/s²"""


@dataclass(slots=True)
class _Phase:
    start_ns: int
    end_ns: int
    p: float
    v: float
    a: float
    p_end: float
    v_end: float


class Axis:
    """Moves in trapezoids of speed; asked and told in order of time."""

    def __init__(self, place_mm: float) -> None:
        """Rest at a place."""
        self.history = History((place_mm,))
        self._p = place_mm
        self._v = 0.0
        self._now_ns = 0
        self._goal: Goal | None = None
        self._phase: _Phase | None = None

    @property
    def moving(self) -> bool:
        """Whether it is on its way."""
        return self._phase is not None

    def next_ns(self) -> int | None:
        """Return when it changes its acceleration next."""
        return self._phase.end_ns if self._phase else None

    def go(self, now_ns: int, goal: Goal) -> None:
        """Go to a place from wherever it is, at whatever speed it has."""
        self._cut(now_ns)
        self._goal = goal
        self._begin()

    def stop(self, now_ns: int, acceleration: float) -> None:
        """Slow down to rest."""
        self._cut(now_ns)
        way = math.copysign(self._v * self._v / (2 * acceleration), self._v)
        self._goal = Goal(self._p + way, max(abs(self._v), _NIL), acceleration)
        self._begin()

    def stop_dead(self, now_ns: int) -> None:
        """Be at rest at once."""
        self._cut(now_ns)
        self._rest()

    def at(self, time_ns: int) -> float:
        """Return its place at a time up to the last it was told of."""
        return self.history.at(time_ns)[0]

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        while self._phase is not None and self._phase.end_ns <= now_ns:
            phase = self._phase
            self._now_ns, self._p, self._v = phase.end_ns, phase.p_end, phase.v_end
            self._phase = None
            self._begin()
        self._now_ns = max(self._now_ns, now_ns)

    def _cut(self, now_ns: int) -> None:
        self.advance(now_ns)
        phase = self._phase
        if phase is not None:
            t = (self._now_ns - phase.start_ns) / NS_PER_S
            self._p = phase.p + phase.v * t + phase.a * t * t / 2
            self._v = phase.v + phase.a * t
            self._phase = None

    def _rest(self) -> None:
        self._goal = None
        self._v = 0.0
        self.history.begin(self._now_ns, (self._p,), (0.0,), (0.0,))

    def _begin(self) -> None:
        goal = self._goal
        if goal is None:
            return
        left = goal.place_mm - self._p
        if abs(left) < _NIL and abs(self._v) < 1e-6:
            self._p = goal.place_mm
            self._rest()
            return
        a, v_end, way = _next(left, self._v, goal)
        mean = (self._v + v_end) / 2
        seconds = abs((v_end - self._v) / a) if a else way / self._v
        ends = abs(left - way) < _NIL and abs(v_end) < 1e-6
        self._phase = _Phase(
            self._now_ns,
            self._now_ns + max(1, round(seconds * NS_PER_S)),
            self._p,
            self._v,
            a,
            goal.place_mm if ends else self._p + (mean * seconds if a else way),
            0.0 if ends else v_end,
        )
        self.history.begin(self._now_ns, (self._p,), (self._v,), (a,))


def _next(left: float, v: float, goal: Goal) -> tuple[float, float, float]:
    """Return acceleration, final speed and way of the next phase, all with their signs."""
    toward = math.copysign(1.0, left if abs(left) >= _NIL else -v)
    hard, ahead = goal.acceleration, v * toward
    brake = ahead * ahead / (2 * hard)
    if ahead < -_NIL:
        return toward * hard, 0.0, -toward * brake
    if brake > abs(left) + _NIL:
        return -toward * hard, 0.0, toward * brake
    if ahead > goal.speed + _NIL:
        end = goal.speed
        return -toward * hard, toward * end, toward * (ahead**2 - end**2) / (2 * hard)
    top = min(goal.speed, math.sqrt((2 * hard * abs(left) + ahead * ahead) / 2))
    if top > ahead + 1e-6:
        return toward * hard, toward * top, toward * (top**2 - ahead**2) / (2 * hard)
    if abs(left) - brake > _NIL:
        return 0.0, v, left - toward * brake
    return -toward * hard, 0.0, left
