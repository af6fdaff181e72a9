"""Metrics of each axis, carriage and leaf, and of several together."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis
from linacsim.review.course import Course
from linacsim.review.metrics.errors import percentile, statistics
from linacsim.review.metrics.motion import Motion, motion_of
from linacsim.review.metrics.records import AxisMetrics, GroupError
from linacsim.review.recording import Recording


def present(recording: Recording) -> Ints:
    """Return (k,) columns of the axes that the recording holds."""
    known = np.isfinite(recording.expected[0]) & np.isfinite(recording.actual[0])
    return np.flatnonzero(known)


def axis_metrics(
    course: Course, errors: Floats, judged: Bools, machine: MachineSpec | None
) -> tuple[AxisMetrics, ...]:
    """Return the metrics of all axes that the recording holds, in column order.

    `errors` are theirs, (k, m), over the m judged rows.
    """
    recording, columns = course.recording, present(course.recording)
    layout = recording.layout
    error = statistics(errors, np.flatnonzero(judged), course)
    motion = motion_of(course, columns)
    shares = None if machine is None else _shares(motion, machine, columns)
    return tuple(
        AxisMetrics(
            name=layout.name(column),
            unit=layout.unit(column),
            moves=bool(motion.moves[i]),
            error=error[i],
            lag_s=None if np.isnan(motion.lag_s[i]) else float(motion.lag_s[i]),
            max_speed_expected=float(motion.speed[0, i]),
            max_speed_actual=float(motion.speed[1, i]),
            max_accel_expected=float(motion.accel[0, i]),
            max_accel_actual=float(motion.accel[1, i]),
            lowest=float(motion.lowest[i]),
            highest=float(motion.highest[i]),
            travel=float(motion.travel[i]),
            reversals=int(motion.reversals[i]),
            speed_share=None if shares is None else float(shares[0, i]),
            accel_share=None if shares is None else float(shares[1, i]),
        )
        for i, column in enumerate(columns.tolist())
    )


def _shares(motion: Motion, machine: MachineSpec, columns: Ints) -> Floats:
    """Return (2, k) how much of the machine's speed and acceleration is expected."""
    speed = motion.speed[0] / machine.axes.max_speed[columns]
    return np.array([speed, motion.accel[0] / machine.axes.max_accel[columns]])


def group_errors(
    course: Course, errors: Floats, axes: tuple[AxisMetrics, ...]
) -> tuple[GroupError, ...]:
    """Return errors of banks, moving leaves and jaws, each group pooled over rows and axes."""
    layout = course.recording.layout
    columns = present(course.recording)
    moves = np.array([axis.moves for axis in axes], dtype=np.bool_)
    leaves = columns >= layout.leaves.start
    jaws = (columns >= Axis.X1) & (columns <= Axis.Y2)
    groups = {
        "bank A": leaves & (columns < layout.bank_b.start),
        "bank B": leaves & (columns >= layout.bank_b.start),
        "moving leaves": leaves & moves,
        "jaws": jaws,
    }
    return tuple(
        _group(name, np.flatnonzero(members), errors, axes)
        for name, members in groups.items()
        if members.any()
    )


def _group(name: str, members: Ints, errors: Floats, axes: tuple[AxisMetrics, ...]) -> GroupError:
    inside = [axes[i] for i in members.tolist()]
    worst = max(inside, key=lambda axis: axis.error.max)
    return GroupError(
        name=name,
        unit=worst.unit,
        axes=len(inside),
        rms=float(np.sqrt(np.mean([axis.error.rms**2 for axis in inside]))),
        p95=float(percentile(np.abs(errors[members]).reshape(1, -1))[0]),
        max=worst.error.max,
        worst=worst.name,
    )
