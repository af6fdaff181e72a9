"""Dips: one delivery is slower for a while, and then as quick as the other again."""

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.review.compare.dose import segment_mu
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Difference, Kind

SLOWER = 1.1
"""A place is in a dip where it takes this many times as long."""
GAP_S = 0.2
"""Dips nearer to each other than this are one."""
EXPLAINED = 0.6
"""Dips explain the lost time if they hold this share of it."""
MOST = 5
MOST_SHARE = 0.5
"""What takes more than this share of the delivery is no dip."""


def dips(pair: Pair, lost_s: Floats, tolerance: float, *, is_b: bool) -> tuple[Difference, ...]:
    """Return the dips that explain (m - 1,) lost times of B (or A); empty if they do not."""
    a, b = pair.a_cells_s, pair.b_cells_s
    slow, quick = (b, a) if is_b else (a, b)
    low = (slow > SLOWER * quick) & (lost_s > 0)[pair.cell_segment]
    stretches = _stretches(low, slow)
    extra = sum(float((slow - quick)[stretch].sum()) for stretch in stretches)
    taken = sum(float(slow[stretch].sum()) for stretch in stretches)
    few = 0 < len(stretches) <= MOST and taken <= MOST_SHARE * float(slow.sum())
    if not few or extra < EXPLAINED * float(lost_s.sum()):
        return ()
    return tuple(_difference(pair, stretch, tolerance, is_b=is_b) for stretch in stretches)


def _stretches(low: Bools, spent_s: Floats) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], low.astype(np.int8), [0]])))
    merged: list[slice] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        if merged and float(spent_s[merged[-1].stop : start].sum()) < GAP_S:
            merged[-1] = slice(merged[-1].start, stop)
        else:
            merged.append(slice(start, stop))
    return merged


def _difference(pair: Pair, stretch: slice, tolerance: float, *, is_b: bool) -> Difference:
    a, b = float(pair.a_cells_s[stretch].sum()), float(pair.b_cells_s[stretch].sum())
    grid, time = pair.grid, pair.b_time_s
    first, last = stretch.start, stretch.stop
    dosed = bool((segment_mu(pair)[1][pair.cell_segment[stretch]] > 0).any())
    mu = [values[last] - values[first] for values in pair.columns("mu_expected")]
    rate_a, rate_b = 60 * float(mu[0]) / a, 60 * float(mu[1]) / b
    who = "" if is_b else " in A"
    if dosed:
        kind, subject, size, unit = Kind.DOSE_RATE_DIP, "dose rate", rate_b, "MU/min"
        text = f"dips{who}: on average {rate_b:.4g} MU/min instead of {rate_a:.4g}"
    else:
        kind, subject, size, unit = Kind.TIME, "delivery", b - a, "s"
        text = f"moves more slowly for a while{who}"
    return Difference(
        kind=kind,
        subject=subject,
        column="",
        from_cp=float(grid[first]),
        to_cp=float(grid[last]),
        from_s=float(time[first]),
        to_s=float(time[last]),
        size=size,
        unit=unit,
        tolerance=tolerance,
        text=f"{text}: {abs(b - a):.3f} s {'longer' if is_b else 'shorter'}",
    )
