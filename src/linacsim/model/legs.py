"""Legs of a trajectory, each from standstill to standstill, and their evaluation in time.

All arrays are read-only. Evaluation is elementwise: what a row holds depends on its own time
only, and comes from the same operations however many rows are asked for.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from linacsim.model.arrays import Floats, Ints, readonly
from linacsim.model.mlc_move import MlcMove
from linacsim.model.pieces import Pieces


class LegKind(IntEnum):
    """What a leg does."""

    BEAM = 0
    """MU, with or without motion."""
    MOTION = 1
    """Synchronized motion without MU."""
    FREE = 2
    """Unsynchronized motion without MU: each axis on its own at its own limits."""
    CARRIAGE = 3
    """MLC carriages move while beam and all other motion wait; s stands still."""
    GO_TO = 4
    """Each axis on its own to a target; not part of a beam."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Positions and MU along the path parameter q of a leg; m straight pieces, d moving axes."""

    mu: Floats
    """(m + 1,) MU at the nodes q = 0, 1, ..., m."""
    position: Floats
    """(m + 1, d) positions there."""
    mu_step: Floats
    """(m,) MU of each piece."""
    position_step: Floats
    """(m, d) motion on each piece."""
    point_q: Floats
    """(p,) q of the leg's control points, never decreasing."""
    point_s: Floats
    """(p,) their s: fractional control point."""
    corner_s: Floats
    """(m - 1,) time in seconds at which each inner node is crossed."""
    blend_s: Floats
    """(m - 1, d) duration of each axis' blend round it."""
    longest_blend_s: Floats
    """(m - 1,) longest of them."""
    blend_accel: Floats
    """(m - 1, d) signed acceleration in the blend."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (
            *(self.mu, self.position, self.mu_step, self.position_step),
            *(self.point_q, self.point_s),
            *(self.corner_s, self.blend_s, self.longest_blend_s, self.blend_accel),
        ):
            readonly(array)

    def evaluate(self, time_s: Floats, q: Floats) -> tuple[Floats, Floats, Floats]:
        """Return s (n,), MU (n,) and positions (n, d)."""
        node = np.minimum(q.astype(np.int64), len(self.mu) - 2)
        u = q - node
        mu = self.mu[node] + u * self.mu_step[node]
        position = self.position_step[node]
        position *= u[:, None]
        position += self.position[node]
        self._blend(time_s, position)
        last = u == 1.0
        position[last] = self.position[node[last] + 1]
        s = _label(q, self.point_q, self.point_s)
        return s, np.where(last, self.mu[node + 1], mu), position

    def _blend(self, time_s: Floats, position: Floats) -> None:
        """Round the corners, in place: parabolas centred on the crossing times."""
        if len(self.corner_s) == 0:
            return
        half_s = 0.5 * self.longest_blend_s
        end, start = (self.corner_s + half_s)[:-1], (self.corner_s - half_s)[1:]
        corner = np.searchsorted(0.5 * (end + start), time_s)
        off_s = np.abs(time_s - self.corner_s[corner])
        rows = np.flatnonzero(off_s < half_s[corner])
        if len(rows) == 0:
            return
        inside = 0.5 * self.blend_s[corner[rows]] - off_s[rows, None]
        np.maximum(inside, 0.0, out=inside)
        inside *= inside
        inside *= 0.5 * self.blend_accel[corner[rows]]
        position[rows] += inside


@dataclass(frozen=True, slots=True, eq=False)
class PathLeg:
    """A leg on which s moves and everything else follows s."""

    kind: LegKind
    s_from: float
    s_to: float
    duration_s: float
    columns: Ints
    """(d,) columns of the axes that move somewhere in the trajectory."""
    path: Path
    pieces: Pieces

    def evaluate(self, time_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Return s (n,), MU (n,) and positions (n, d) at times (n,) since the leg's start."""
        q = self.pieces.at(time_s, len(self.path.mu) - 1, self.duration_s)
        return self.path.evaluate(time_s, q)


