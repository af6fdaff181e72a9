"""Puts the legs of a field one after the other, with all that happens between its segments."""

from dataclasses import dataclass, field

import numpy as np

from linacsim.machines.spec import FieldRules, MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.elekta import LinacState, Phase
from linacsim.model.legs import FreeLeg, Leg, LegKind, PathLeg
from linacsim.model.time import to_ns
from linacsim.planning.building import TICK_S, each_alone, free_leg, path_leg, point_times
from linacsim.planning.limits import Limits
from linacsim.planning.mlc_moves import CARRIAGES, move_mlc
from linacsim.planning.stretches import Segments, Stretch, cut, measure


@dataclass(frozen=True, slots=True)
class FieldPoints:
    """Control points from the start on: n + 1 points."""

    s: Floats
    """(n + 1,) fractional control point."""
    mu: Floats
    """(n + 1,)"""
    position: Floats
    """(n + 1, n_axes), leaf guides among them."""
    wedge_in: Bools
    """(n,)"""
    energy: tuple[str, ...]
    """(n,)"""
    rate: Floats
    """(n,) dose rate in MU/min."""


@dataclass(slots=True)
class FieldSequencer:
    """Keeps the clock while legs are added."""

    points: FieldPoints
    limits: Limits
    machine: MachineSpec
    warm: bool
    """Whether radiation is on already: the field goes on after a pause."""
    columns: Ints = field(init=False)
    """(d,) columns of the axes that move."""
    segments: Segments = field(init=False)
    legs: list[Leg] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    done: list[tuple[Stretch, Leg]] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    reach_s: Floats = field(init=False)
    """(n + 1,) when each point is reached."""
    leave_s: Floats = field(init=False)
    """(n + 1,) when it is left."""
    _now_s: float = 0.0

    def __post_init__(self) -> None:
        """Measure the segments."""
        points = self.points
        with np.errstate(invalid="ignore"):
            moves = (points.position != points.position[:1]).any(axis=0)
        self.columns = np.flatnonzero(moves & ~np.isnan(points.position[0]))
        position = points.position[:, self.columns]
        self.segments = measure(points.mu, position, self.columns, self._in_room())
        self.reach_s = np.zeros(len(points.s))
        self.leave_s = np.zeros(len(points.s))

    def build(self) -> None:
        """Add a leg for every stretch and the phases that go with them."""
        gap: list[Stretch] = []
        for stretch in cut(self.segments, self._free(), self._split()):
            if stretch.kind is not LegKind.BEAM:
                gap.append(stretch)
                continue
            self._open(stretch, gap)
            gap = []
        self._close(gap)
        if not self.legs:
            self._add(self._rest_leg(), None)
        self.leave_s[-1] = self.reach_s[-1]

    # What happens without dose -------------------------------------------------------------

    def _open(self, stretch: Stretch, gap: list[Stretch]) -> None:
        """Add the way to a segment with dose, and the segment.

        Radiation is on as soon as everything else is ready; the dose comes some time after, and
        axes may still be on their way until then.
        """
        begin_s, k = self._after_dose(), self._first_lit(stretch)
        ready_s = begin_s + (0.0 if self.warm and not self.legs else self._overhead_s(k))
        moved_s = self._move(gap)
        energy = self.machine.energies[self.points.energy[k]]
        late_s = 0.0 if self.warm and not self.legs else energy.beam_on_at(self.points.rate[k])
        on_s = max(ready_s, _tick_at_or_after(moved_s - late_s))
        self._tell(LinacState.INTERSEGMENT, begin_s, ready_s, k)
        self._tell(LinacState.MOVE_ONLY, ready_s, on_s, k)
        self._now_s = max(on_s + late_s, moved_s)
        rules = self.machine.planning
        leg = path_leg(self.segments, stretch, self.points.s, self.columns, rules)
        self._add(leg, stretch)
        self._tell(LinacState.RADIATION_ON, on_s, self._now_s, k)
        self._now_s = _tick_at_or_after(self._now_s)

    def _close(self, gap: list[Stretch]) -> None:
        """Add moves after the last dose."""
        if gap:
            begin_s, k = self._after_dose(), gap[0].first
            ready_s = begin_s + self._rules.intersegment_s
            end_s = self._move(gap)
            self._tell(LinacState.INTERSEGMENT, begin_s, min(ready_s, end_s), k)
            self._tell(LinacState.MOVE_ONLY, ready_s, end_s, k)

    def _after_dose(self) -> float:
        """Stay in radiation on for a moment after a segment; return when that is over."""
        if self.legs:
            self._now_s = _tick_at_or_after(self._now_s + self._rules.dose_end_s)
        return self._now_s

    def _move(self, gap: list[Stretch]) -> float:
        """Add the legs of moves; return when the last ends."""
        for stretch in gap:
            if stretch.kind is LegKind.FREE:
                self._add(self._free_leg(stretch), stretch)
            else:
                rules = self.machine.planning
                leg = path_leg(self.segments, stretch, self.points.s, self.columns, rules)
                self._add(leg, stretch)
        return self._now_s

    def _first_lit(self, stretch: Stretch) -> int:
        """Return the first segment with dose; those before it in the stretch change nothing, but
        may name another wedge or energy."""
        lit = np.diff(self.points.mu[stretch.first : stretch.stop + 1]) > 0
        return stretch.first + int(np.argmax(lit))

    def _overhead_s(self, k: int) -> float:
        """Return the least time from the end of a segment to radiation on for segment `k`."""
        rules = self._rules
        if not self.phases:
            return _tick_at_or_after(rules.first_intersegment_s)
        before = self.phases[-1]
        out = rules.intersegment_s
        if before.wedge_in != bool(self.points.wedge_in[k]):
            out = max(out, rules.wedge_travel_s)
        if before.energy != self.points.energy[k]:
            out = max(out, rules.energy_change_s)
        return _tick_at_or_after(out)

    def _tell(self, state: LinacState, begin_s: float, end_s: float, k: int) -> None:
        if end_s > begin_s or state is LinacState.RADIATION_ON:
            phase = Phase(
                to_ns(_tick_at_or_after(begin_s)),
                state,
                bool(self.points.wedge_in[k]),
                self.points.energy[k],
            )
            self.phases.append(phase)

    # Legs ----------------------------------------------------------------------------------

    @property
    def _rules(self) -> FieldRules:
        assert self.machine.field_rules is not None
        return self.machine.field_rules

    def _in_room(self) -> Limits:
        """Return the limits of axes as they are seen in the room: leaves go with their guides."""
        limits, layout = self.limits, self.machine.layout
        if not self._rules.leaf_guide:
            return limits
        speed = limits.speed.copy()
        speed[layout.leaves] += limits.speed[CARRIAGES[0]]
        return Limits(speed, limits.accel, limits.dose_mu_per_s, limits.by_table, limits.by_ceiling)

    def _free(self) -> Bools:
        """Return (n,) segments whose axes go by themselves: those that move the MLC."""
        leaves = self.points.position[:, self.machine.layout.leaves]
        moves = (np.nan_to_num(np.diff(leaves, axis=0)) != 0).any(axis=1)
        return np.asarray(moves & (np.diff(self.points.mu) == 0))

    def _split(self) -> Ints:
        """Return the points at which the beam rests: wedge or energy changes."""
        wedge, energy = self.points.wedge_in, self.points.energy
        return np.array(
            [
                k
                for k in range(1, len(wedge))
                if wedge[k] != wedge[k - 1] or energy[k] != energy[k - 1]
            ],
            dtype=np.int64,
        )

    def _free_leg(self, stretch: Stretch) -> FreeLeg:
        start, stop = self.points.position[[stretch.first, stretch.stop]]
        mlc = None
        if self._rules.leaf_guide and (start[CARRIAGES] != stop[CARRIAGES]).any():
            mlc = move_mlc(self.columns, start, stop, self.limits, self.machine, TICK_S)
        speed = self.limits.speed[self.columns]
        return free_leg(self.segments, stretch, self.points.s, self.columns, speed, mlc)

    def _add(self, leg: PathLeg | FreeLeg, stretch: Stretch | None) -> None:
        start = _tick_at_or_after(self._now_s)
        self._now_s = start + leg.duration_s
        self.legs.append(leg)
        self.starts.append(start)
        if stretch is None:
            return
        self.done.append((stretch, leg))
        times = start + point_times(leg)
        self.leave_s[stretch.first : stretch.stop + 1] = times
        self.reach_s[stretch.first + 1 : stretch.stop + 1] = times[1:]

    def _rest_leg(self) -> FreeLeg:
        """Return the leg of a field in which nothing moves and no MU is given."""
        none = np.zeros(0)
        ends = np.array([0.0, 1.0]), self.points.s[[0, -1]]
        columns = np.zeros(0, dtype=np.int64)
        mu = float(self.points.mu[0])
        return each_alone(LegKind.MOTION, ends, mu, columns, (none, none), none, none)


def _tick_at_or_after(time_s: float) -> float:
    return float(np.ceil(time_s / TICK_S - 1e-6)) * TICK_S
