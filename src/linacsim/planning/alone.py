"""The quickest move of each axis on its own, decided at ticks as a run is (see `walk`)."""

import numpy as np

from linacsim.model.arrays import Floats

_ROUNDING_S = 1e-6
"""A brake due this little before a tick waits for the tick."""


def knots(length: Floats, speed: Floats, accel: Floats, tick_s: float) -> tuple[Floats, Floats]:
    """Return times and speeds (5, d) of moves from rest to rest over `length` (d,), at least 0.

    Speed changes evenly from knot to knot: up, the last tick up, level, down. A brake due on a
    tick starts on that tick, other than on a path (docs/explanation/time-law.md). With `tick_s`
    0 the move is the plain trapezoid.
    """
    peak = np.minimum(speed, np.sqrt(length * accel))
    time, level = _up(length, speed, accel, peak, tick_s)
    up_s, up_speed = time
    due = up_s[2] + level
    brake = due
    if tick_s > 0:
        tick = np.floor((due + _ROUNDING_S) / tick_s) * tick_s
        brake = np.where(tick > 0, tick, due)
    knot_s = np.vstack([np.minimum(up_s, brake), brake, brake])
    knot_speed = np.zeros_like(knot_s)
    knot_speed[1] = np.where(up_s[1] > 0, up_speed[1] * knot_s[1] / _or_one(up_s[1]), 0.0)
    last = np.clip((knot_s[2] - up_s[1]) / _or_one(up_s[2] - up_s[1]), 0.0, 1.0)
    grown = up_speed[1] + (up_speed[2] - up_speed[1]) * last
    knot_speed[2] = np.where(knot_s[2] > up_s[1], grown, knot_speed[1])
    knot_speed[3] = knot_speed[2]
    done = (0.5 * (knot_speed[1:4] + knot_speed[:3]) * np.diff(knot_s[:4], axis=0)).sum(axis=0)
    left = np.maximum(length - done, 0.0)
    knot_s[4] = brake + 2 * left / _or_one(knot_speed[3])
    return knot_s, knot_speed


def _up(
    length: Floats, speed: Floats, accel: Floats, peak: Floats, tick_s: float
) -> tuple[tuple[Floats, Floats], Floats]:
    """Return times and speeds (3, d) of the way up, and the time at top speed."""
    zero = np.zeros_like(length)
    steep_s = peak / accel
    level = np.maximum(length / _or_one(peak) - steep_s, 0.0) * (peak > 0)
    plain = np.vstack([zero, steep_s, steep_s]), np.vstack([zero, peak, peak])
    if tick_s == 0:
        return plain, level
    end = np.ceil(speed / accel / tick_s - 1e-9) * tick_s
    before = np.maximum(end - tick_s, 0.0)
    way = 0.5 * accel * before**2 + 0.5 * (accel * before + speed) * (end - before)
    room = length - speed**2 / (2 * accel) - way
    fits = room >= 0
    times = np.where(fits, np.vstack([zero, before, end]), plain[0])
    speeds = np.where(fits, np.vstack([zero, accel * before, speed]), plain[1])
    return (times, speeds), np.where(fits, room / speed, level)


def _or_one(values: Floats) -> Floats:
    return np.where(values > 0, values, 1.0)
