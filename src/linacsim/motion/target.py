"""The target inside and the surrogate outside, with a relation between them that is known.

What gating and tracking believe is measured against this truth.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.time import to_ns
from linacsim.motion.couch import carried
from linacsim.motion.source import Motion, Point, positive, unit_vector
from linacsim.motion.waveforms import UP

Polynomial = tuple[float, float, float, float]
"""a0 to a3 of a0 + a1 A + a2 A^2 + a3 A^3 in cm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How a target follows its surrogate (the terms of the manual's amplitude-fit model)."""

    x: Polynomial = (0.0, 0.0, 0.0, 0.0)
    y: Polynomial = (0.0, 1.0, 0.0, 0.0)
    z: Polynomial = (0.0, 0.0, 0.0, 0.0)
    lag_s: float = 0.0
    """The target does what the surrogate did this long ago: hysteresis in a plot of the two."""
    direction: Point = UP
    """Along which the surrogate's amplitude A is taken."""


class Related(Motion):
    """A target whose position follows from the amplitude of its surrogate."""

    def __init__(self, surrogate: Motion, relation: Relation) -> None:
        """Follow `surrogate`; InputError for a lag that looks ahead."""
        positive("lag_s", relation.lag_s, zero=True)
        self._surrogate = surrogate
        self._lag_ns = to_ns(relation.lag_s)
        self._direction = unit_vector(relation.direction)
        self._coefficients = np.array([relation.x, relation.y, relation.z]).T

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times."""
        observed = self._surrogate.positions(np.maximum(times_ns - self._lag_ns, 0))
        # Summed element by element: a matrix product may round differently for other lengths.
        a = (observed * self._direction).sum(axis=1)[:, None]
        a0, a1, a2, a3 = self._coefficients
        return np.asarray(a0 + a * (a1 + a * (a2 + a * a3)))


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """Target and surrogate of one patient, in patient coordinates."""

    target: Motion
    surrogate: Motion
    reference_couch: Floats
    """(6,) couch position at which patient coordinates are those of the room."""

    def __post_init__(self) -> None:
        """Refuse a couch position that is not six numbers."""
        if self.reference_couch.shape != (6,) or not np.isfinite(self.reference_couch).all():
            raise InputError("the reference couch position must be six numbers")

    def target_in_room(self, times_ns: Ints, couch: Floats) -> Floats:
        """Return (n, 3) cm in the room at (n,) times with the couch at (6,) `couch`."""
        return self._in_room(self.target, times_ns, couch)

    def surrogate_in_room(self, times_ns: Ints, couch: Floats) -> Floats:
        """Return (n, 3) cm in the room at (n,) times with the couch at (6,) `couch`."""
        return self._in_room(self.surrogate, times_ns, couch)

    def _in_room(self, motion: Motion, times_ns: Ints, couch: Floats) -> Floats:
        return carried(self.reference_couch, couch).to_room(motion.positions(times_ns))


def rigid(motion: Motion, offset_cm: Point = (0.0, 0.0, 0.0)) -> Motion:
    """Return a target at a fixed distance from its surrogate."""
    return _Shifted(motion, np.array(offset_cm, dtype=np.float64))


class _Shifted(Motion):
    def __init__(self, motion: Motion, offset_cm: Floats) -> None:
        self._motion = motion
        self._offset = offset_cm

    def positions(self, times_ns: Ints) -> Floats:
        return np.asarray(self._motion.positions(times_ns) + self._offset)

    def angles(self, times_ns: Ints) -> Floats | None:
        return self._motion.angles(times_ns)
