"""Dose in MU: planned, expected, given, and its error."""

import numpy as np

from linacsim.model.arrays import Bools
from linacsim.review.course import Course
from linacsim.review.metrics.errors import errors_of, statistics
from linacsim.review.metrics.lag import lags_s
from linacsim.review.metrics.records import MuMetrics


def mu_metrics(course: Course, judged: Bools) -> MuMetrics:
    """Return what there is to say about the MU."""
    recording = course.recording
    expected, actual = recording.mu_expected[:, None], recording.mu_actual[:, None]
    error = statistics(errors_of(actual, expected, judged), np.flatnonzero(judged), course)[0]
    running = np.concatenate([[False], course.steps & course.dosed])
    lag = float(lags_s(expected, actual, running, course.dt_s)[0])
    planned = sum(field.planned_mu for field in recording.subbeams)
    return MuMetrics(
        planned=float(planned) if recording.subbeams else None,
        expected=float(recording.mu_expected[-1]),
        actual=float(recording.mu_actual[-1]),
        error=error,
        lag_s=None if np.isnan(lag) else lag,
    )
