"""Pieces of constant acceleration, end to end: how far along its path something is, in time."""

from typing import NamedTuple

import numpy as np

from linacsim.model.arrays import Floats


class Pieces(NamedTuple):
    """(m,) arrays over pieces; the path parameter q counts segments: q = k + u on segment k."""

    start_s: Floats
    q: Floats
    """Path parameter at the start of the piece."""
    speed: Floats
    """Path speed at the start of the piece in 1/s."""
    accel: Floats
    """Path acceleration in 1/s2."""

    def at(self, time_s: Floats, n_segments: int, duration_s: float) -> Floats:
        """Return q (n,) at times (n,), from 0 to the number of segments, which is the end."""
        piece = np.maximum(np.searchsorted(self.start_s, time_s, side="right") - 1, 0)
        since = time_s - self.start_s[piece]
        q = self.q[piece] + since * (self.speed[piece] + 0.5 * self.accel[piece] * since)
        inside = np.minimum(np.maximum(q, 0), n_segments)
        return np.where(time_s >= duration_s, n_segments, inside)

    def times(self, q: Floats) -> Floats:
        """Return when each q (n,) is reached."""
        piece = np.maximum(np.searchsorted(self.q, q, side="left") - 1, 0)
        since = travel_s(q - self.q[piece], self.speed[piece], self.accel[piece])
        return np.asarray(self.start_s[piece] + since)

    def top_speed(self, n_segments: int, duration_s: float) -> Floats:
        """Return (n_segments,) the highest speed on each segment."""
        end_s = np.append(self.start_s[1:], duration_s)
        top = np.maximum(self.speed, self.speed + self.accel * (end_s - self.start_s))
        highest = np.zeros(n_segments)
        np.maximum.at(highest, np.minimum(self.q.astype(np.int64), n_segments - 1), top)
        return highest


def travel_s(way: Floats, speed: Floats, accel: Floats) -> Floats:
    """Return the time that ways take, from a speed on and at constant acceleration."""
    way = np.maximum(way, 0.0)
    end_speed = np.sqrt(np.maximum(speed**2 + 2 * accel * way, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(way > 0, 2 * way / (speed + end_speed), 0.0)
