"""In which turn a rotation is delivered: angles repeat every 360 degrees, axes do not."""

import numpy as np

from linacsim.model.arrays import Floats

_TURN_DEG = 360.0
_ROUNDING_DEG = 1e-6


def in_reach(path: Floats, lower: float, upper: float, near: float) -> Floats | None:
    """Return a path (n,) in the turn in which an axis from `lower` to `upper` reaches all of it.

    Of several the one whose middle is nearest to `near`. None where no turn is in reach, as for a
    collimator that would have to pass 180 (DP Table 14, Beam Limiting Device Angle). A path that
    is not placed (NaN) stays so.
    """
    if np.isnan(path).any():
        return path
    turns = np.arange(-3, 4) * _TURN_DEG
    low, high = float(np.min(path)), float(np.max(path))
    fits = (low + turns >= lower - _ROUNDING_DEG) & (high + turns <= upper + _ROUNDING_DEG)
    if not fits.any():
        return None
    off = np.abs(0.5 * (low + high) + turns - near)
    best = int(np.argmin(np.where(fits, off, np.inf)))
    return np.asarray(np.clip(path + turns[best], lower, upper))
