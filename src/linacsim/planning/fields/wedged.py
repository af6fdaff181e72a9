"""Simple wedged fields in as few segments as they need (DP Note XVI)."""

import numpy as np

from linacsim.model.arrays import Bools, Floats


def is_simply_wedged(lit: Bools, wedge_in: Bools, shaping: Bools, turning: Bools) -> bool:
    """Return whether a field of n segments is a simple wedged field.

    It has two or three segments, in which nothing but the wedge changes, once at most, and at most
    two of them give dose; if but one does, the gantry may turn in it. For each segment (n,):
    whether it gives dose, the wedge is in, anything but the gantry moves, the gantry turns.
    """
    return bool(
        len(lit) in (2, 3)
        and wedge_in.any()
        and np.count_nonzero(wedge_in[1:] != wedge_in[:-1]) <= 1
        and not shaping.any()
        and lit.sum() in (1, 2)
        and not turning[~lit].any()
        and not (lit.sum() > 1 and turning.any())
    )


def needed_points(mu: Floats, wedge_in: Bools, gantry_deg: Floats, shapes: Floats) -> list[int]:
    """Return which of n control points are left once redundant segments are gone.

    `wedge_in` (n,) holds for the segment from each point on; `shapes` (n, d) are positions of jaws,
    leaves and collimator, NaN for what is not placed. A simple wedged field loses its segments
    without dose; every other one keeps all.
    """
    shaping = (np.nan_to_num(np.diff(shapes, axis=0)) != 0).any(axis=1)
    lit = np.diff(mu) > 0
    if not is_simply_wedged(lit, wedge_in[:-1], shaping, np.diff(gantry_deg) != 0):
        return list(range(len(mu)))
    given = np.flatnonzero(lit)
    return [*given.tolist(), int(given[-1]) + 1]
