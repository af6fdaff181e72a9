"""Speeds and accelerations, taken over times that do not depend on the sampling."""

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.review.course import Course

EXPECTED_S = 0.02
"""Expected positions are exact, so the row interval of real logs is used."""
EXPECTED_TURN_S = 0.04
"""Accelerations of rotations: at 360 deg single precision feigns 0.1 deg/s2 over 20 ms."""
ACTUAL_S = 0.1
"""Actual ones come in encoder steps (gantry 0.0066 deg, log-formats 6.2); this evens them out."""


def stride(course: Course, window_s: float) -> int:
    """Return how many rows make the window, at least one."""
    return max(1, round(window_s / course.dt_s))


def moving_stretches(course: Course) -> Bools:
    """Return (n - 1,) steps in which anything is meant to move, the first after a stop left out.

    Under beam hold logs show the expected values set to the actual ones, so the first step
    after it jumps (log-formats 6.4).
    """
    steps = course.active.copy()
    steps[1:] &= course.active[:-1]
    if len(steps):
        steps[0] = False
    return steps


def peak_speeds(positions: Floats, steps: Bools, rows: int, dt_s: float) -> Floats:
    """Return (k,) greatest speed of (n, k) positions over `rows` steps that all count."""
    whole = all_of(steps, rows)
    if not whole.any():
        return np.zeros(positions.shape[1])
    change = np.abs(positions[rows:] - positions[:-rows])[whole]
    return np.asarray(change.max(axis=0) / (rows * dt_s))


def peak_accelerations(positions: Floats, steps: Bools, rows: int, dt_s: float) -> Floats:
    """Return (k,) greatest acceleration: the change of speed from `rows` steps to the next."""
    whole = all_of(steps, 2 * rows)
    if not whole.any():
        return np.zeros(positions.shape[1])
    bend = positions[2 * rows :] + positions[: -2 * rows]
    bend -= 2 * positions[rows:-rows]
    return np.asarray(np.abs(bend)[whole].max(axis=0) / (rows * dt_s) ** 2)


def all_of(steps: Bools, rows: int) -> Bools:
    """Return whether each stretch of `rows` steps counts throughout."""
    if len(steps) < rows:
        return np.zeros(0, dtype=np.bool_)
    counted = np.concatenate([[0], np.cumsum(steps)])
    return np.asarray(counted[rows:] - counted[:-rows] == rows)
