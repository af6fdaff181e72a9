"""Directions of motion as unit vectors."""

import math

from linacsim.model.findings import InputError
from linacsim.model.motion import Vector

Triple = tuple[float, float, float]

Z_AXIS = Vector(0.0, 0.0, 1.0)
"""Default direction of amplitude (manual, Appendix A, GatingMotionModel)."""


def unit(direction: Vector) -> Triple:
    """Return the direction at length 1; InputError where it has none."""
    length = math.hypot(direction.x, direction.y, direction.z)
    if not (math.isfinite(length) and length > 0):
        raise InputError(
            f"amplitude direction {direction.x:g}, {direction.y:g}, {direction.z:g} points "
            "nowhere; give at least one component that is not 0"
        )
    return direction.x / length, direction.y / length, direction.z / length