@dataclass(frozen=True, slots=True, eq=False)
class FreeLeg:
    """A leg on which each axis runs its own trapezoid; d axes.

    Where carriages move as well, leaves and carriages go together (`mlc`), the others alone.
    """

    kind: LegKind
    s_from: float
    s_to: float
    duration_s: float
    columns: Ints
    """(d,) columns of the axes that move somewhere in the trajectory."""
    mu: float
    point_share: Floats
    """(p,) share of the way at which the leg's control points lie, from 0 to 1."""
    point_s: Floats
    """(p,) their s: fractional control point."""
    start: Floats
    """(d,) positions at the start."""
    way: Floats
    """(d,) signed way."""
    knot_s: Floats
    """(5, d) times, the first 0, between which the speed of each axis changes evenly."""
    knot_speed: Floats
    """(5, d) speeds there, at least 0; the first and the last are 0."""
    mlc: MlcMove | None = None
    """Its members stand still in `way`."""

    @property
    def mlc_is_last(self) -> bool:
        """Whether leaves and carriages take as long as the slowest of the other axes."""
        if self.mlc is None:
            return False
        return self.mlc.duration_s >= float(self.knot_s[-1].max(initial=0.0))

    def top_speed(self) -> Floats:
        """Return (d,) the highest speed of each axis, signed."""
        top: Floats = np.copysign(self.knot_speed.max(axis=0), self.way)
        if self.mlc is not None:
            top[self.mlc.member] = self.mlc.top_speed()
        return top

    def evaluate(self, time_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Return s (n,), MU (n,) and positions (n, d) at times (n,) since the leg's start.

        s is where the slowest axis, or the MLC if it is slower, is between control points.
        """
        position = np.empty((len(time_s), len(self.way)))
        position[:] = self.start + self.way
        share = np.ones(len(time_s))
        going = np.flatnonzero(self.knot_s[-1] > time_s.min(initial=np.inf))
        if len(going):
            position[:, going], share = self._run(time_s[:, None], going)
        if self.mlc is not None:
            mlc_share, position[:, self.mlc.member] = self.mlc.evaluate(time_s)
            share = mlc_share if self.mlc_is_last else share
        share = np.where(time_s >= self.duration_s, 1.0, share)
        s = _label(share, self.point_share, self.point_s)
        return s, np.full(len(time_s), self.mu), position

    def _run(self, t: Floats, going: Ints) -> tuple[Floats, Floats]:
        """Return positions (n, g) of the axes `going` (g,), and the share (n,) of the slowest.

        `going` are those that are not yet at their ends at some of the times (n, 1).
        """
        knot_s, way = self.knot_s[:, going], self.way[going]
        done = _run_on(t, knot_s, self.knot_speed[:, going])
        slowest = int(np.argmax(knot_s[-1]))
        share = np.minimum(done[:, slowest] / np.abs(way[slowest]), 1.0)
        np.minimum(done, np.abs(way), out=done)
        position = self.start[going] + np.copysign(done, way)
        np.copyto(position, self.start[going] + way, where=t >= knot_s[-1])
        return position, share


def _run_on(t: Floats, knot_s: Floats, knot_speed: Floats) -> Floats:
    """Return (n, d) how far axes have run at times (n, 1), before rounding at their ends."""
    shape = (len(t), knot_s.shape[1])
    done, since, speed = np.zeros(shape), np.empty(shape), np.empty(shape)
    for k, length in enumerate(np.diff(knot_s, axis=0)):
        if not length.any():
            continue
        gain = knot_speed[k + 1] - knot_speed[k]
        half_accel = 0.5 * (gain / np.where(length > 0, length, 1.0))
        np.subtract(t, knot_s[k], out=since)
        np.maximum(since, 0.0, out=since)
        np.minimum(since, length, out=since)
        np.multiply(half_accel, since, out=speed)
        speed += knot_speed[k]
        speed *= since
        done += speed
    return done


def _label(q: Floats, point_q: Floats, point_s: Floats) -> Floats:
    """Return s (n,) at q (n,), linear between points; where points coincide, that of the last."""
    right = np.searchsorted(point_q, q, side="right")
    right = np.minimum(np.maximum(right, 1), len(point_q) - 1)
    before, after = point_q[right - 1], point_q[right]
    step = point_s[right] - point_s[right - 1]
    way = np.where(after > before, after - before, 1.0)
    share = np.minimum(np.maximum((q - before) / way, 0.0), 1.0)
    done = np.where(after > before, share, 1.0) >= 1.0
    return np.where(done, point_s[right], point_s[right - 1] + share * step)


Leg = PathLeg | FreeLeg
