"""Motion of an axis that is off its commanded path: chasing it, or braking.

All laws work element by element on arrays of axes, one tick at a time. A chasing axis takes the
time-optimal way to a target that moves with constant speed, in whole ticks: it accelerates, and
brakes at the last tick from which it can still stop on the target.
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


def brake(v: Floats, accel: Floats) -> Floats:
    """Return (m,) speeds one tick later of axes that stop in the shortest distance."""
    slower = np.maximum(np.abs(v) - accel * TICK_S, 0.0)
    return np.copysign(slower, v)


def chase(
    x: Floats, v: Floats, target: Floats, target_speed: Floats, reach: Reach
) -> tuple[Floats, Floats, Bools]:
    """Return positions, speeds one tick later and which axes are on their targets, (m,) each.

    `target` is where the target is at the end of the tick, `target_speed` its speed meanwhile.
    """
    gain = reach.accel * TICK_S
    pace = np.clip(target_speed, -reach.speed, reach.speed)
    behind = target - pace * TICK_S - x
    distance = np.abs(behind)
    braking = gain * (np.sqrt(0.25 + 2.0 * distance / (gain * TICK_S)) - 0.5)
    closing = np.minimum(braking, distance / TICK_S)
    wanted = np.clip(pace + np.copysign(closing, behind), -reach.speed, reach.speed)
    speed = np.clip(wanted, v - gain, v + gain)
    arrived = (
        (speed == wanted)
        & (distance / TICK_S <= gain)
        & (np.abs(wanted) < reach.speed)
        & (pace == target_speed)
    )
    moved = x + speed * TICK_S
    return np.where(arrived, target, moved), np.where(arrived, pace, speed), arrived
