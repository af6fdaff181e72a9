"""Full exhales of a motion, found sample by sample once its direction and travel are learnt."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats

RISE = 0.25
"""Share of the travel by which a motion must have turned before its end counts."""
LEAST_TRAVEL_CM = 0.2
_PERCENTILES = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class Breathing:
    """How something breathes."""

    direction: Floats
    """(3,) unit vector towards inhale."""
    travel_cm: float

    @staticmethod
    def learnt(places_cm: Floats) -> "Breathing | None":
        """Return it from (n, 3) places; None: nothing moves enough.

        Exhale is the end at which it rests longer.
        """
        about = places_cm - places_cm.mean(axis=0)
        direction = np.linalg.svd(about, full_matrices=False)[2][0]
        along = about @ direction
        if np.median(along) > 0.0:
            direction, along = -direction, -along
        low, high = np.percentile(along, _PERCENTILES)
        if high - low < LEAST_TRAVEL_CM:
            return None
        return Breathing(direction, float(high - low))


class Exhales:
    """Finds the lowest place of each breath when the next inhale has begun."""

    def __init__(self, breathing: Breathing) -> None:
        """Begin anywhere in a breath."""
        self._direction = breathing.direction
        self._rise_cm = RISE * breathing.travel_cm
        self._falling = False
        self._lowest = self._highest = np.nan

    def add(self, place_cm: Floats) -> float | None:
        """Take a (3,) place; return the full exhale that is now known to be behind."""
        along = float(place_cm @ self._direction)
        self._lowest = np.fmin(self._lowest, along)
        self._highest = np.fmax(self._highest, along)
        if self._falling and along > self._lowest + self._rise_cm:
            exhale, self._highest, self._falling = float(self._lowest), along, False
            return exhale
        if not self._falling and along < self._highest - self._rise_cm:
            self._lowest, self._falling = along, True
        return None
