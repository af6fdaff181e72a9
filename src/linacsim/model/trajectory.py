"""A trajectory: the beam's MU and positions as functions of time, decided before beam-on.

A trajectory is a row of legs, each from standstill to standstill. On a `PathLeg` the path
parameter s (control-point index plus fraction) moves and everything else follows s; on a
`FreeLeg` each axis runs on its own (unsynchronized MLC motion-only segments, Go To). Legs are
evaluated here, so that control can follow what planning made without either knowing the other.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints, readonly
from linacsim.model.legs import FreeLeg, Leg, LegKind, Path, PathLeg
from linacsim.model.time import NS_PER_S, TICK_NS

__all__ = ["FreeLeg", "Leg", "LegKind", "Path", "PathLeg", "Sample", "Trajectory"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is expected at n times."""

    leg: Ints
    """(n,)"""
    s: Floats
    """(n,) fractional control point."""
    mu: Floats
    """(n,) cumulative MU."""
    position: Floats
    """(n, n_axes)"""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Legs in their order; times in nanoseconds count from the start of the first."""

    legs: tuple[Leg, ...]
    """At least one; one of no duration where there is nothing to do."""
    leg_start_s: Floats
    """(n_legs,) start of each leg, a whole tick."""
    cp_time_s: Floats
    """(n_cp,) when each control point is reached; NaN for those before the start."""
    cp_departure_s: Floats
    """(n_cp,) when it is left: later than reached where the next leg starts later."""
    dynamic: Bools
    """(n_axes,) axes that ever move."""
    planned: Bools
    """(n_axes,) axes named in the beam, and carriages where it names leaves."""
    initial: Floats
    """(n_axes,) planned start, NaN for unnamed axes."""
    standing: Floats
    """(n_axes,) positions of the axes that never move: planned, else as held at planning."""
    final_mu: float
    energy: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for floats in (
            *(self.leg_start_s, self.cp_time_s, self.cp_departure_s),
            *(self.initial, self.standing),
        ):
            readonly(floats)
        readonly(self.dynamic)
        readonly(self.planned)

    @property
    def duration_s(self) -> float:
        """End of the last leg."""
        return float(self.leg_start_s[-1]) + self.legs[-1].duration_s

    @property
    def duration_ns(self) -> int:
        """End of the last leg, rounded up to whole ticks."""
        ticks = self.duration_s * NS_PER_S / TICK_NS
        return int(np.ceil(ticks - 1e-6)) * TICK_NS

    def sample(self, time_ns: Ints) -> Sample:
        """Return what is expected at each time; before the start and after the end it stands."""
        start_ns = np.rint(self.leg_start_s * NS_PER_S).astype(np.int64)
        leg = np.maximum(np.searchsorted(start_ns, time_ns, side="right") - 1, 0)
        since_s = np.maximum(time_ns - start_ns[leg], 0) / NS_PER_S
        since_s = np.where(time_ns >= self.duration_ns, self.legs[-1].duration_s, since_s)
        n = len(time_ns)
        position = np.empty((n, len(self.standing)))
        position[:] = self.standing
        first = int(leg[0]) if n else 0
        if (leg == first).all():
            s, mu, moving = self.legs[first].evaluate(since_s)
            position[:, self.legs[first].columns] = moving
            return Sample(leg, s, mu, position)
        s, mu = np.empty(n), np.empty(n)
        for index in np.unique(leg).tolist():
            rows = np.flatnonzero(leg == index)
            s[rows], mu[rows], moving = self.legs[index].evaluate(since_s[rows])
            position[rows[:, None], self.legs[index].columns] = moving
        return Sample(leg, s, mu, position)
