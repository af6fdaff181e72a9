"""Motion of an axis that is off its commanded path: chasing it, or braking.

All laws work element by element on arrays of axes. A chasing axis goes tick by tick: it takes the
time-optimal way to a target that moves with constant speed, in whole ticks: it accelerates, and
brakes at the last tick from which it can still stop on the target. Within a tick acceleration is
constant.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.time import TICK_NS, seconds

TICK_S = seconds(TICK_NS)

JUMP = 3.0
"""A change of commanded speed within a tick beyond this multiple of what the axis can do is not a
bend of a planned path (two blends may meet, and paths are sampled in ticks) but a jump."""

CATCH_UP = 1.1
"""Speed of an axis that catches up, as a multiple of its greatest planned speed; without some
reserve an axis could never come back to a command that moves at full speed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What m drives can do at most; deg or cm and seconds."""

    accel: Floats
    """(m,)"""
    speed: Floats
    """(n, m), tick by tick."""


def brake(x: Floats, v: Floats, accel: Floats, n: int) -> tuple[Floats, Floats]:
    """Return positions (n, m) and speeds of axes that stop in the shortest distance, tick by tick.

    Sums run in the order of ticks, so that n ticks are the same to the bit as one after the other.
    """
    speed = np.empty((n + 1, len(v)))
    speed[0], speed[1:] = np.abs(v), accel * TICK_S
    np.subtract.accumulate(speed, axis=0, out=speed)
    speed = np.copysign(np.maximum(speed, 0.0), v)
    way = np.empty_like(speed)
    way[0], way[1:] = x, 0.5 * (speed[:-1] + speed[1:]) * TICK_S
    return np.add.accumulate(way, axis=0)[1:], speed[1:]


def chase(
    x: Floats, v: Floats, target: Floats, target_speed: Floats, reach: Reach
) -> tuple[Floats, Floats, Bools]:
    """Return positions, speeds and which axes are on their targets after each tick, (n, m) each.

    `target` (n, m) is where the target is at the end of each tick, `target_speed` its speed
    meanwhile. The closing speed c' after a tick solves c'^2 / 2a = d - (c + c') dt / 2: what
    remains of the distance d is just enough to brake.
    """
    gain = reach.accel * TICK_S
    square, per_distance, per_closing = gain * gain, 8.0 * reach.accel, 4.0 * gain
    near = 0.5 * gain * TICK_S
    paces = np.minimum(np.maximum(target_speed, -reach.speed), reach.speed)
    starts = target - paces * TICK_S
    reachable = np.abs(target_speed) < reach.speed
    xs, vs, on_target = np.empty_like(target), np.empty_like(target), np.empty_like(reachable)
    for k in range(len(target)):
        pace, top = paces[k], reach.speed[k]
        behind = starts[k] - x
        distance = np.abs(behind)
        toward = np.copysign(1.0, behind)
        closing = (v - pace) * toward
        room = square + per_distance * distance - per_closing * closing
        next_closing = 0.5 * (np.sqrt(np.maximum(room, 0.0)) - gain)
        wanted = np.minimum(np.maximum(pace + next_closing * toward, -top), top)
        speed = np.minimum(np.maximum(wanted, v - gain), v + gain)
        moved = x + 0.5 * (v + speed) * TICK_S
        arrived = (distance <= near) & (np.abs(closing) <= gain) & reachable[k]
        x, v = np.where(arrived, target[k], moved), np.where(arrived, pace, speed)
        xs[k], vs[k], on_target[k] = x, v, arrived
    return xs, vs, on_target
