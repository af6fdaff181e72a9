"""The basic motion model: motion is used as it is observed (manual, "The Basic Motion Model")."""

import math

from linacsim.model.motion import Vector
from linacsim.model.samples import MotionState, PositionSample
from linacsim.motion.directions import Z_AXIS, unit


class BasicModel:
    """Passes positions on; its prediction is that the target stays where it is, so rate is 0.

    There is no phase, period or quality.
    """

    def __init__(self, direction: Vector | None = None) -> None:
        """Take the direction of amplitude; None is the Z axis of the model system."""
        self._x, self._y, self._z = unit(direction or Z_AXIS)

    def update(self, sample: PositionSample) -> MotionState:
        """Return the position as it is; `valid` as the sensor and the numbers say."""
        amplitude = self._x * sample.x_cm + self._y * sample.y_cm + self._z * sample.z_cm
        return MotionState(
            sample.measured_ns,
            amplitude,
            0.0,
            math.nan,
            0.0,
            math.nan,
            math.nan,
            math.nan,
            math.nan,
            math.nan,
            0,
            sample.x_cm,
            sample.y_cm,
            sample.z_cm,
            amplitude,
            valid=sample.valid and math.isfinite(amplitude),
        )
