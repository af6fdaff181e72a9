"""Breaths of a whole trace, found by looking at past and future: to describe, never to gate."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.time import NS_PER_S

_DEPTH_SHARE = 0.3
"""A turn counts where the signal comes back by this share of its usual range."""
_SMOOTH_NS = NS_PER_S * 3 // 10


@dataclass(frozen=True, slots=True, eq=False)
class Breaths:
    """Turning points of a signal, in order of time."""

    index: Ints
    """(k,) samples at which the signal turns."""
    high: Bools
    """(k,) whether it turns from up to down; alternates."""


def find_breaths(times_ns: Ints, signal: Floats) -> Breaths:
    """Return the turning points of a signal (n,) whose NaN samples do not count."""
    good = np.flatnonzero(np.isfinite(signal))
    if len(good) < 3:
        return Breaths(np.empty(0, dtype=np.int64), np.empty(0, dtype=bool))
    values = _smoothed(times_ns[good], signal[good])
    low, high = np.percentile(values, (5, 95))
    turns = _turns(values.tolist(), _DEPTH_SHARE * float(high - low))
    rows = np.array([row for row, _ in turns], dtype=np.int64)
    return Breaths(good[rows], np.array([up for _, up in turns], dtype=bool))


def _smoothed(times_ns: Ints, values: Floats) -> Floats:
    """Return a centred running mean over about 0.3 s."""
    step = max(int(np.median(np.diff(times_ns))), 1)
    half = int(_SMOOTH_NS // (2 * step))
    if half == 0 or len(values) <= 2 * half:
        return values
    total = np.concatenate(([0.0], np.cumsum(values)))
    index = np.arange(len(values))
    start, end = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    return np.asarray((total[end] - total[start]) / (end - start))


def _turns(values: list[float], depth: float) -> list[tuple[int, bool]]:
    """Return the extremes from which the signal comes back by `depth`.

    The first and last samples, which may be anywhere in a breath, are left out.
    """
    found: list[tuple[int, bool]] = []
    if depth <= 0:
        return found
    up = True
    best = lowest = highest = 0
    started = False
    for row, value in enumerate(values):
        if not started:
            lowest = row if value < values[lowest] else lowest
            highest = row if value > values[highest] else highest
            if value - values[lowest] >= depth or values[highest] - value >= depth:
                up = value - values[lowest] >= depth
                turn = lowest if up else highest
                if turn > 0:
                    found.append((turn, not up))
                best, started = row, True
        elif (value > values[best]) == up and value != values[best]:
            best = row
        elif abs(value - values[best]) >= depth:
            found.append((best, up))
            best, up = row, not up
    return found
