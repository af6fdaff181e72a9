"""Where a stage is wanted at any time, and how its axes lie in the room."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S
from linacsim.motion.source import Motion

MM_PER_CM = 10.0
ROOM_AXES = ("x", "y", "z")
KEPT_NS = 5 * NS_PER_S
"""How much of a followed course is remembered."""


@dataclass(frozen=True, slots=True)
class MountedAxis:
    """One axis of a stage as it stands in the room."""

    name: str
    """As the device calls it."""
    along: str
    """Room axis that it moves along: `x`, `y`, `z`, or turned round: `-x`, `-y`, `-z`."""
    zero_mm: float
    """Position of the stage at which its marker has room coordinate 0 on that axis."""

    @property
    def column(self) -> int:
        """Which room axis."""
        return ROOM_AXES.index(self.along[-1])

    @property
    def sign(self) -> float:
        """1, or -1 where turned round."""
        return -1.0 if self.along.startswith("-") else 1.0


@dataclass(frozen=True, slots=True)
class Mounting:
    """How a stage stands in the room; InputError where two axes move along the same."""

    axes: tuple[MountedAxis, ...]

    def __post_init__(self) -> None:
        """Check."""
        columns = [axis.column for axis in self.axes]
        if not columns or len(set(columns)) < len(columns):
            raise InputError("a stage needs axes, each along another axis of the room")

    def to_stage_mm(self, room_cm: Floats) -> Floats:
        """Return (n, n_axes) mm of the stage for (n, 3) cm in the room.

        What no axis moves along is left out.
        """
        columns = [axis.column for axis in self.axes]
        return room_cm[:, columns] * MM_PER_CM * self._signs() + self._zeros_mm()

    def to_room_cm(self, stage_mm: Floats) -> Floats:
        """Return (n, 3) cm in the room for (n, n_axes) mm; 0 where no axis moves along."""
        room = np.zeros((len(stage_mm), 3))
        columns = [axis.column for axis in self.axes]
        room[:, columns] = (stage_mm - self._zeros_mm()) * self._signs() / MM_PER_CM
        return room

    def _signs(self) -> Floats:
        return np.array([axis.sign for axis in self.axes])

    def _zeros_mm(self) -> Floats:
        return np.array([axis.zero_mm for axis in self.axes])


class Course(Protocol):
    """Set-points over time."""

    def positions_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) mm at (n,) times."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MotionCourse:
    """A motion that is known for all time: a trace or a waveform."""

    motion: Motion
    mounting: Mounting

    def positions_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) mm at (n,) times."""
        return self.mounting.to_stage_mm(self.motion.positions(times_ns))


class FollowedCourse:
    """Where something else has been, told as it goes; whoever plays it must stay behind."""

    def __init__(self, mounting: Mounting, start_cm: Sequence[float] = (0.0, 0.0, 0.0)) -> None:
        """Rest at a place of the room until more is told."""
        self._mounting = mounting
        self._times_ns: list[int] = [0]
        self._room_cm: list[tuple[float, ...]] = [tuple(start_cm)]

    def note(self, time_ns: int, room_cm: Sequence[float]) -> None:
        """Take where it is at a time, later than all before."""
        self._times_ns.append(time_ns)
        self._room_cm.append(tuple(room_cm))
        if time_ns - self._times_ns[0] > 2 * KEPT_NS:
            old = bisect_left(self._times_ns, time_ns - KEPT_NS)
            del self._times_ns[:old], self._room_cm[:old]

    def positions_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) mm at (n,) times: between what was told, the last beyond it."""
        told_ns, told_cm = np.array(self._times_ns), np.array(self._room_cm)
        columns = [np.interp(times_ns, told_ns, told_cm[:, k]) for k in range(3)]
        return self._mounting.to_stage_mm(np.column_stack(columns))
