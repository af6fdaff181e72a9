"""Simple wedged fields in as few segments as they need (DP Note XVI)."""

import numpy as np

from linacsim.model.arrays import Bools, Floats


def needed_points(mu: Floats, wedge_in: Bools, gantry_deg: Floats, shapes: Floats) -> list[int]:
    """Return which of n control points are left once redundant segments are gone.

    `wedge_in` (n,) holds for the segment from each point on; `shapes` (n, d) are positions of jaws,
    leaves and collimator, NaN for what is not placed. A field of three or four points in which
    nothing but the wedge changes loses its segments without dose; every other one keeps all.
    """
    every = list(range(len(mu)))
    still = bool((np.nan_to_num(np.diff(shapes, axis=0)) == 0).all())
    if not still or len(every) not in (3, 4) or not wedge_in.any():
        return every
    lit = np.flatnonzero(np.diff(mu) > 0)
    turns = np.diff(gantry_deg)
    if len(lit) == 0 or turns[np.diff(mu) == 0].any() or (len(lit) > 1 and turns.any()):
        return every
    return [*lit.tolist(), int(lit[-1]) + 1]
