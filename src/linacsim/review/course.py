"""The course of a delivery along its control points: what of a recording is progress, and when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.findings import InputError, Place
from linacsim.model.time import TICK_NS
from linacsim.review.recording import Recording

WHOLE = 1e-4
"""A control point is reached when the column is this near: logs hold single precision."""
TRAVEL = {"deg": 0.5, "cm": 0.1}
"""Per second: what is slower wavers (gantry 0.33 deg/s by encoder steps) or creeps (carriages
0.012 cm/s; log-formats 6.1, 6.2)."""
LASTS_S = 0.06
"""A motion lasts at least this long; a single jump is a correction of the log."""
MOST_OVERRUN = 1.0
"""Control points by which the column may run on before a hold sets it back; more is no hold."""


@dataclass(frozen=True)
class Course:
    """Steps between the n rows of a recording, and when whole control points are reached."""

    recording: Recording

    def __post_init__(self) -> None:
        """Refuse what is not one delivery."""
        cp = self.recording.cp
        drop = np.maximum.accumulate(cp) - cp
        worst = int(np.argmax(drop))
        if drop[worst] > MOST_OVERRUN:
            raise InputError(
                f"the control point falls by {drop[worst]:.6g} at {worst * self.dt_s:.2f} s: "
                "this is not one delivery",
                Place(file=self.recording.name),
            )

    @property
    def dt_s(self) -> float:
        """Time from row to row."""
        return self.recording.interval_ns / 1e9

    @cached_property
    def s(self) -> Floats:
        """(n,) fractional control point that never falls.

        When the beam is held, expected runs on for a moment and is then set back to where the beam
        stopped (research/log-formats.md 6.4); what is set back does not count.
        """
        return np.minimum.accumulate(self.recording.cp[::-1])[::-1]

    @cached_property
    def steps(self) -> Bools:
        """(n - 1,) whether the delivery goes on from row i to row i + 1."""
        return np.diff(self.s) > 0

    @cached_property
    def going(self) -> Ints:
        """Indices of these steps."""
        return np.flatnonzero(self.steps)

    @property
    def first_step(self) -> int:
        """Index of the first step; the number of rows less one where nothing ever goes on."""
        return int(self.going[0]) if len(self.going) else len(self.s) - 1

    @property
    def start_s(self) -> float:
        """Start of the first step since the first row.

        The machine begins a tick before the first row that shows motion, at any interval
        (research/log-formats.md section 7, rule 8).
        """
        if not len(self.going):
            return (len(self.s) - 1) * self.dt_s
        tick_s = TICK_NS / 1e9
        return (self.first_step + 1) * self.dt_s - min(tick_s, self.dt_s)

    @cached_property
    def moves_standing(self) -> Bools:
        """(n - 1,) whether axes are expected to travel while the control point stands.

        So do carriages between two moves of the leaves, and all axes from field to field.
        """
        travels = self._travels(slice(0, None))
        return np.asarray(travels & ~self.steps)

    @cached_property
    def only_carriages(self) -> Bools:
        """(n - 1,) whether of these only the MLC moves, and its carriages with it."""
        carriages = self._travels(slice(Axis.CARRIAGE_A, Axis.CARRIAGE_B + 1))
        return np.asarray(self.moves_standing & carriages & ~self._travels(slice(0, N_SINGLE)))

    @cached_property
    def active(self) -> Bools:
        """(n - 1,) whether anything is meant to happen: the delivery goes on, or axes travel."""
        return np.asarray(self.steps | self.moves_standing)

    def _travels(self, columns: slice) -> Bools:
        """Return (n - 1,) steps within a motion that lasts, of any of these axes.

        Under beam hold logs show expected as actual, which wavers by encoder steps.
        """
        layout = self.recording.layout
        least = [TRAVEL[layout.unit(column)] for column in range(layout.n_axes)][columns]
        step = np.abs(np.diff(self.recording.expected[:, columns], axis=0))
        quick = np.any(np.nan_to_num(step) > np.array(least) * self.dt_s, axis=1)
        return lasting(np.asarray(quick), round(LASTS_S / self.dt_s))

    @cached_property
    def points(self) -> Ints:
        """(m,) whole control points from the first that is left to the last that is reached."""
        first = int(np.ceil(self.s[0] - WHOLE))
        last = int(np.floor(self.s[-1] + WHOLE))
        return np.arange(first, last + 1)

    @cached_property
    def reached_s(self) -> Floats:
        """(m,) when each of `points` is reached, since the first row.

        Before and after a control point the column runs at different speeds. So the crossing is
        where the line through the two rows before it meets it, and the line through the two rows
        after it: the mean where there are both, else between rows linearly.
        """
        at, last = self._row_of_point, len(self.s) - 1
        if not last:
            return np.zeros(len(self.points))
        left = at - 1 + self._rows_to(at - 1, at - 2)
        right = at + self._rows_to(at, at + 1)
        straight = at - 1 + self._rows_to(at - 1, at)
        rows = np.clip(_mean(left, right, _mean(straight, straight, at.astype(float))), at - 1, at)
        times = np.where(self.s[0] >= self.points - WHOLE, 0.0, rows * self.dt_s)
        if len(times) and abs(self.points[0] - self.s[0]) <= WHOLE:
            times[0] = self.start_s
        return times

    @cached_property
    def mu_at_points(self) -> Floats:
        """(m,) expected MU at each of `points`: within a segment MU are linear in s."""
        mu, at = self.recording.mu_expected, self._row_of_point
        straight = np.interp(self.points, self.s, mu)
        return _mean(self._mu_along(at - 1, at - 2), self._mu_along(at, at + 1), straight)

    @cached_property
    def _row_of_point(self) -> Ints:
        """(m,) first row at or behind each of `points`, and not the first of all."""
        rounding = 2 * float(np.finfo(np.float32).eps) * np.maximum(np.abs(self.points), 1)
        rows = np.searchsorted(self.s, self.points - rounding)
        return np.clip(rows, min(1, len(self.s) - 1), len(self.s) - 1)

    def _mu_along(self, near: Ints, far: Ints) -> Floats:
        mu, last = self.recording.mu_expected, len(self.s) - 1
        at_near, at_far = mu[np.clip(near, 0, last)], mu[np.clip(far, 0, last)]
        return at_near + self._rows_to(near, far) * (at_far - at_near) / (far - near)

    def _rows_to(self, near: Ints, far: Ints) -> Floats:
        """Return (m,) rows from `near` to where the line through `near` and `far` meets `points`.

        NaN where there is no such line: rows that do not exist, that stand still, or of which one
        lies beyond the neighbouring control point.
        """
        last = len(self.s) - 1
        exist = (near >= 0) & (far >= 0) & (near <= last) & (far <= last)
        s_near, s_far = self.s[np.clip(near, 0, last)], self.s[np.clip(far, 0, last)]
        slope = (s_far - s_near) / (far - near)
        usable = exist & (slope > 0) & (np.abs(s_far - self.points) <= 1 + WHOLE)
        return np.where(usable, (self.points - s_near) / np.where(usable, slope, 1.0), np.nan)

    def at_points(self, columns: Floats) -> Floats:
        """Return (m, k) values of (n, k) columns at each of `points`, between rows linearly."""
        where = np.clip(self.reached_s / self.dt_s, 0, len(self.s) - 1)
        row = np.minimum(where.astype(np.int64), max(len(self.s) - 2, 0))
        if len(self.s) < 2:
            return columns[row]
        share = (where - row)[:, None]
        return np.asarray((1 - share) * columns[row] + share * columns[row + 1])

    @cached_property
    def segment(self) -> Ints:
        """(n - 1,) index into `points` of the control point where the segment of a step begins.

        -1 for steps on the way to the first of `points`.
        """
        middle = 0.5 * (self.s[:-1] + self.s[1:])
        return np.searchsorted(self.points, middle, side="right") - 1

    @cached_property
    def dosed(self) -> Bools:
        """(n - 1,) whether the segment of a step has MU."""
        mu = np.concatenate([self.recording.mu_expected[:1], self.mu_at_points])
        mu = np.concatenate([mu, self.recording.mu_expected[-1:]])
        rises = np.diff(mu) > _least_mu(self.recording.mu_expected)
        return rises[self.segment + 1]


def _least_mu(mu: Floats) -> float:
    """Return the rise of MU that single precision cannot feign."""
    return 4 * float(np.finfo(np.float32).eps) * max(float(np.abs(mu).max()), 1.0)


def _mean(left: Floats, right: Floats, neither: Floats) -> Floats:
    """Return the mean of two estimates, or the one there is, or the third where there is none."""
    only = np.where(np.isnan(left), right, left)
    both = np.where(np.isnan(left) | np.isnan(right), only, 0.5 * (left + right))
    return np.where(np.isnan(both), neither, both)


def lasting(flags: Bools, least: int) -> Bools:
    """Return the flags with runs of fewer than `least` left out."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    out = np.zeros_like(flags)
    for start, stop in edges.reshape(-1, 2).tolist():
        out[start:stop] = stop - start >= least
    return out
