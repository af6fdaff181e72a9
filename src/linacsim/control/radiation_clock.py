"""Radiation time per sub-beam against its limit (manual, Appendix A, SubBeamType, MaxRadTime).

The limit of a sub-beam is the smaller of its MaxRadTime and the nominal time with a margin.
The clock the operator sees counts beam-on ticks only (manual, "The Time Element").
"""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.beam import Beam
from linacsim.model.time import TICK_NS, seconds, to_ns
from linacsim.model.trajectory import Trajectory


class RadiationClock:
    """Counts beam-on ticks of each sub-beam."""

    def __init__(self, machine: MachineSpec, beam: Beam, trajectory: Trajectory) -> None:
        """Take nominal times from the trajectory planned for the whole beam."""
        subs = beam.control_points.sub_beam
        starts = sorted(subs) or [0]
        self._starts = np.array(starts, dtype=float)
        nominal = _nominal_s(self._starts, beam, trajectory)
        rules = machine.planning
        limits = nominal * rules.rad_time_margin + rules.rad_time_margin_s
        stated = [subs[k].max_rad_time_s if k in subs else None for k in starts]
        self._limit_s = np.array(
            [
                limit if own is None else min(limit, own)
                for limit, own in zip(limits, stated, strict=True)
            ]
        )
        self._limit_ticks = _in_ticks(self._limit_s)
        self._ticks = np.zeros(len(starts), dtype=np.int64)

    @property
    def total_ns(self) -> int:
        """Beam-on time of all sub-beams."""
        return int(self._ticks.sum()) * TICK_NS

    def horizon(self, s: float) -> int:
        """Return how many beam-on ticks may certainly run before some limit is reached."""
        current = self._index(s)
        left = self._limit_ticks - self._ticks
        return max(1, int(left[current:].min()))

    def count(self, cp: Floats) -> None:
        """Count beam-on ticks at fractional control points `cp` (n,)."""
        index = np.searchsorted(self._starts, cp, side="right") - 1
        self._ticks += np.bincount(np.maximum(index, 0), minlength=len(self._ticks))

    def allow(self, more_s: float) -> None:
        """Let every sub-beam take that much longer."""
        self._limit_s = self._limit_s + more_s
        self._limit_ticks = _in_ticks(self._limit_s)

    def over(self) -> str:
        """Return what people are told once a limit is reached; empty before."""
        over = np.flatnonzero(self._ticks >= self._limit_ticks)
        if not len(over):
            return ""
        k = int(over[0])
        done = seconds(int(self._ticks[k]) * TICK_NS)
        return f"{done:.2f} s in sub-beam {k}, limit {self._limit_s[k]:.2f} s"

    def _index(self, s: float) -> int:
        return max(0, int(np.searchsorted(self._starts, s, side="right")) - 1)


def _in_ticks(times_s: Floats) -> Ints:
    return np.array([to_ns(time_s) // TICK_NS for time_s in times_s.tolist()], dtype=np.int64)


def _nominal_s(starts: Floats, beam: Beam, trajectory: Trajectory) -> Floats:
    """Return the planned beam-on time of each sub-beam."""
    time = trajectory.cp_time_s[1:] - trajectory.cp_departure_s[:-1]
    rising = np.diff(beam.resolved_mu()) > 0
    owner = np.searchsorted(starts, np.arange(len(time)), side="right") - 1
    weights = time * rising
    return np.asarray(np.bincount(np.maximum(owner, 0), weights, len(starts)), dtype=np.float64)
