"""Two deliveries side by side: their rows at the same control points."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.review.course import WHOLE, Course
from linacsim.review.metrics import Phase, PhaseKind
from linacsim.review.metrics.phases import phases_of

GRID_S = 0.02
"""Points along a segment lie about this far apart in A's time, at least `LEAST_POINTS` of them."""
LEAST_POINTS = 4
STOPS = (PhaseKind.HOLD, PhaseKind.INTERRUPT)


@dataclass(frozen=True)
class Pair:
    """A and B on a common grid of g fractional control points.

    Neither holds nor lead-in, sampling or truncation change it.
    """

    a: Course
    b: Course

    @cached_property
    def points(self) -> Ints:
        """(m,) whole control points that both reach."""
        return np.intersect1d(self.a.points, self.b.points)

    @cached_property
    def grid(self) -> Floats:
        """(g,) fractional control points that both pass, none of them whole."""
        low = max(self.a.s[0], self.b.s[0])
        high = min(self.a.s[-1], self.b.s[-1])
        if high - low <= WHOLE:
            return np.zeros(0)
        edges = np.unique(np.concatenate([[low], self.a.points, self.b.points, [high]]))
        edges = edges[(edges >= low) & (edges <= high)]
        times = _times(self.a, edges)
        cells = [
            low + (np.arange(count) + 0.5) * (high - low) / count
            for low, high, count in zip(
                edges[:-1].tolist(), edges[1:].tolist(), _counts(times).tolist(), strict=True
            )
            if high - low > WHOLE
        ]
        return np.concatenate(cells) if cells else np.zeros(0)

    def columns(self, name: str) -> tuple[Floats, Floats]:
        """Return a column of both recordings, (g,) or (g, k), at the grid."""
        return (
            self.a_rows.take(getattr(self.a.recording, name)),
            self.b_rows.take(getattr(self.b.recording, name)),
        )

    @cached_property
    def a_rows(self) -> "Rows":
        """Where A passes the grid."""
        return Rows.of(self.a, self.grid)

    @cached_property
    def b_rows(self) -> "Rows":
        """Where B passes the grid."""
        return Rows.of(self.b, self.grid)

    @cached_property
    def b_time_s(self) -> Floats:
        """(g,) when B passes the grid, since its first row."""
        return self.b_rows.take(self.b.recording.time_s)

    @cached_property
    def a_cells_s(self) -> Floats:
        """(g - 1,) time of A from each place of the grid to the next, without stops."""
        return _cells(self.a, self.a_rows, self.a_stops, self.grid)

    @cached_property
    def b_cells_s(self) -> Floats:
        """(g - 1,) the same of B."""
        return _cells(self.b, self.b_rows, self.b_stops, self.grid)

    @cached_property
    def cell_segment(self) -> Ints:
        """(g - 1,) index into `points` of the control point before the middle of each cell."""
        middle = 0.5 * (self.grid[:-1] + self.grid[1:])
        found = np.searchsorted(self.points, middle, side="right") - 1
        return np.clip(found, 0, max(len(self.points) - 2, 0))

    @cached_property
    def a_stops(self) -> tuple[Phase, ...]:
        """Holds and interruptions of A."""
        return stops(self.a)

    @cached_property
    def b_stops(self) -> tuple[Phase, ...]:
        """Holds and interruptions of B."""
        return stops(self.b)

    @cached_property
    def a_spent_s(self) -> Floats:
        """(m - 1,) time of A from each of `points` to the next, without stops."""
        return _spent(self.a, self.a_stops, self.points)

    @cached_property
    def b_spent_s(self) -> Floats:
        """(m - 1,) the same of B."""
        return _spent(self.b, self.b_stops, self.points)


@dataclass(frozen=True, slots=True)
class Rows:
    """g places between neighbouring rows of a recording."""

    before: Ints
    """(g,) row before each place: the last one, where several stand at the same control point."""
    share: Floats
    """(g,) how far from there to the next row."""

    @classmethod
    def of(cls, course: Course, grid: Floats) -> "Rows":
        """Return where a course passes the grid."""
        after = np.clip(np.searchsorted(course.s, grid), 1, max(len(course.s) - 1, 1))
        low, high = course.s[after - 1], course.s[np.minimum(after, len(course.s) - 1)]
        rise = np.where(high > low, high - low, 1.0)
        return cls(after - 1, (grid - low) / rise)

    def take(self, values: Floats) -> Floats:
        """Return (n,) or (n, k) values at these places, between rows linearly."""
        share = self.share if values.ndim == 1 else self.share[:, None]
        return np.asarray((1 - share) * values[self.before] + share * values[self.before + 1])


def stops(course: Course) -> tuple[Phase, ...]:
    """Return the holds and interruptions of a delivery between its first step and its last.

    A log does not tell those before from the rest of the lead-in, nor those after from the tail.
    """
    if not len(course.going):
        return ()
    first_s, last_s = course.going[0] * course.dt_s, course.going[-1] * course.dt_s
    return tuple(
        phase
        for phase in phases_of(course)
        if phase.kind in STOPS and first_s < phase.start_s < last_s
    )


def near_stops(course: Course, points: Ints, phases: tuple[Phase, ...], after_s: float) -> Bools:
    """Return (m - 1,) segments between points that a stop, or `after_s` behind it, touches."""
    reached = _reached(course, points)
    out = np.zeros(max(len(points) - 1, 0), dtype=np.bool_)
    for phase in phases:
        end = phase.start_s + phase.length_s + after_s
        out |= (reached[1:] > phase.start_s - 2 * course.dt_s) & (reached[:-1] < end)
    return out


def stops_in(points: Ints, phases: tuple[Phase, ...]) -> Ints:
    """Return (m - 1,) how many stops begin between each of the points and the next."""
    begin = np.array([phase.from_cp for phase in phases]) + WHOLE
    segment = np.searchsorted(points, begin, side="right") - 1
    inside = segment[(segment >= 0) & (segment < len(points) - 1)]
    return np.bincount(inside, minlength=max(len(points) - 1, 0))


def _spent(course: Course, phases: tuple[Phase, ...], points: Ints) -> Floats:
    spent = np.diff(_reached(course, points))
    for phase in phases:
        segment = int(np.searchsorted(points, phase.from_cp + WHOLE, side="right")) - 1
        if 0 <= segment < len(spent):
            spent[segment] -= phase.length_s
    return spent


def _cells(course: Course, rows: "Rows", phases: tuple[Phase, ...], grid: Floats) -> Floats:
    spent = np.diff(rows.take(course.recording.time_s))
    for phase in phases:
        cell = int(np.searchsorted(grid, phase.from_cp, side="right")) - 1
        if 0 <= cell < len(spent):
            spent[cell] -= phase.length_s
    return spent


def _reached(course: Course, points: Ints) -> Floats:
    return course.reached_s[np.searchsorted(course.points, points)]


def _times(course: Course, s: Floats) -> Floats:
    return Rows.of(course, s).take(course.recording.time_s)


def _counts(times: Floats) -> Ints:
    return np.maximum(np.rint(np.diff(times) / GRID_S), LEAST_POINTS).astype(np.int64)
