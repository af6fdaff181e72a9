"""What differs between two deliveries of a beam (docs/how-to/compare-deliveries.md)."""

from linacsim.machines.spec import MachineSpec
from linacsim.review.compare.alike import Unlike, aligned, check_beams, check_machines, notes_of
from linacsim.review.compare.dose import dose_differences
from linacsim.review.compare.grouping import grouped
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.positions import (
    Positions,
    extremes,
    position_differences,
    standing_couch_notes,
)
from linacsim.review.compare.records import Comparison, Difference, Extreme, Kind, PointTimes
from linacsim.review.compare.stops import stop_differences
from linacsim.review.compare.timing import point_times, timing_differences
from linacsim.review.compare.tolerances import Tolerances, default_text, load_tolerances
from linacsim.review.course import WHOLE, Course
from linacsim.review.recording import Recording, delivery_of

__all__ = [
    "Comparison",
    "Difference",
    "Extreme",
    "Kind",
    "PointTimes",
    "Tolerances",
    "Unlike",
    "compare",
    "default_text",
    "load_tolerances",
    "side_by_side",
]


def compare(
    a: Recording,
    b: Recording,
    tolerances: Tolerances | None = None,
    machine: MachineSpec | None = None,
) -> Comparison:
    """Return what differs in B from the reference A, by control point.

    Either may be a plan, a log or a run. A machine helps to tell which of several limits was
    another one. Raises `Unlike`, an InputError, where the two are no deliveries of the same beam
    on the same kind of machine.
    """
    allowed = tolerances or load_tolerances()
    pair, by_mu = side_by_side(a, b)
    positions = Positions.of(pair, allowed)
    elsewhere = position_differences(positions, allowed)
    check_beams(pair, positions, elsewhere)
    differences = (
        *dose_differences(pair, allowed),
        *stop_differences(pair, allowed),
        *timing_differences(pair, allowed, machine),
        *grouped(elsewhere),
    )
    return Comparison(
        a=a.name,
        b=b.name,
        differences=differences,
        notes=(*notes_of(pair, by_mu=by_mu), *standing_couch_notes(positions, allowed)),
        compared_from_cp=float(pair.grid[0]),
        compared_to_cp=float(pair.grid[-1]),
        mu_a=float(pair.a.recording.mu_actual[-1]),
        mu_b=float(pair.b.recording.mu_actual[-1]),
        wall_a_s=_wall_s(pair.a),
        wall_b_s=_wall_s(pair.b),
        control_points=point_times(pair),
        extremes=extremes(positions, allowed),
        tolerances=dict(allowed.values),
    )


def side_by_side(a: Recording, b: Recording) -> tuple[Pair, bool]:
    """Return both on a common grid, and whether B's control points had to be numbered anew.

    Raises `Unlike` as `compare` does.
    """
    a, b = delivery_of(a), delivery_of(b)
    check_machines(a, b)
    reference = Course(a)
    compared, by_mu = aligned(reference, Course(b))
    return Pair(reference, compared), by_mu


def _wall_s(course: Course) -> float:
    """Return the time from the start of the first step to the end of the last."""
    if len(course.points) and abs(course.s[-1] - course.points[-1]) <= WHOLE:
        return float(course.reached_s[-1]) - course.start_s
    return (int(course.going[-1]) + 1) * course.dt_s - course.start_s
