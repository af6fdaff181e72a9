"""Errors: actual minus expected over the rows that count."""

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.signals import BeamHold
from linacsim.review.course import Course
from linacsim.review.metrics.records import Error

SHARE = 0.95


def judged_rows(course: Course) -> Bools:
    """Return (n,) rows whose errors count: those with beam, as third-party tools take them.

    A delivery without any beam is judged from its first step to its last, and one that never goes
    on, as a whole.
    """
    with_beam = course.recording.hold_actual == BeamHold.NORMAL
    if with_beam.any():
        return np.asarray(with_beam)
    rows = np.zeros(len(course.recording), dtype=np.bool_)
    if len(course.going):
        rows[course.going[0] : course.going[-1] + 2] = True
    return rows if rows.any() else ~rows


def errors_of(actual: Floats, expected: Floats, judged: Bools) -> Floats:
    """Return (k, m) errors of (n, k) columns over the m judged rows, one axis after the other."""
    if judged.all():
        return np.ascontiguousarray((actual - expected).T)
    rows = np.flatnonzero(judged)
    return np.ascontiguousarray((actual[rows] - expected[rows]).T)


def statistics(errors: Floats, rows: Ints, course: Course) -> list[Error]:
    """Return the statistics of (k, m) errors, whose columns are the given rows."""
    size = np.abs(errors)
    worst = np.argmax(size, axis=1)
    p95 = percentile(size)
    mean = errors.mean(axis=1)
    rms = np.sqrt(np.einsum("km,km->k", errors, errors) / errors.shape[1])
    top = size[np.arange(len(size)), worst]
    at = rows[worst]
    return [
        Error(*figures)
        for figures in zip(
            mean.tolist(),
            rms.tolist(),
            p95.tolist(),
            top.tolist(),
            (at * course.dt_s).tolist(),
            course.s[at].tolist(),
            strict=True,
        )
    ]


def percentile(size: Floats) -> Floats:
    """Return (k,) the least value that is not exceeded by 95 % of the m of (k, m) sizes."""
    place = int(np.ceil(SHARE * size.shape[1])) - 1
    return np.partition(size, place, axis=1)[:, place]
