"""MU of control points as a console with a coarse meterset holds them, and delivery segments."""

from collections.abc import Sequence

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints

_ROUNDING = 1e-6
"""Share of a step by which a product of decimals may miss a half."""


def rounded(mu: Floats, step_mu: float) -> Floats:
    """Return MU (n,) to the nearest step, halves up (DICOM PS3.3, C.8.8.14.1; DP Note X)."""
    steps = np.floor(np.asarray(mu, dtype=float) / step_mu + 0.5 + _ROUNDING)
    # Division by a whole number gives the decimal itself, where multiplication would miss it.
    per_mu = round(1.0 / step_mu)
    return steps / per_mu if abs(per_mu * step_mu - 1.0) < _ROUNDING else steps * step_mu


def beam_stays_on(energies: Sequence[object], wedge_in: Bools) -> Bools:
    """Return (n,) whether neither energy nor wedge changes from the segment before to each one."""
    kept = [
        k > 0 and energies[k] == energies[k - 1] and bool(wedge_in[k] == wedge_in[k - 1])
        for k in range(len(wedge_in))
    ]
    return np.array(kept, dtype=bool)


def delivery_segments(mu_step: Floats, joins: Bools, least_mu: float, *, dynamic: bool) -> Ints:
    """Return (n,) which delivery segment each of n segments belongs to; -1 without dose.

    In a dynamic field neighbours are merged until they have `least_mu` (DP Note X); `joins` (n,)
    says whether a segment may go with the one before.
    """
    out = np.full(len(mu_step), -1, dtype=np.int64)
    group, dose = -1, 0.0
    for k in np.flatnonzero(mu_step > 0).tolist():
        goes_on = dynamic and joins[k] and out[k - 1] == group >= 0
        if not goes_on or dose >= least_mu - _ROUNDING:
            group, dose = group + 1, 0.0
        out[k] = group
        dose += float(mu_step[k])
    return _without_small_ends(out, mu_step, joins, least_mu) if dynamic else out


def too_small(mu_step: Floats, segment: Ints, least_mu: float, least_part_mu: float) -> Ints:
    """Return the segments with less than a part must have, or in a delivery segment with less
    than `least_mu`."""
    lit = segment >= 0
    total = np.bincount(segment[lit], mu_step[lit], minlength=1)
    least = np.where(lit, total[np.maximum(segment, 0)], np.inf)
    small_part = lit & (mu_step < least_part_mu - _ROUNDING)
    return np.flatnonzero((least < least_mu - _ROUNDING) | small_part)


def _without_small_ends(segment: Ints, mu_step: Floats, joins: Bools, least_mu: float) -> Ints:
    """Return the segments with a last part that is too small merged into the one before it."""
    out = segment.copy()
    for group in range(int(out.max(initial=-1)), 0, -1):
        rows = np.flatnonzero(out == group)
        small = float(mu_step[rows].sum()) < least_mu - _ROUNDING
        if small and joins[rows[0]] and out[rows[0] - 1] == group - 1:
            out[out >= group] -= 1
    return out
