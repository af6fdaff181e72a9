"""From the camera's frame to the fixed room system: a rotation and a translation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError

ORTHONORMAL = 1e-4
MM_PER_CM = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Where the camera stands and how it looks."""

    origin_cm: Floats
    """(3,) the camera's origin in the room."""
    axes: Floats
    """(3, 3) its x, y and z axis in the room, one a row."""

    @staticmethod
    def of(origin_cm: Sequence[float], axes: Sequence[Sequence[float]]) -> "Calibration":
        """Return a calibration; InputError unless the axes are orthonormal and right-handed."""
        matrix = np.array(axes, dtype=np.float64)
        origin = np.array(origin_cm, dtype=np.float64)
        if matrix.shape != (3, 3) or origin.shape != (3,):
            raise InputError("a calibration has an origin of 3 numbers and 3 axes of 3 numbers")
        error = float(np.abs(matrix @ matrix.T - np.eye(3)).max())
        if not error <= ORTHONORMAL:
            raise InputError(
                f"the axes of the calibration are not orthonormal: off by {error:.2g}, "
                f"{ORTHONORMAL:g} is allowed"
            )
        if np.linalg.det(matrix) < 0:
            raise InputError("the axes of the calibration are left-handed: swap or turn one")
        return Calibration(origin, matrix)

    def to_room_cm(self, position_mm: Sequence[float]) -> tuple[float, float, float]:
        """Return a position of the camera's frame in the fixed room system."""
        x, y, z = self.origin_cm + np.array(position_mm) / MM_PER_CM @ self.axes
        return float(x), float(y), float(z)

    def to_camera_mm(self, position_cm: Sequence[float]) -> tuple[float, float, float]:
        """Return a position of the room in the camera's frame; for stubs."""
        x, y, z = self.axes @ (np.array(position_cm) - self.origin_cm) * MM_PER_CM
        return float(x), float(y), float(z)


_ACROSS, _ALONG = 0.4472135955, 0.8944271910
"""1 and 2 over the root of 5: twice as far along the couch as up."""

AT_THE_FOOT = Calibration.of(
    (0.0, -160.0, 80.0),
    ((1.0, 0.0, 0.0), (0.0, _ACROSS, _ALONG), (0.0, -_ALONG, _ACROSS)),
)
"""A camera beyond the foot of the couch, 179 cm from the isocentre it looks at, which therefore has
negative z (research/hil-protocols.md 1.7); for examples, stubs and tests."""
