"""A home-made stage: moves, homes, follows timed set-points, and tells where it is."""

from dataclasses import dataclass

import numpy as np

from linacsim.devices.llp import messages as m
from linacsim.devices.llp.messages import Channel, Flag, NakCode
from linacsim.model.arrays import Floats, Ints
from linacsim.model.time import NS_PER_S
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.llp.carriage import Carriage
from linacsim.stubs.llp.instrument import Reading
from linacsim.stubs.llp.pace import Pace

AXES = "xyz"
DEEPEST = 16
"""Set-points that it can keep."""


@dataclass(frozen=True, slots=True)
class StageBuild:
    """What it can do, all axes alike."""

    axes: int = 1
    travel_mm: float = 100.0
    speed_mm_per_s: float = 100.0
    homing_mm_per_s: float = 40.0
    start_mm: float = 30.0
    """How far from its switch it stands at first."""
    rate_hz: int = 50
    """How often it tells where it is."""


class LlpStage:
    """An instrument that moves. Positions run from 0, where the switches are, to its travel."""

    kind = "stage"

    def __init__(self, build: StageBuild, faults: Faults) -> None:
        """Stand somewhere, without origin."""
        self._build = build
        self._faults = faults
        self._pace = Pace(build.rate_hz)
        self._carriages = [Carriage(build.start_mm) for _ in range(build.axes)]
        self._homed = [False] * build.axes
        self._homing = [False] * build.axes
        self._alarm = self._stuck = False
        self._told = ""
        self.channels = tuple(Channel(axis, "mm") for axis in AXES[: build.axes])

    @property
    def rate_hz(self) -> float:
        """How often it tells where it is."""
        return float(self._pace.rate_hz)

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) true places at (n,) times."""
        return np.column_stack([carriage.places(times_ns) for carriage in self._carriages])

    # Instrument ----------------------------------------------------------------------------

    def configure(self, key: str, value: str, now_ns: int) -> str:
        """Take `rate`. Raises RefusedSetting."""
        return self._pace.configure(key, value, now_ns)

    def run(self, now_ns: int, *, on: bool) -> None:
        """Begin or end to tell where it is."""
        self._pace.run(now_ns, on=on)

    def next_ns(self) -> int | None:
        """Return when something is to be told or happens."""
        due = (self._pace.next_ns, self._faults.next_ns((Kind.LIMIT,)))
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def due(self, now_ns: int) -> list[Reading]:
        """Tell where all axes are, as often as is due, and at once of an alarm."""
        self._misbehave(now_ns)
        times = list(self._pace.due(now_ns))
        if self._alarm and "A" not in self._told and self._pace.next_ns is not None:
            times.append(now_ns)
        return [reading for time_ns in times for reading in self._readings(time_ns)]

    # Mover ---------------------------------------------------------------------------------

    def obey(self, command: m.Body, now_ns: int, at_ns: int) -> int | None:
        """Carry out a command, a set-point at `at_ns`; return the code of NAK that says why not."""
        refusal = self._faults.value(Kind.REFUSE, now_ns)
        if refusal is not None:
            return int(refusal)
        match command:
            case m.Home(_, axis):
                return self._home(axis, now_ns)
            case m.Move(_, axis, place, speed):
                return self._move(axis, place, speed, now_ns)
            case m.Jog(_, axis, speed, most_ms):
                return self._jog(axis, speed, most_ms, now_ns)
            case m.SetPoints(_, _, _, places):
                return self._set_points(places, now_ns, at_ns)
        return NakCode.UNKNOWN_TYPE

    def halt(self, now_ns: int) -> None:
        """Stop all motion."""
        for axis, carriage in enumerate(self._carriages):
            carriage.halt(now_ns)
            self._homing[axis] = False

    def restart(self, now_ns: int) -> None:
        """Stop, and know no origin any more."""
        self.halt(now_ns)
        self._homed = [False] * self._build.axes
        self._alarm = False

    def _home(self, axis: int, now_ns: int) -> NakCode | None:
        if not 0 <= axis < self._build.axes:
            return NakCode.BAD_VALUE
        self._alarm = False
        self._homing[axis], self._homed[axis] = True, False
        self._carriages[axis].go(now_ns, 0.0, self._build.homing_mm_per_s)
        return None

    def _move(self, axis: int, place: float, speed: float, now_ns: int) -> NakCode | None:
        if wrong := self._why_not(axis, place, abs(speed)):
            return wrong
        if not speed:
            return NakCode.BAD_VALUE
        self._carriages[axis].go(now_ns, place, abs(speed))
        return None

    def _jog(self, axis: int, speed: float, most_ms: int, now_ns: int) -> NakCode | None:
        if wrong := self._why_not(axis, 0.0, abs(speed)):
            return wrong
        carriage = self._carriages[axis]
        carriage.halt(now_ns)
        begin_ns, from_mm = carriage.target
        place = min(max(from_mm + speed * most_ms / 1000, 0.0), self._build.travel_mm)
        if speed:
            carriage.go(begin_ns, place, abs(speed))
        return None

    def _set_points(self, places: tuple[float, ...], now_ns: int, at_ns: int) -> NakCode | None:
        if len(places) != self._build.axes:
            return NakCode.SYNTAX
        if at_ns <= now_ns:
            return NakCode.TOO_LATE
        if self._carriages[0].waiting(now_ns) >= DEEPEST:
            return NakCode.BUFFER_FULL
        for axis, place in enumerate(places):
            before_ns, before = self._start(axis, now_ns)
            speed = abs(place - before) / max(at_ns - before_ns, 1) * NS_PER_S
            if wrong := self._why_not(axis, place, speed):
                return wrong
        for axis, place in enumerate(places):
            if not self._stuck:
                self._carriages[axis].add(*self._start(axis, now_ns))
                self._carriages[axis].add(at_ns, place)
        return None

    def _start(self, axis: int, now_ns: int) -> tuple[int, float]:
        """Return when and from where the next set-point is headed for."""
        end_ns, place = self._carriages[axis].target
        return (end_ns + 1, place) if end_ns >= now_ns else (now_ns, place)

    def _why_not(self, axis: int, place: float, speed: float) -> NakCode | None:
        if not 0 <= axis < self._build.axes:
            return NakCode.BAD_VALUE
        if self._alarm:
            return NakCode.HARDWARE
        if not self._homed[axis]:
            return NakCode.NOT_HOMED
        if not -1e-6 <= place <= self._build.travel_mm + 1e-6:
            return NakCode.OUT_OF_TRAVEL
        return NakCode.TOO_FAST if speed > self._build.speed_mm_per_s * 1.001 else None

    # Telling -------------------------------------------------------------------------------

    def _readings(self, time_ns: int) -> list[Reading]:
        states = [self._state(axis, time_ns) for axis in range(self._build.axes)]
        self._told = "".join(states)
        return [
            Reading(
                time_ns,
                m.StagePosition(axis, carriage.at(time_ns), carriage.speed(time_ns), states[axis]),
                Flag.VALID,
            )
            for axis, carriage in enumerate(self._carriages)
        ]

    def _state(self, axis: int, time_ns: int) -> str:
        if self._alarm:
            return "A"
        end_ns, _ = self._carriages[axis].target
        if self._homing[axis]:
            if time_ns < end_ns or self._stuck:
                return "H"
            self._homing[axis], self._homed[axis] = False, True
        if not self._homed[axis]:
            return "F"
        return "R" if time_ns < end_ns else "I"

    def _misbehave(self, now_ns: int) -> None:
        stuck = self._faults.on(Kind.STALL, now_ns) is not None
        if stuck and not self._stuck:
            for carriage in self._carriages:
                carriage.halt(now_ns)
        self._stuck = stuck
        if self._faults.happened(Kind.LIMIT, now_ns):
            self.restart(now_ns)
            self._alarm = True
