"""Stretches of constant dose rate or gantry speed."""

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis
from linacsim.review.course import Course
from linacsim.review.metrics.rates import EXPECTED_S, all_of, moving_stretches, stride
from linacsim.review.metrics.records import Plateau

SHORTEST_S = 0.2
STEP = 0.005
"""A plateau's rate changes from 20 ms to the next by no more than this share of the greatest."""
SPREAD = 0.02
"""Over all of it, by no more than this share of its own rate."""
LEAST_MU_PER_MIN = 1.0
LEAST_DEG_PER_S = 0.05


def dose_rate_plateaus(course: Course) -> tuple[Plateau, ...]:
    """Return the stretches of constant expected dose rate, in MU/min."""
    recording = course.recording
    steps = moving_stretches(course) & course.dosed
    mu = 60 * recording.mu_expected, 60 * recording.mu_actual
    return _plateaus(*mu, steps, course, LEAST_MU_PER_MIN)


def gantry_plateaus(course: Course) -> tuple[Plateau, ...]:
    """Return the stretches of constant expected gantry speed, in deg/s."""
    recording = course.recording
    angle = recording.expected[:, Axis.GANTRY_RTN], recording.actual[:, Axis.GANTRY_RTN]
    if np.isnan(angle[0]).any():
        return ()
    return _plateaus(*angle, moving_stretches(course), course, LEAST_DEG_PER_S)


def _plateaus(
    expected: Floats, actual: Floats, steps: Bools, course: Course, least: float
) -> tuple[Plateau, ...]:
    """Return the plateaus of what rises as `expected`, in its unit per second."""
    rows = stride(course, EXPECTED_S)
    if len(steps) <= rows:
        return ()
    rate = (expected[rows:] - expected[:-rows]) / (rows * course.dt_s)
    runs = all_of(steps, rows) & (np.abs(rate) > least)
    allowed = STEP * float(np.abs(rate[runs]).max(initial=0.0))
    level = runs[1:] & runs[:-1] & (np.abs(np.diff(rate)) <= allowed)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], level.astype(np.int8), [0]])))
    found = []
    for start, stop in edges.reshape(-1, 2).tolist():
        end = stop + rows
        inside = rate[start : stop + 1]
        length_s = (end - start) * course.dt_s
        if length_s < SHORTEST_S or np.ptp(inside) > SPREAD * np.abs(inside).max():
            continue
        found.append(
            Plateau(
                start_s=start * course.dt_s,
                length_s=length_s,
                from_cp=float(course.s[start]),
                to_cp=float(course.s[end]),
                expected=float(expected[end] - expected[start]) / length_s,
                actual=float(actual[end] - actual[start]) / length_s,
            )
        )
    return tuple(found)
