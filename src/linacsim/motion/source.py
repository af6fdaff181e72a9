"""What all motion has in common: it can be asked for any time, and answers by time alone."""

from abc import ABC, abstractmethod

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints, readonly
from linacsim.model.findings import InputError
from linacsim.model.samples import PositionSample

Point = tuple[float, float, float]
"""X, Y, Z in cm."""


class Motion(ABC):
    """Where something is at any time: truth, in the coordinates of the patient.

    Patient coordinates ride on the couch; with the couch at its reference position they are those
    of the fixed room system (manual, "The Fixed Room coordinate system").
    """

    @abstractmethod
    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times; before time 0 it is where it is at 0.

        The answer for a time is the same bits whatever other times are asked for.
        """

    def seen(self, times_ns: Ints) -> Bools:
        """Return (n,) whether anything could be measured at (n,) times; a record may have holes."""
        return np.ones(len(times_ns), dtype=bool)

    def angles(self, times_ns: Ints) -> Floats | None:
        """Return (n, 3) deg about X, Y, Z at (n,) times; None where rotation is not known."""
        del times_ns
        return None

    def at(self, time_ns: int) -> PositionSample | None:
        """Return the position at a time as a sample of no age; None before time 0."""
        if time_ns < 0:
            return None
        x, y, z = self.positions(np.array([time_ns], dtype=np.int64))[0].tolist()
        return PositionSample(time_ns, time_ns, x, y, z)


def unit_vector(direction: Point) -> Floats:
    """Return (3,) the direction at length 1; InputError where it has none."""
    vector = np.array(direction, dtype=np.float64)
    length = float(np.linalg.norm(vector))
    if not (np.isfinite(length) and length > 0):
        raise InputError(f"direction {direction} points nowhere; give one component that is not 0")
    return readonly(vector / length)


def positive(name: str, value: float, *, zero: bool = False) -> float:
    """Return the value; InputError where it is not above 0 (or 0, where `zero`)."""
    if np.isfinite(value) and (value > 0 or (zero and value == 0)):
        return value
    allowed = "0 or more" if zero else "more than 0"
    raise InputError(f"{name} must be {allowed}, not {value:g}")
