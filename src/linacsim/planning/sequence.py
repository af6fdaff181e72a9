"""Puts the legs of a beam one after the other: stretches, carriage moves and the waits between."""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.legs import FreeLeg, Leg, LegKind
from linacsim.planning.building import TICK_S, each_alone, free_leg, path_leg, point_times
from linacsim.planning.carriages import Carriages
from linacsim.planning.limits import Limits
from linacsim.planning.stretches import Segments, Stretch, cut, measure


@dataclass(frozen=True, slots=True)
class Points:
    """Control points from the start on: n + 1 points, carriages left out."""

    s: Floats
    """(n + 1,) fractional control point."""
    mu: Floats
    """(n + 1,)"""
    position: Floats
    """(n + 1, n_axes)"""
    kv: Bools
    """(n,) segments that deliver kV."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Legs in order."""

    columns: Ints
    """(d,) columns of the axes that move."""
    segments: Segments
    legs: tuple[Leg, ...]
    start_s: Floats
    """(n_legs,)"""
    stretches: list[tuple[Stretch, Leg]]
    """The stretches, each with its leg."""
    reach_s: Floats
    """(n + 1,) when each point is reached."""
    leave_s: Floats
    """(n + 1,) when it is left."""


class Sequencer:
    """Keeps the clock while legs are added."""

    def __init__(
        self, points: Points, carriages: Carriages | None, limits: Limits, machine: MachineSpec
    ) -> None:
        """Take what is to be planned; `limits` covers the n segments of the points."""
        self._points, self._limits, self._machine = points, limits, machine
        self._carriages = carriages if carriages is not None and len(carriages.first) > 1 else None
        self._columns = _moving(points.position, self._carriages)
        position = points.position[:, self._columns]
        if self._carriages is not None:
            position[:, -2:] = self._carriages.position[0]
        self._segments = measure(points.mu, position, self._columns, limits)
        self._legs: list[Leg] = []
        self._starts: list[float] = []
        self._done: list[tuple[Stretch, Leg]] = []
        self._now_s = 0.0
        self._reach = np.zeros(len(points.s))
        self._leave = np.zeros(len(points.s))

    @property
    def nominal_s(self) -> float:
        """Time of all segments at their limiting rates: the plan takes no less."""
        return float(self._segments.cruise_s.sum())

    def build(self) -> Sequence:
        """Add a leg for every stretch and carriage move."""
        split = self._split()
        group = 0
        for stretch in cut(self._segments, self._unsynchronized(), split):
            due = int(np.searchsorted(split, stretch.first, side="right"))
            for move in range(group, due):
                self._add(self._carriage_leg(stretch.first, move), None)
            group = due
            self._add(self._leg(stretch, group), stretch)
        if not self._legs:
            self._add(self._rest_leg(), None)
        self._leave[-1] = self._reach[-1]
        starts = np.array(self._starts)
        legs = tuple(self._legs)
        return Sequence(
            self._columns, self._segments, legs, starts, self._done, self._reach, self._leave
        )

    def _add(self, leg: Leg, stretch: Stretch | None) -> None:
        start = self._now_s
        if leg.kind is LegKind.BEAM and self._legs and self._legs[-1].kind is not LegKind.BEAM:
            start += self._machine.planning.resume_gap_s
        start = _tick_at_or_after(start)
        self._now_s = start + leg.duration_s
        self._legs.append(leg)
        self._starts.append(start)
        if stretch is None:
            return
        self._done.append((stretch, leg))
        first, stop = stretch.first, stretch.stop
        times = start + point_times(leg)
        self._leave[first : stop + 1] = times
        self._reach[first + 1 : stop + 1] = times[1:]

    def _split(self) -> Ints:
        if self._carriages is None:
            return np.zeros(0, dtype=np.int64)
        return self._carriages.first[1:]

    def _unsynchronized(self) -> Bools:
        """Return (n,) segments that move the MLC without kV (manual, "Limitations")."""
        leaf = np.flatnonzero(self._columns >= FIRST_LEAF) + 1
        moves = np.asarray((self._segments.step[:, leaf] != 0).any(axis=1), dtype=np.bool_)
        return moves & ~self._points.kv

    def _leg(self, stretch: Stretch, group: int) -> Leg:
        segments = self._with_carriages(group)
        if stretch.kind is LegKind.FREE:
            speed = self._limits.speed[self._columns]
            return free_leg(segments, stretch, self._points.s, self._columns, speed)
        rules = self._machine.planning
        return path_leg(segments, stretch, self._points.s, self._columns, rules)

    def _with_carriages(self, group: int) -> Segments:
        if self._carriages is None:
            return self._segments
        position = self._segments.position.copy()
        position[:, -2:] = self._carriages.position[group]
        return replace(self._segments, position=position)

    def _carriage_leg(self, point: int, move: int) -> Leg:
        """Return the synchronized move from stretch `move` of the carriages to the next."""
        assert self._carriages is not None
        mu = np.full(2, self._points.mu[point])
        position = np.repeat(self._segments.position[point][None], 2, axis=0)
        position[:, -2:] = self._carriages.position[move : move + 2]
        limits = replace(self._limits, dose_mu_per_s=np.zeros(1))
        segments = measure(mu, position, self._columns, limits)
        stretch = Stretch(LegKind.CARRIAGE, 0, 1)
        s = np.full(2, self._points.s[point])
        rules = self._machine.planning
        return path_leg(segments, stretch, s, self._columns, rules)

    def _rest_leg(self) -> FreeLeg:
        """Return the leg of a beam in which nothing moves and no MU is given."""
        none = np.zeros(0)
        points = np.array([0.0, 1.0]), self._points.s[[0, -1]]
        columns = np.zeros(0, dtype=np.int64)
        mu = float(self._points.mu[0])
        return each_alone(LegKind.MOTION, points, mu, columns, (none, none), none, none)


def _moving(position: Floats, carriages: Carriages | None) -> Ints:
    """Return columns of axes that move, carriages last."""
    with np.errstate(invalid="ignore"):
        moves = (position != position[:1]).any(axis=0) & ~np.isnan(position[0])
    moves[[Axis.CARRIAGE_A, Axis.CARRIAGE_B]] = False
    columns = np.flatnonzero(moves)
    if carriages is None:
        return columns
    return np.append(columns, [int(Axis.CARRIAGE_A), int(Axis.CARRIAGE_B)])


def _tick_at_or_after(time_s: float) -> float:
    return float(np.ceil(time_s / TICK_S - 1e-6)) * TICK_S
