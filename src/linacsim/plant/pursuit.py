"""Motion of an axis that is off its commanded path: chasing it, or braking.

All laws work element by element on arrays of axes, one tick at a time. A chasing axis takes the
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
    """What a drive can do at most, (m,) each; deg or cm and seconds."""

    accel: Floats
    speed: Floats


def brake(x: Floats, v: Floats, accel: Floats) -> tuple[Floats, Floats]:
    """Return positions and speeds one tick later of axes that stop in the shortest distance."""
    slower = np.copysign(np.maximum(np.abs(v) - accel * TICK_S, 0.0), v)
    return x + 0.5 * (v + slower) * TICK_S, slower


def chase(
    x: Floats, v: Floats, target: Floats, target_speed: Floats, reach: Reach
) -> tuple[Floats, Floats, Bools]:
    """Return positions, speeds one tick later and which axes are on their targets, (m,) each.

    `target` is where the target is at the end of the tick, `target_speed` its speed meanwhile.
    The closing speed c' after the tick solves c'^2 / 2a = d - (c + c') dt / 2: what remains of
    the distance d is just enough to brake.
    """
    gain = reach.accel * TICK_S
    pace = np.clip(target_speed, -reach.speed, reach.speed)
    behind = target - pace * TICK_S - x
    distance = np.abs(behind)
    toward = np.copysign(1.0, behind)
    closing = (v - pace) * toward
    room = gain * gain + 8.0 * reach.accel * distance - 4.0 * gain * closing
    next_closing = 0.5 * (np.sqrt(np.maximum(room, 0.0)) - gain)
    wanted = np.clip(pace + next_closing * toward, -reach.speed, reach.speed)
    speed = np.clip(wanted, v - gain, v + gain)
    moved = x + 0.5 * (v + speed) * TICK_S
    arrived = (distance <= 0.5 * gain * TICK_S) & (np.abs(closing) <= gain)
    arrived &= np.abs(target_speed) < reach.speed
    return np.where(arrived, target, moved), np.where(arrived, pace, speed), arrived
