"""What flows round the loop each tick: inputs, readings, commands and frames.

All per-tick records are blocks of n consecutive ticks with the tick as first axis, so that n
ticks run at once carry the same numbers as n single ticks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from linacsim.model.arrays import Bools, Bytes8, Floats, Ints
from linacsim.model.elekta import FieldFrames
from linacsim.model.messages import Event, Message


class State(IntEnum):
    """States of the TrueBeam supervisor, in the words of the manual ("Loading and delivering")."""

    IDLE = 0
    """No beam loaded."""
    LOADED = 1
    PREPARED = 2
    """PREPARE pressed, trajectory planned; axes may be sent to their initial positions."""
    MOVING = 3
    """A Go To is running."""
    CHECKING = 4
    """MV READY is held: pre-beam check cycle; axes are frozen from here on."""
    READY = 5
    """MV BEAM ON (or kV BEAM ON) is lit."""
    DELIVERING = 6
    """Beam or planned motion is running."""
    HOLDING = 7
    """Held; resumes by itself."""
    INTERRUPTED = 8
    """Stopped by operator or interlock; the operator may resume where the machine allows it."""
    COMPLETE = 9
    TERMINATED = 10
    """Stopped for good; the beam must be loaded again."""


class BeamHold(IntEnum):
    """Beam-hold column of a trajectory log (research/log-formats.md 1.6)."""

    NORMAL = 0
    FREEZE = 1
    HOLD = 2
    DISABLED = 3


class Drive(IntEnum):
    """What an axis drive is told to do in a tick."""

    FOLLOW = 0
    """Follow the commanded position."""
    BRAKE = 1
    """Stop in the shortest distance and stay where that is."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that reaches the machine from outside before one tick."""

    messages: tuple[Message, ...] = ()


NO_INPUTS = Inputs()


@dataclass(frozen=True, slots=True)
class Commands:
    """Control to plant, n ticks."""

    position: Floats
    """(n, n_axes) commanded position at the end of each tick."""
    drive: Bytes8
    """(n_axes,) `Drive` of each axis, for the whole block."""
    mu: Floats
    """(n,) cumulative MU wanted at the end of each tick."""
    beam_on: bool
    """Whether pulses may be fired, for the whole block."""
    wedge_in: bool = False
    """Where a motorised wedge is to be, for the whole block."""
    energy: str = ""
    """Energy to go on with from here, without a change to the dose monitor; empty: as it is."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Plant to control, n ticks: what the encoders and the dose monitor say at the end of each."""

    position: Floats
    """(n, n_axes)"""
    mu: Floats
    """(n,) cumulative MU of the dose monitor."""
    moving: Bools
    """(n, n_axes) whether the axis has speed left."""
    backup_mu: Floats | None = None
    """(n,) cumulative MU of a second dose channel; None: there is none."""
    wedge: Bytes8 | None = None
    """(n,) `Wedge`; None: there is none that moves."""

    def last(self) -> "Readings":
        """Return the last tick alone."""
        return self._rows(slice(-1, None))

    def first(self, n: int) -> "Readings":
        """Return the first n ticks."""
        return self._rows(slice(n))

    def _rows(self, rows: slice) -> "Readings":
        return Readings(
            self.position[rows],
            self.mu[rows],
            self.moving[rows],
            None if self.backup_mu is None else self.backup_mu[rows],
            None if self.wedge is None else self.wedge[rows],
        )


@dataclass(frozen=True, slots=True)
class Frames:
    """All that happened in n consecutive ticks."""

    tick: Ints
    """(n,)"""
    state: Bytes8
    """(n,) `State` during the tick."""
    segment: Ints
    """(n,) leg of the trajectory being run, -1 for none."""
    cp: Floats
    """(n,) fractional control point."""
    mu_expected: Floats
    """(n,)"""
    mu_actual: Floats
    """(n,)"""
    hold_expected: Bytes8
    """(n,) `BeamHold`."""
    hold_actual: Bytes8
    """(n,)"""
    expected: Floats
    """(n, n_axes)"""
    actual: Floats
    """(n, n_axes)"""
    frozen: Bools
    """(n_axes,) axes that must not move during this block."""
    beam_on: Bools
    """(n,) whether pulses were allowed."""
    interlocks: Ints
    """(n,) bit mask of active interlocks."""
    events: tuple[Event, ...] = ()
    """What the supervisor had to say, each with its tick."""
    field: FieldFrames | None = None
    """What a control system tells that delivers prescribed fields; None: it is another one."""

    def __len__(self) -> int:
        """Return the number of ticks."""
        return len(self.tick)

    def first(self, n: int) -> "Frames":
        """Return the first n ticks; events stay with the block."""
        return Frames(
            self.tick[:n],
            self.state[:n],
            self.segment[:n],
            self.cp[:n],
            self.mu_expected[:n],
            self.mu_actual[:n],
            self.hold_expected[:n],
            self.hold_actual[:n],
            self.expected[:n],
            self.actual[:n],
            self.frozen,
            self.beam_on[:n],
            self.interlocks[:n],
            self.events,
            None if self.field is None else self.field.first(n),
        )


Condition = Callable[[Frames], Bools]
"""Flags ticks: (n,) for frames of n ticks."""
