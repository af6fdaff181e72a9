"""Puts the legs of a beam one after the other: stretches, carriage moves and the waits between."""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import AxisLayout
from linacsim.model.legs import FreeLeg, Leg, LegKind, PathLeg
from linacsim.planning.building import TICK_S, each_alone, free_leg, path_leg, point_times
from linacsim.planning.carriages import Carriages
from linacsim.planning.limits import Limits
from linacsim.planning.mlc_moves import CARRIAGES, move_mlc
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
    free: Bools
    """(n,) segments that move the MLC without MV or kV: each axis goes by itself."""
    field_change: Bools
    """(n,) segments beside the start of a sub-beam; those without MU lead to another field."""


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
    """Keeps the clock, and where the carriages are, while legs are added."""

    def __init__(
        self, points: Points, carriages: Carriages | None, limits: Limits, machine: MachineSpec
    ) -> None:
        """Take what is to be planned; `limits` covers the n segments of the points."""
        self._points, self._limits, self._machine = points, limits, machine
        self._carriages = carriages if carriages is not None and carriages.move else None
        self._columns = _moving(points, self._carriages, machine.layout)
        position = points.position[:, self._columns]
        if self._carriages is not None:
            self._at = self._carriages.start
            position[:, -2:] = self._at
        self._segments = measure(points.mu, position, self._columns, limits)
        self._legs: list[Leg] = []
        self._starts: list[float] = []
        self._done: list[tuple[Stretch, Leg]] = []
        self._now_s = 0.0
        self._field_changes = False
        self._reach = np.zeros(len(points.s))
        self._leave = np.zeros(len(points.s))

    @property
    def nominal_s(self) -> float:
        """Time of all segments at their limiting rates: the plan takes no less."""
        return float(self._segments.cruise_s.sum())

    def build(self) -> Sequence:
        """Add a leg for every stretch and carriage move."""
        for stretch in cut(self._segments, self._points.free, self._split()):
            if stretch.kind is LegKind.FREE:
                self._add(self._free_leg(stretch), stretch)
            else:
                self._bring_carriages(stretch)
                self._add(self._path_leg(stretch), stretch)
        if not self._legs:
            self._add(self._rest_leg(), None)
        self._leave[-1] = self._reach[-1]
        starts = np.array(self._starts)
        legs = tuple(self._legs)
        return Sequence(
            self._columns, self._segments, legs, starts, self._done, self._reach, self._leave
        )

    def _add(self, leg: Leg, stretch: Stretch | None) -> None:
        start = _tick_at_or_after(self._now_s + self._wait_s(leg, stretch))
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

    def _wait_s(self, leg: Leg, stretch: Stretch | None) -> float:
        """Return how long everything rests before a leg; longer where the field changes."""
        rules = self._machine.planning
        after_beam = bool(self._legs) and self._legs[-1].kind is LegKind.BEAM
        if leg.kind is not LegKind.BEAM:
            changes = stretch is not None and bool(
                self._points.field_change[stretch.first : stretch.stop].any()
            )
            self._field_changes |= changes
            return rules.field_stop_s if changes and after_beam else 0.0
        changed, self._field_changes = self._field_changes, False
        if not self._legs or after_beam:
            return 0.0
        return rules.field_resume_s if changed else rules.resume_gap_s

    def _split(self) -> Ints:
        """Return the points at which beam and motion rest for the carriages."""
        if self._carriages is None:
            return np.zeros(0, dtype=np.int64)
        first = self._carriages.first[1:]
        return first[~self._points.free[first - 1]]

    def _path_leg(self, stretch: Stretch) -> PathLeg:
        rules = self._machine.planning
        return path_leg(self._segments, stretch, self._points.s, self._columns, rules)

    def _free_leg(self, stretch: Stretch) -> FreeLeg:
        """Return a leg of axes on their own, with the carriages on their way to what follows."""
        speed = self._limits.speed[self._columns]
        mlc = None
        if self._carriages is not None:
            ends = self._points.position[[stretch.first, stretch.stop]]
            ends[0, CARRIAGES] = self._at
            self._at = ends[1, CARRIAGES] = self._carriages.at(stretch.stop)
            self._segments.position[[stretch.first, stretch.stop], -2:] = ends[:, CARRIAGES]
            if (ends[0, CARRIAGES] != self._at).any():
                start, stop = ends
                mlc = move_mlc(self._columns, start, stop, self._limits, self._machine, TICK_S)
        return free_leg(self._segments, stretch, self._points.s, self._columns, speed, mlc)

    def _bring_carriages(self, stretch: Stretch) -> None:
        """Have the carriages where a synchronized stretch needs them, moving them if need be."""
        if self._carriages is None:
            return
        wanted = self._carriages.at(stretch.first)
        if (wanted != self._at).any():
            self._add(self._carriage_leg(stretch.first, wanted), None)
        self._at = wanted
        self._segments.position[stretch.first : stretch.stop + 1, -2:] = wanted

    def _carriage_leg(self, point: int, wanted: Floats) -> PathLeg:
        """Return the synchronized move of the carriages to where they are wanted."""
        mu = np.full(2, self._points.mu[point])
        position = np.repeat(self._segments.position[point][None], 2, axis=0)
        position[:, -2:] = self._at, wanted
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


def _moving(points: Points, carriages: Carriages | None, layout: AxisLayout) -> Ints:
    """Return columns of axes that move, carriages last."""
    position = points.position
    with np.errstate(invalid="ignore"):
        moves = (position != position[:1]).any(axis=0) & ~np.isnan(position[0])
    moves[CARRIAGES] = False
    if carriages is None:
        return np.flatnonzero(moves)
    if points.free.any():
        # A pair may have to open on its way, also where only one of its leaves goes elsewhere.
        pair = moves[layout.bank_a] | moves[layout.bank_b]
        moves[layout.bank_a] = moves[layout.bank_b] = pair
    return np.append(np.flatnonzero(moves), CARRIAGES)


def _tick_at_or_after(time_s: float) -> float:
    return float(np.ceil(time_s / TICK_S - 1e-6)) * TICK_S
