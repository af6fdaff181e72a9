"""Breathing by formula: regular and constant motion.

Breathing in is positive and phase 0 is full inhale. A breath has the shape cos^2n of Lujan et al.,
Med Phys 26 (1999) 715: n = 1 is a sine, larger n rests longer in exhale.
"""

from abc import abstractmethod

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S, to_ns
from linacsim.motion.source import Motion, Point, positive, unit_vector

UP: Point = (0.0, 0.0, 1.0)
NO_TILT: Point = (0.0, 0.0, 0.0)
MOST_POWER = 16


class Breathing(Motion):
    """Motion along a line whose displacement has a known phase."""

    def __init__(
        self, direction: Point, origin_cm: Point, tilt_deg_per_cm: Point = NO_TILT
    ) -> None:
        """Move along `direction` from `origin_cm`, which is where displacement is 0.

        It turns about X, Y, Z by `tilt_deg_per_cm` of displacement.
        """
        self._direction = unit_vector(direction)
        self._origin = np.array(origin_cm, dtype=np.float64)
        self._tilt = np.array(tilt_deg_per_cm, dtype=np.float64)

    @abstractmethod
    def displacement_cm(self, times_ns: Ints) -> Floats:
        """Return (n,) displacement along the direction."""

    @abstractmethod
    def phase_deg(self, times_ns: Ints) -> Floats:
        """Return (n,) true phase: 0 up to 360, 0 at full inhale, 180 at full exhale."""

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times."""
        displacement = self.displacement_cm(np.ascontiguousarray(times_ns))
        return np.asarray(self._origin + displacement[:, None] * self._direction)

    def angles(self, times_ns: Ints) -> Floats:
        """Return (n, 3) deg at (n,) times."""
        displacement = self.displacement_cm(np.ascontiguousarray(times_ns))
        return np.asarray(displacement[:, None] * self._tilt)


class Regular(Breathing):
    """The same breath again and again."""

    def __init__(
        self,
        travel_cm: float,
        period_s: float,
        *,
        power: int = 1,
        start_phase_deg: float = 0.0,
        exhale_cm: float = 0.0,
        direction: Point = UP,
        origin_cm: Point = (0.0, 0.0, 0.0),
        tilt_deg_per_cm: Point = NO_TILT,
    ) -> None:
        """Travel between `exhale_cm` and `exhale_cm + travel_cm`; `power` is n of cos^2n.

        Raises InputError for a period or travel that is not positive.
        """
        super().__init__(direction, origin_cm, tilt_deg_per_cm)
        self._travel = positive("travel_cm", travel_cm, zero=True)
        self._period_ns = to_ns(positive("period_s", period_s))
        self._power = checked_power(power)
        self._start = start_phase_deg
        self._exhale = exhale_cm

    def phase_deg(self, times_ns: Ints) -> Floats:
        """Return (n,) true phase."""
        # The remainder of whole nanoseconds is exact at any time; a product of floats is not.
        share = (np.maximum(times_ns, 0) % self._period_ns) / self._period_ns
        return np.asarray((360.0 * share + self._start) % 360.0)

    def displacement_cm(self, times_ns: Ints) -> Floats:
        """Return (n,) displacement."""
        shape = breath_shape(np.deg2rad(self.phase_deg(times_ns)), self._power)
        return np.asarray(self._exhale + self._travel * shape)


class Uniform(Motion):
    """Constant velocity; at velocity 0 it stands still."""

    def __init__(
        self,
        velocity_cm_per_s: Point = (0.0, 0.0, 0.0),
        *,
        origin_cm: Point = (0.0, 0.0, 0.0),
    ) -> None:
        """Start at `origin_cm`."""
        self._velocity = np.array(velocity_cm_per_s, dtype=np.float64)
        self._origin = np.array(origin_cm, dtype=np.float64)

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times."""
        seconds = np.maximum(np.ascontiguousarray(times_ns), 0) / NS_PER_S
        return np.asarray(self._origin + seconds[:, None] * self._velocity)

    def angles(self, times_ns: Ints) -> Floats:
        """Return (n, 3) deg at (n,) times: it does not turn."""
        return np.zeros((len(times_ns), 3))


def breath_shape(phase_rad: Floats, power: int) -> Floats:
    """Return cos^2n of half the phase: 1 at full inhale, 0 at full exhale."""
    half = 0.5 * (1.0 + np.cos(phase_rad))
    shape = half.copy()
    for _ in range(power - 1):
        shape *= half
    return shape


def checked_power(power: int) -> int:
    """Return the power; InputError where it is not a whole number from 1 to 16."""
    if power != int(power) or not 1 <= power <= MOST_POWER:
        raise InputError(f"power must be a whole number from 1 to {MOST_POWER}, not {power}")
    return int(power)
