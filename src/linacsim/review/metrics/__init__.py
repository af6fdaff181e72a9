"""What a delivery was like, in figures: `measure` (definitions: docs/reference/metrics.md)."""

from linacsim.machines.spec import MachineSpec
from linacsim.model.signals import State
from linacsim.review.course import Course
from linacsim.review.metrics.axes import axis_metrics, group_errors, present
from linacsim.review.metrics.dose import mu_metrics
from linacsim.review.metrics.errors import errors_of, judged_rows
from linacsim.review.metrics.holds import holds_of
from linacsim.review.metrics.phases import phases_of, times_of
from linacsim.review.metrics.plateaus import dose_rate_plateaus, gantry_plateaus
from linacsim.review.metrics.records import (
    AxisMetrics,
    ControlPoints,
    Error,
    GroupError,
    Hold,
    Metrics,
    MlcUse,
    MuMetrics,
    Phase,
    PhaseKind,
    Plateau,
    Times,
)
from linacsim.review.metrics.use import mlc_use
from linacsim.review.recording import Recording, delivery_of

__all__ = [
    "AxisMetrics",
    "ControlPoints",
    "Error",
    "GroupError",
    "Hold",
    "Metrics",
    "MlcUse",
    "MuMetrics",
    "Phase",
    "PhaseKind",
    "Plateau",
    "Times",
    "measure",
]

ENOUGH_MU = 0.05
"""A delivery is complete when its expected MU come this near to the planned ones."""


def measure(recording: Recording, machine: MachineSpec | None = None) -> Metrics:
    """Return the metrics of one delivery; with a machine also how much of its limits is used.

    Raises InputError where the recording holds no delivery, or several.
    """
    ended = recording.state is not None and bool((recording.state == State.COMPLETE).any())
    recording = delivery_of(recording)
    course = Course(recording)
    judged = judged_rows(course)
    phases = phases_of(course)
    columns = present(recording)
    errors = errors_of(recording.actual[:, columns], recording.expected[:, columns], judged)
    axes = axis_metrics(course, errors, judged, machine)
    mu = mu_metrics(course, judged)
    return Metrics(
        name=recording.name,
        beam=recording.beam,
        mlc_model=recording.mlc_model,
        emulated=recording.emulated,
        truncated=recording.truncated,
        complete=_complete(mu, ended=ended, by_state=recording.state is not None),
        rows=len(recording),
        judged_rows=int(judged.sum()),
        interval_s=course.dt_s,
        start_s=course.start_s,
        mu=mu,
        times=times_of(phases, course),
        control_points=_control_points(course),
        phases=phases,
        holds=holds_of(phases, course),
        dose_rate=dose_rate_plateaus(course),
        gantry_speed=gantry_plateaus(course),
        axes=axes,
        groups=group_errors(course, errors, axes),
        mlc=mlc_use(axes, phases),
    )


def _complete(mu: MuMetrics, *, ended: bool, by_state: bool) -> bool | None:
    if by_state:
        return ended
    return None if mu.planned is None else mu.expected >= mu.planned - ENOUGH_MU


def _control_points(course: Course) -> ControlPoints:
    return ControlPoints(
        index=tuple(course.points.tolist()),
        time_s=tuple(course.reached_s.tolist()),
        since_start_s=tuple((course.reached_s - course.start_s).tolist()),
        mu=tuple(course.mu_at_points.tolist()),
    )
