"""The straight segments between control points, and how far a corner may be missed.

Between control points MU and positions are linear in the fractional control point. At an inner
control point each axis is blended by a parabola of its own acceleration and so misses the corner
by dv^2/(8 a) (log-formats 7, rule 3). How fast the axis really runs on either side is the
planner's affair; the eye takes the greatest speed the limits allow, and so a safe bound.
"""

import numpy as np

from linacsim.invariants.measures import touching
from linacsim.invariants.points import Points
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import FIRST_LEAF

_STRAIGHT = 1e-6
"""Change of speed, as a share of the limits, up to which a line goes straight on."""


class Line:
    """Segments of one beam."""

    def __init__(self, machine: MachineSpec, points: Points, max_speed: Floats) -> None:
        """Prepare tables by segment and by control point."""
        self.columns = points.moving()
        moves = np.zeros(machine.layout.n_axes, dtype=bool)
        moves[self.columns] = True
        self._view = touching(moves, 0)
        self._mu = points.mu
        self._mu_step = np.diff(points.mu)
        self._from = points.positions[:, self.columns]
        self._step = np.diff(self._from, axis=0)
        self.rate = rate_ceiling(machine, points)
        speeds = max_speed[self.columns]
        self.miss = corner_miss(
            self._step,
            self._mu_step,
            speeds,
            machine.axes.max_accel[self.columns],
            float(self.rate.max(initial=0.0)),
        )
        self._clock, (self._before, self._after) = corners(
            self._step, self._mu_step, speeds, self.rate
        )
        moves_leaves = (self._step[:, self.columns >= FIRST_LEAF] != 0).any(axis=1)
        self._free = (self._mu_step == 0) & moves_leaves

    @property
    def last(self) -> int:
        """Index of the last control point."""
        return len(self._mu) - 1

    def segment(self, cp: Floats) -> Ints:
        """Return (n,) index of the segment that holds each fractional control point."""
        return np.clip(cp.astype(np.int64), 0, self.last - 1)

    def mu(self, cp: Floats) -> Floats:
        """Return (n,) MU on the line."""
        k = self.segment(cp)
        return self._mu[k] + (cp - k) * self._mu_step[k]

    def free(self, segment: Ints) -> Bools:
        """Return (n,) whether the segment may run unsynchronized.

        Motion-only segments that move the MLC do (manual, "Limitations").
        """
        return np.asarray(self._free[segment])

    def of_columns(self, positions: Floats) -> Floats:
        """Return the (n, m) columns that the beam moves."""
        return positions[:, self._view]

    def deviation(self, cp: Floats, positions: Floats) -> Floats:
        """Return (n, m) signed distance from the line of the (n, m) positions of `columns`."""
        k = self.segment(cp)
        out = np.take(self._step, k, axis=0)
        out *= (k - cp)[:, None]
        out -= np.take(self._from, k, axis=0)
        out += positions
        return out

    def allowed(self, cp: Floats) -> Floats:
        """Return (n, m) how far a blend may leave the line near the nearest corner, by time.

        Segments that go straight on are one line, and a blend may reach over the points in it.
        """
        k = self.segment(cp)
        at = self._clock[k] + (cp - k) * (self._clock[k + 1] - self._clock[k])
        before, after = self._before[k], self._after[k]
        nearer = np.where(at - self._clock[before] < self._clock[after] - at, before, after)
        return np.asarray(self.miss[nearer])


def rate_ceiling(machine: MachineSpec, points: Points) -> Floats:
    """Return (n - 1,) highest dose rate allowed in each segment, MU/s."""
    energy = machine.energies.get(points.energy)
    ceiling = np.full(len(points.mu) - 1, energy.max_dose_rate_mu_per_min if energy else np.inf)
    if points.dose_rate is not None:
        ceiling = np.fmin(ceiling, points.dose_rate[:-1])
    return ceiling / 60.0


def corners(
    step: Floats, mu_step: Floats, max_speed: Floats, rate: Floats
) -> tuple[Floats, tuple[Ints, Ints]]:
    """Return (n,) nominal times of control points, and the corners (n - 1,) about each segment.

    A point is no corner where everything goes on at the same speed, or where nothing changes.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(step != 0, np.abs(step) / max_speed, 0.0)
        time = np.maximum(
            needed.max(axis=1, initial=0.0), np.nan_to_num(mu_step / rate, posinf=0.0)
        )
        speed = np.nan_to_num(np.column_stack([mu_step / time, step / time[:, None]]))
    busy = np.flatnonzero(time > 0)
    scale = np.append(np.max(rate, initial=0.0), max_speed)
    same = (np.abs(np.diff(speed[busy], axis=0)) <= _STRAIGHT * scale).all(axis=1)
    corner = np.zeros(len(step) + 1, dtype=bool)
    corner[busy[1:]] = ~(same & (np.diff(rate[busy]) == 0))
    corner[[0, -1]] = True
    index = np.arange(len(corner))
    before = np.maximum.accumulate(np.where(corner, index, 0))[:-1]
    after = np.minimum.accumulate(np.where(corner, index, len(step))[::-1])[::-1][1:]
    return np.concatenate([[0.0], np.cumsum(time)]), (before, after)


def corner_miss(
    step: Floats, mu_step: Floats, max_speed: Floats, max_accel: Floats, max_rate: float
) -> Floats:
    """Return (n, m) greatest miss dv^2/(8 a) at each of n control points.

    `step` (n - 1, m) and `mu_step` (n - 1,) are the segments. Nothing is missed at either end,
    nor beside a segment without MU, where everything comes to a stop.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        slowest = np.nanmin(
            np.where(step != 0, max_speed / np.abs(step), np.inf), axis=1, initial=np.inf
        )
        by_dose = np.where(mu_step > 0, max_rate / mu_step, np.inf)
    path_speed = np.minimum(slowest, by_dose)
    busy = np.flatnonzero(np.isfinite(path_speed))
    speed = step[busy] * path_speed[busy, None]
    before, after = speed[:-1], speed[1:]
    turning = before * after < 0
    change = np.where(turning, np.abs(before - after), np.maximum(np.abs(before), np.abs(after)))
    stops = (mu_step[busy[:-1]] == 0) | (mu_step[busy[1:]] == 0)
    change[stops] = 0.0
    miss = np.zeros((len(step) + 1, step.shape[1]))
    if len(busy) > 1:
        # Points that repeat the one before share its corner.
        corner = np.searchsorted(busy, np.arange(busy[0] + 1, busy[-1] + 1)) - 1
        miss[busy[0] + 1 : busy[-1] + 1] = (change**2 / (8.0 * max_accel))[corner]
    return np.nan_to_num(miss)
