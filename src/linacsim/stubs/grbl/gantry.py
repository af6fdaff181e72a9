"""The mechanics behind the controller: where the carriage really is, and where it is thought."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.stubs.grbl import settings as s
from linacsim.stubs.grbl.planner import Block, Planner
from linacsim.stubs.grbl.words import AXES
from linacsim.stubs.stages.history import Place

SLIP_MM = 0.7
"""By how much a carriage that is stopped dead runs on, uncounted."""


class Gantry:
    """Three axes. True places are 0 at the homing switches and negative away from them."""

    def __init__(self, settings: Mapping[int, float], start_mm: Place) -> None:
        """Stand anywhere, and take that for 0 until homed."""
        self._settings = settings
        self._lost_mm = start_mm
        self.planner = Planner(start_mm, settings[s.JUNCTION])

    def planned(self) -> Place:
        """Return where the last block will end, in machine coordinates."""
        return self._machine(self.planner.place)

    def machine_at(self, time_ns: int) -> Place:
        """Return where the controller takes the carriage to be."""
        return self._machine(self.planner.history.at(time_ns))

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, 3) true places at (n,) times up to now."""
        self.planner.advance(int(times_ns.max()))
        return np.array([self.planner.history.at(int(time_ns)) for time_ns in times_ns])

    def beyond(self, machine_mm: Place) -> bool:
        """Return whether a place is outside the travel."""
        travels = s.of_axes(self._settings, s.TRAVEL)
        return any(
            not -travel - 1e-9 <= at <= 1e-9 for at, travel in zip(machine_mm, travels, strict=True)
        )

    def go(
        self,
        now_ns: int,
        machine_mm: Place,
        feed_mm_per_min: float,
        *,
        is_jog: bool = False,
        then: Callable[[], None] | None = None,
    ) -> bool:
        """Queue a straight move at a feed, or as fast as the axes can; False: nothing to move."""
        start = self.planner.place
        target = tuple(at + lost for at, lost in zip(machine_mm, self._lost_mm, strict=True))
        way = [to - at for to, at in zip(target, start, strict=True)]
        length = math.hypot(*way)
        if length < 0.5 / self._settings[s.STEPS]:
            if then is not None:
                then()
            return False
        unit = tuple(step / length for step in way)
        speed = min(feed_mm_per_min, self._most(unit, s.RATE)) / 60.0
        hard = self._most(unit, s.ACCELERATION)
        self.planner.add(now_ns, Block(start, unit, length, speed, hard, is_jog, then))
        return True

    def home(self, now_ns: int, done: Callable[[], None]) -> None:
        """Find the switches: quickly there, back, slowly there, back."""
        settings = self._settings
        seek, feed = settings[s.HOMING_SEEK], settings[s.HOMING_FEED]
        switch, off = (0.0,) * len(AXES), (-settings[s.PULL_OFF],) * len(AXES)
        self._lost_mm = switch
        self.go(now_ns, switch, seek)
        self.go(now_ns, off, seek)
        self.go(now_ns, switch, feed)
        self.go(now_ns, off, seek, then=done)

    def stop_dead(self, now_ns: int) -> bool:
        """Stop at once; return whether it moved, so that steps are lost."""
        moved = self.planner.moving
        self.planner.stop_dead(now_ns)
        if moved:
            self._lost_mm = tuple(lost + SLIP_MM for lost in self._lost_mm)
        return moved

    def forget(self, now_ns: int) -> None:
        """Take for 0 wherever it is, as after power-up."""
        self._lost_mm = self.planner.history.at(now_ns)

    def _machine(self, true_mm: Place) -> Place:
        return tuple(at - lost for at, lost in zip(true_mm, self._lost_mm, strict=True))

    def _most(self, unit: Place, first: int) -> float:
        """Return the most along a direction that no axis exceeds."""
        limits = s.of_axes(self._settings, first)
        return min(
            limit / abs(part) for limit, part in zip(limits, unit, strict=True) if abs(part) > 1e-9
        )
