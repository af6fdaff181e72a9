"""What the expected side is made of: straight pieces, ramps, corners.

Between control points an axis goes at constant speed; round a corner it follows a parabola of its
own acceleration a, centred on the crossing, and so misses the corner by dv^2/(8 a); from rest and
to rest the same with one speed nought (docs/explanation/time-law.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from linacsim.model.arrays import Bools, Floats

PIECE_ROWS = 5
"""A straight piece of fewer rows tells no speed."""
LINE_ROWS = 3
"""Rows without a bend that make a line beside a corner..."""
LINE_MOST = 12
"""...and as many as are used of it."""
RAMP_ROWS = 4
"""Rows of constant acceleration that tell it by themselves."""
CORNER_ROWS = 40
"""A bend of more rows is not one corner."""
LIKE = 0.02
"""Share by which an estimate may be in doubt to be used."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows `first` to `last` of constant speed, or of constant acceleration, or round a corner."""

    first: int
    last: int
    value: float
    sigma: float


def bends(x: Floats, dt_s: float) -> Floats:
    """Return (n,) acceleration of n positions; nought at both ends."""
    out = np.zeros(len(x))
    out[1:-1] = np.diff(x, 2) / dt_s**2
    return out


def straight(x: Floats, dt_s: float, rounding: float, usable: Bools) -> Iterator[Piece]:
    """Yield the pieces of constant speed other than nought."""
    level = _level(x, dt_s, rounding) & usable
    for first, last in _runs(level):
        rows = np.arange(first - 1, last + 2)
        if last - first + 1 < PIECE_ROWS:
            continue
        speed, sigma = _slope(np.asarray(rows * dt_s, dtype=np.float64), x[rows], rounding)
        if abs(speed) > 20 * sigma:
            yield Piece(int(rows[0]), int(rows[-1]), abs(speed), sigma)


def ramps(x: Floats, dt_s: float, rounding: float, usable: Bools) -> Iterator[Piece]:
    """Yield the pieces of constant acceleration."""
    bend = bends(x, dt_s)
    doubt = 4 * rounding / dt_s**2
    steady = np.abs(np.diff(bend, prepend=0.0)) < 2 * doubt + LIKE / 2 * np.abs(bend)
    steady &= (np.abs(bend) > 5 * doubt) & usable
    for first, last in _runs(steady):
        rows = np.arange(first - 2, last + 2)
        if len(rows) < RAMP_ROWS + 2:
            continue
        t = (rows - rows[0]) * dt_s
        (a, *_), rest, *_ = np.polyfit(t, x[rows], 2, full=True)
        misfit = float(np.sqrt(rest[0] / len(rows))) if len(rest) else 0.0
        sigma = 2 * 13.4 * max(rounding, misfit) / (len(rows) ** 0.5 * t[-1] ** 2)
        if misfit < 4 * rounding and sigma < LIKE * abs(2 * a):
            yield Piece(int(rows[0]), int(rows[-1]), abs(2 * a), sigma)


def corners(x: Floats, dt_s: float, rounding: float, usable: Bools) -> Iterator[Piece]:
    """Yield the accelerations with which lines of constant speed are joined."""
    level = _level(x, dt_s, rounding)
    runs = [run for run in _runs(level) if run[1] - run[0] + 1 >= LINE_ROWS]
    for (start, before), (after, stop) in pairwise(runs):
        if after - before > CORNER_ROWS or not usable[before : after + 1].all():
            continue
        lines = (
            _line(x, max(start - 1, before + 1 - LINE_MOST), before + 1, dt_s),
            _line(x, after - 1, min(stop + 1, after - 1 + LINE_MOST), dt_s),
        )
        piece = _corner(x, before + 1, after - 1, lines, dt_s, rounding)
        if piece is not None:
            yield piece


def _corner(
    x: Floats,
    first: int,
    last: int,
    lines: tuple[tuple[float, float], tuple[float, float]],
    dt_s: float,
    rounding: float,
) -> Piece | None:
    """Return the acceleration between two lines (position at row 0, speed), if it is constant."""
    (x1, v1), (x2, v2) = lines
    dv = v2 - v1
    if abs(dv) * dt_s < 20 * rounding:
        return None
    crossing = (x1 - x2) / dv
    t = np.arange(first, last + 1) * dt_s
    line = np.where(t < crossing, x1 + v1 * t, x2 + v2 * t)
    miss = (x[first : last + 1] - line) * np.sign(dv)
    off = np.abs(t - crossing)
    best = int(np.argmax(miss))
    doubt = 2 * rounding
    if miss[best] < 10 * doubt:
        return None
    value, least, most = (
        _accel(abs(dv), float(miss[best]) + e, float(off[best])) for e in (0.0, doubt, -doubt)
    )
    shape = value / 2 * np.clip(abs(dv) / (2 * value) - off, 0.0, None) ** 2
    if np.abs(shape - miss).max() > 3 * doubt + LIKE * miss[best]:
        return None
    sigma = (most - least) / 2
    return Piece(first, last, value, sigma) if sigma < LIKE * value else None


def _accel(dv: float, miss: float, off_s: float) -> float:
    """Return a of miss = a/2 (dv/(2 a) - off)^2."""
    root = dv / (np.sqrt(2 * miss) + np.sqrt(2 * miss + 2 * off_s * dv))
    return float(root * root)


def _level(x: Floats, dt_s: float, rounding: float) -> Bools:
    level = np.abs(bends(x, dt_s)) < 4 * rounding / dt_s**2
    level[[0, -1]] = False
    return np.asarray(level)


def _line(x: Floats, first: int, last: int, dt_s: float) -> tuple[float, float]:
    """Return position at row 0 and speed of the line through rows `first` to `last`."""
    t = np.arange(first, last + 1) * dt_s
    speed, at_0 = np.polyfit(t, x[first : last + 1], 1)
    return float(at_0), float(speed)


def _slope(t: Floats, x: Floats, rounding: float) -> tuple[float, float]:
    speed = float(np.polyfit(t - t[0], x, 1)[0])
    return speed, 3.5 * rounding / (len(t) ** 0.5 * float(t[-1] - t[0]))


def _runs(flags: Bools) -> list[tuple[int, int]]:
    """Return first and last index of each run of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True))
