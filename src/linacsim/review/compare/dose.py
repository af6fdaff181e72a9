"""MU at the same control points."""

from dataclasses import replace

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Difference, Kind
from linacsim.review.compare.tolerances import Tolerances
from linacsim.review.course import WHOLE

SEGMENT_SHARE = 0.1
"""A segment matters whose MU differ by this share of the tolerance."""


def dose_differences(pair: Pair, tolerances: Tolerances) -> tuple[Difference, ...]:
    """Return where MU are planned otherwise, left out at the end, or given otherwise."""
    found = [_planned(pair, tolerances), _ended_early(pair, tolerances), _given(pair, tolerances)]
    return tuple(difference for difference in found if difference is not None)


def segment_mu(pair: Pair) -> tuple[Floats, Floats]:
    """Return (m - 1,) expected MU of A and B in the segments between the points of both."""
    a = pair.a.mu_at_points[np.searchsorted(pair.a.points, pair.points)]
    b = pair.b.mu_at_points[np.searchsorted(pair.b.points, pair.points)]
    return np.diff(a), np.diff(b)


def _planned(pair: Pair, tolerances: Tolerances) -> Difference | None:
    """Return segments in which B expects other MU than A."""
    tolerance = tolerances["dose.expected_mu"]
    a, b = segment_mu(pair)
    off = b - a
    total = np.cumsum(off)
    if not len(off) or np.abs(total).max() <= tolerance:
        return None
    matter = np.flatnonzero(np.abs(off) > SEGMENT_SHARE * tolerance)
    if not len(matter):
        matter = np.arange(len(off))
    first, last = int(matter[0]), int(matter[-1])
    size = float(total[-1]) if abs(total[-1]) > tolerance else float(total[np.abs(total).argmax()])
    how = _how(off[matter], a[matter])
    return _difference(
        pair,
        size,
        "expected",
        float(pair.points[first]),
        float(pair.points[last + 1]),
        tolerance,
        f"{abs(size):.3f} MU {_word(size)} in {len(matter)} of {len(off)} segments{how}",
    )


def _how(off: Floats, mu: Floats) -> str:
    """Return by what share all segments differ, if that is one and the same."""
    if len(mu) < 3 or (mu <= 0).any():
        return ""
    share = off / mu
    return f", each by {100 * share.mean():+.1f} %" if np.ptp(share) < 0.01 else ""


def _ended_early(pair: Pair, tolerances: Tolerances) -> Difference | None:
    """Return what one of the two leaves out because it ends before the other."""
    a, b = pair.a.recording, pair.b.recording
    end_a, end_b = float(pair.a.s[-1]), float(pair.b.s[-1])
    if abs(end_a - end_b) <= WHOLE:
        return None
    here = min(end_a, end_b)
    rest_a = float(a.mu_expected[-1] - np.interp(here, pair.a.s, a.mu_expected))
    rest_b = float(b.mu_expected[-1] - np.interp(here, pair.b.s, b.mu_expected))
    who = "B" if end_b < end_a else "A"
    size = rest_b - rest_a
    cut = "; its recording was cut off" if (b if who == "B" else a).truncated else ""
    return _difference(
        pair,
        size,
        "expected",
        here,
        max(end_a, end_b),
        tolerances["dose.expected_mu"],
        f"{who} ends at control point {here:.2f} of {max(end_a, end_b):.2f}: "
        f"{abs(size):.3f} MU {_word(size)}{cut}",
    )


def _given(pair: Pair, tolerances: Tolerances) -> Difference | None:
    """Return where B gives other MU than it expects, and A does not."""
    if not len(pair.grid):
        return None
    tolerance = tolerances["dose.actual_mu"]
    expected_a, expected_b = pair.columns("mu_expected")
    actual_a, actual_b = pair.columns("mu_actual")
    off = (actual_b - expected_b) - (actual_a - expected_a)
    beyond = np.flatnonzero(np.abs(off) > tolerance)
    if not len(beyond):
        return None
    size = float(off[np.abs(off).argmax()])
    first, last = int(beyond[0]), int(beyond[-1])
    text = f"actual is up to {abs(size):.3f} MU {'behind' if size < 0 else 'ahead of'} expected"
    places = float(pair.grid[first]), float(pair.grid[last])
    return replace(_difference(pair, size, "actual", *places, tolerance, text), kind=Kind.LAG)


def _word(size: float) -> str:
    return "missing" if size < 0 else "too many"


def _difference(
    pair: Pair,
    size: float,
    column: str,
    from_cp: float,
    to_cp: float,
    tolerance: float,
    text: str,
) -> Difference:
    times = np.interp([from_cp, to_cp], pair.b.s, pair.b.recording.time_s)
    return Difference(
        kind=Kind.MISSING_MU if size < 0 else Kind.EXTRA_MU,
        subject="MU",
        column=column,
        from_cp=from_cp,
        to_cp=to_cp,
        from_s=float(times[0]),
        to_s=float(times[1]),
        size=size,
        unit="MU",
        tolerance=tolerance,
        text=text,
    )
