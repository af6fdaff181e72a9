"""Walks a run segment by segment and lays pieces of constant acceleration end to end.

Speeds are shares of a segment per second. The supervisor changes its mind at ticks only, as
public logs show (docs/explanation/time-law.md): a ramp up ends on a tick, its last tick being
less steep; a ramp down starts at the last tick before it has to and is less steep throughout.
"""

import math
from typing import NamedTuple

import numpy as np

from linacsim.model.arrays import readonly
from linacsim.model.pieces import Pieces

_TIE_S = 1e-5
"""A ramp down due this little after a tick starts one tick earlier, as in public logs."""


class Segment(NamedTuple):
    """One segment: speeds in 1/s, accelerations in 1/s2, windows as shares of the segment."""

    cruise: float
    rise: float
    fall: float
    v_in: float
    v_out: float
    window_in: float
    window_out: float


def walk(segments: list[Segment], tick_s: float) -> tuple[Pieces, list[float]]:
    """Return the pieces of a run and the times at which the ends of its segments are crossed."""
    walker = _Walker(tick_s)
    crossing = [0.0]
    for k, segment in enumerate(segments):
        walker.segment(float(k), segment)
        crossing.append(walker.now_s)
    return Pieces(*(readonly(column.copy()) for column in np.array(walker.pieces).T)), crossing


class _Walker:
    """Where the walk is; u is the share of the segment behind it."""

    def __init__(self, tick_s: float) -> None:
        self.now_s = 0.0
        self.pieces: list[tuple[float, float, float, float]] = []
        self._tick_s = tick_s
        self._q = self._u = self._speed = 0.0

    def segment(self, q: float, segment: Segment) -> None:
        """Window, ramp up, cruise, ramp down, window."""
        self._q, self._u, self._speed = q, 0.0, segment.v_in
        if segment.v_in == segment.cruise == segment.v_out:
            self._arrive(1.0, segment.cruise)
            return
        if segment.v_in > 0:
            self._go(segment.window_in / segment.v_in, 0.0)
        if math.isinf(segment.rise):
            self._speed = segment.cruise
        end = 1.0 - segment.window_out
        ramp = self._ramp_up(segment, end)
        brake_s = self._brake_time(segment, ramp, end)
        for duration_s, accel in ramp:
            self._go(min(duration_s, brake_s - self.now_s), accel)
        if brake_s < math.inf:
            self._go(brake_s - self.now_s, 0.0)
        self._arrive(end, segment.v_out)
        self._arrive(1.0, segment.v_out)

    def _ramp_up(self, segment: Segment, end: float) -> list[tuple[float, float]]:
        """Return (duration, acceleration) of the pieces that lead to the top speed."""
        peak = _peak(segment, end - self._u)
        duration_s = (peak - self._speed) / segment.rise
        if duration_s <= 0:
            return []
        steep = [(duration_s, segment.rise)]
        if self._tick_s == 0 or peak < segment.cruise:
            return steep
        to_tick = self._ramp_to_tick(segment, duration_s)
        _, u, speed = self._after(to_tick)
        return to_tick if u <= _brake_point(segment, end, speed) else steep

    def _ramp_to_tick(self, segment: Segment, steep_s: float) -> list[tuple[float, float]]:
        """Return the ramp to cruise speed that takes all of its last tick."""
        tick = self._tick_at_or_after(self.now_s + steep_s)
        before_s = tick - self._tick_s - self.now_s
        if before_s <= 0:
            whole_s = tick - self.now_s
            return [(whole_s, (segment.cruise - segment.v_in) / whole_s)]
        left = segment.cruise - segment.v_in - segment.rise * before_s
        return [(before_s, segment.rise), (self._tick_s, left / self._tick_s)]

    def _brake_time(self, segment: Segment, ramp: list[tuple[float, float]], end: float) -> float:
        """Return when to brake, infinity for never."""
        now_s, u, speed = self._after(ramp)
        if speed <= segment.v_out:
            return math.inf
        due_s = max(now_s + (_brake_point(segment, end, speed) - u) / speed, self.now_s)
        if self._tick_s == 0:
            return due_s
        tick_s = math.floor((due_s - _TIE_S) / self._tick_s) * self._tick_s
        return tick_s if tick_s > self.now_s else due_s

    def _after(self, ramp: list[tuple[float, float]]) -> tuple[float, float, float]:
        """Return time, u and speed after a ramp."""
        now_s, u, speed = self.now_s, self._u, self._speed
        for duration_s, accel in ramp:
            u += (speed + 0.5 * accel * duration_s) * duration_s
            speed += accel * duration_s
            now_s += duration_s
        return now_s, u, speed

    def _arrive(self, end: float, speed: float) -> None:
        """Go to u = end, changing speed evenly to `speed`."""
        way = end - self._u
        if way > 0:
            duration_s = 2 * way / (self._speed + speed)
            self._go(duration_s, (speed - self._speed) / duration_s)
        self._u, self._speed = end, speed

    def _go(self, duration_s: float, accel: float) -> None:
        if duration_s <= 0:
            return
        self.pieces.append((self.now_s, self._q + self._u, self._speed, accel))
        self.now_s += duration_s
        self._u += (self._speed + 0.5 * accel * duration_s) * duration_s
        self._speed += accel * duration_s

    def _tick_at_or_after(self, time_s: float) -> float:
        return math.ceil(time_s / self._tick_s - 1e-9) * self._tick_s


def _brake_point(segment: Segment, end: float, speed: float) -> float:
    """Return the u from which braking leads to v_out at `end`."""
    return end - max(speed**2 - segment.v_out**2, 0.0) * 0.5 / segment.fall


def _peak(segment: Segment, length: float) -> float:
    """Return the top speed of the quickest way from v_in to v_out through `length`."""
    up, down = 0.5 / segment.rise, 0.5 / segment.fall
    if up + down == 0:
        return segment.cruise
    square = (length + segment.v_in**2 * up + segment.v_out**2 * down) / (up + down)
    return max(min(segment.cruise, math.sqrt(square)), segment.v_in, segment.v_out)
