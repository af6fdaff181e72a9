"""How axes move: range, travel, reversals, speeds, accelerations, lag."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import ROTATIONS
from linacsim.review.course import Course
from linacsim.review.metrics.lag import lags_s
from linacsim.review.metrics.rates import (
    ACTUAL_S,
    EXPECTED_S,
    EXPECTED_TURN_S,
    moving_stretches,
    peak_accelerations,
    peak_speeds,
    stride,
)

MOVES = 0.01
"""deg or cm: an axis whose expected positions span less stands still."""
LAGS = 0.1
"""deg or cm: an axis whose positions span less has no lag worth the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Figures of k axes; zero, and NaN for the lag, where an axis stands still."""

    lowest: Floats
    highest: Floats
    moves: Bools
    travel: Floats
    reversals: Ints
    speed: Floats
    """(2, k) expected, actual."""
    accel: Floats
    """(2, k) expected, actual."""
    lag_s: Floats


def motion_of(course: Course, columns: Ints) -> Motion:
    """Return the figures of the axes in these columns."""
    recording, k = course.recording, len(columns)
    lowest, highest = _range(course, columns)
    span = highest - lowest
    moves = span > MOVES
    movers = np.flatnonzero(moves)
    expected, actual = recording.expected[:, columns[movers]], recording.actual[:, columns[movers]]
    steps = moving_stretches(course)
    active = np.concatenate([[False], steps])
    speed, accel = np.zeros((2, k)), np.zeros((2, k))
    for side, (values, window_s) in enumerate(((expected, EXPECTED_S), (actual, ACTUAL_S))):
        rows = stride(course, window_s)
        speed[side, movers] = peak_speeds(values, steps, rows, course.dt_s)
        accel[side, movers] = peak_accelerations(values, steps, rows, course.dt_s)
    turns = np.isin(columns[movers], list(ROTATIONS))
    rows = stride(course, EXPECTED_TURN_S)
    accel[0, movers[turns]] = peak_accelerations(expected[:, turns], steps, rows, course.dt_s)
    travel, reversals = np.zeros(k), np.zeros(k, dtype=np.int64)
    travel[movers] = np.abs(np.diff(expected, axis=0))[steps].sum(axis=0)
    reversals[movers] = _reversals(course.at_points(expected))
    lag = np.full(k, np.nan)
    lag[movers] = lags_s(expected, actual, active, course.dt_s)
    lag[span <= LAGS] = np.nan
    return Motion(lowest, highest, moves, travel, reversals, speed, accel, lag)


def _range(course: Course, columns: Ints) -> tuple[Floats, Floats]:
    """Return (k,) least and greatest expected position while the delivery goes on."""
    rows = np.concatenate([[False], course.active])
    values = course.recording.expected[rows] if rows.any() else course.recording.expected
    return values.min(axis=0)[columns], values.max(axis=0)[columns]


def _reversals(at_points: Floats) -> Ints:
    """Return (k,) how often (m, k) positions turn round; steps within `MOVES` count as none."""
    way = np.diff(at_points, axis=0)
    sign = np.sign(np.where(np.abs(way) > MOVES, way, 0.0))
    last = np.arange(len(sign))[:, None] * (sign != 0)
    kept = np.take_along_axis(sign, np.maximum.accumulate(last, axis=0), axis=0)
    return np.asarray((kept[1:] * kept[:-1] < 0).sum(axis=0))
