"""Where the MLC carriages stand, and where a sequence of shapes needs more than one place (TB-14).

Measured rule (docs/explanation/time-law.md): a carriage stands where its most retracted leaf is,
allowing for the rounded leaf end; if both carriages together are then too close, both go out by
the same way. They stay there as long as the shapes allow. Where they do not, carriages move
within unsynchronized motion without MU, at no extra leg, if there is any; else beam and motion
rest for them. Each field of a sequence has its own place.
"""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints, readonly
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.mlc_move import body_at

_ROUNDING_CM = 1e-6
_FIRST_LOOK = 64
"""Points looked at to find how far one place serves; four times as many each time they all fit."""


@dataclass(frozen=True, slots=True)
class Carriages:
    """Carriage positions of g groups of control points."""

    first: Ints
    """(g,) control point at which each group begins; the first is 0. A group that begins amid
    synchronized segments shares its first point with the group before."""
    position: Floats
    """(g, 2) carriage A, carriage B."""
    start: Floats
    """(2,) where they stand at the start."""
    too_wide: Ints
    """Points whose shape needs more than the leaf span; empty where all is well."""
    impossible: Ints
    """Synchronized segments whose two shapes need more than the leaf span, likewise."""

    @property
    def move(self) -> bool:
        """Whether they ever move."""
        return bool((self.position != self.start).any())

    def at(self, point: int) -> Floats:
        """Return (2,) where they stand from a control point on."""
        return np.asarray(self.position[np.searchsorted(self.first, point, side="right") - 1])

    def left_from(self, k: int, share: float, free: bool, given: Floats) -> "Carriages":
        """Return what is left from within segment `k` on, whose first point becomes point 0.

        `given` (2,) is where they are now; where NaN, they stand, or are as far on their way as
        `share` says if the segment is `free`.
        """
        now = self.at(k)
        if free and share > 0:
            now = now + share * (self.at(k + 1) - now)
        now = np.where(np.isnan(given) | (np.abs(given - now) < _ROUNDING_CM), now, given)
        group = int(np.searchsorted(self.first, k, side="right")) - 1
        return replace(
            self,
            first=readonly(np.maximum(self.first[group:] - k, 0)),
            position=self.position[group:],
            start=readonly(now),
        )


def place_carriages(
    leaves: Floats,
    machine: MachineSpec,
    open_up_cm: float = 0.0,
    free: Bools | None = None,
    fresh: Bools | None = None,
) -> Carriages:
    """Return the carriages for leaf positions (n, 2 * pairs), with the fewest rests of the beam.

    Carriages may move in `free` (n - 1,) segments and in those that are also `fresh` they take
    a place of their own for what follows; `open_up_cm` holds them back from the shapes.
    """
    bank = leaves.reshape(len(leaves), 2, -1)
    high, low = bank.max(axis=2), bank.min(axis=2)
    span = machine.mlc.leaf_span_cm + _ROUNDING_CM
    none = np.zeros(len(leaves) - 1, dtype=bool)
    free = none if free is None else free
    fresh = none if fresh is None else fresh & free
    too_wide = np.flatnonzero((high - low > span).any(axis=1))
    groups, impossible = _groups(high, low, span, free, fresh)
    position = [
        _stand(machine, high[a:b].max(axis=0), low[a:b].min(axis=0), open_up_cm) for a, b in groups
    ]
    first = np.array([a for a, _ in groups], dtype=np.int64)
    stand = readonly(np.array(position))
    return Carriages(
        readonly(first),
        stand,
        stand[0],
        readonly(too_wide),
        readonly(np.array(impossible if len(too_wide) == 0 else [], dtype=np.int64)),
    )


def _groups(
    high: Floats, low: Floats, span: float, free: Bools, fresh: Bools
) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the points [a, b) that each place serves, and the segments that none serves.

    Whoever goes on as long as one place serves rests least often; where it ends amid
    synchronized segments that a free one leads to, the new place is taken there instead.
    """
    n = len(high)
    groups, impossible = [], []
    ends = np.append(np.flatnonzero(fresh) + 1, n)
    gates = np.flatnonzero(free) + 1
    start = 0
    while True:
        limit = int(ends[np.searchsorted(ends, start, side="right")])
        end = _reach(high[start:limit], low[start:limit], span) + start
        if end >= n or free[end - 1]:
            begin = end
        else:
            gate = np.searchsorted(gates, end - 1, side="right") - 1
            begin = int(gates[gate]) if gate >= 0 else 0
            if begin > start:
                end = begin
            elif end - 1 > start:
                begin = end - 1
            else:
                impossible.append(end - 1)
                begin = end
        groups.append((start, end))
        if end >= n:
            return groups, impossible
        start = begin


def _reach(high: Floats, low: Floats, span: float) -> int:
    """Return how many points from the first on one place serves; at least 1."""
    look = _FIRST_LOOK
    while True:
        top = np.maximum.accumulate(high[:look], axis=0)
        bottom = np.minimum.accumulate(low[:look], axis=0)
        wide = np.flatnonzero((top - bottom > span).any(axis=1))
        if len(wide):
            return max(int(wide[0]), 1)
        if look >= len(high):
            return len(high)
        look *= 4


def _stand(machine: MachineSpec, high: Floats, low: Floats, open_up_cm: float) -> Floats:
    """Return (2,) positions for the most retracted and most extended leaf of each bank.

    No carriage stands where its most extended leaf is out of reach, or beyond its own range.
    """
    mlc, axes = machine.mlc, machine.axes
    reach = mlc.leaf_span_cm + axes.tolerance[FIRST_LEAF]
    most = np.minimum(low + reach, axes.upper[Axis.CARRIAGE_A])
    tight = np.minimum(body_at(high, mlc.tip_bulge_cm) + open_up_cm, most)
    for share in (0.5, 1.0):
        apart = max(0.0, mlc.least_carriage_sum_cm - float(tight.sum()))
        tight = np.minimum(tight + share * apart, most)
    return np.asarray(np.maximum(tight, axes.lower[Axis.CARRIAGE_A]))
