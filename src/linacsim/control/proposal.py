"""What control proposes for the next ticks, before the plant has answered."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bytes8, Floats, Ints
from linacsim.model.signals import BeamHold, Commands


@dataclass(frozen=True, slots=True)
class Point:
    """Where the expected side of a beam stands."""

    s: float
    mu: float
    leg: int
    position: Floats
    """(n_axes,)"""


NOWHERE = Point(0.0, 0.0, -1, np.empty(0))
"""Before any beam has begun."""


@dataclass(frozen=True, slots=True)
class Course:
    """What beam-hold lines ask of a delivery in the coming ticks."""

    cut_ns: int | None = None
    """How long from now dose may come; None: nothing is known to stop it."""
    dark: bool = False
    """The MV beam is held, motion is not: the plan goes on only as far as dose may lag."""
    slowing: bool = False
    """Plan and beam are to be ramped down."""


FREE = Course()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Commands for n ticks and the expected side of the frames they will make."""

    commands: Commands
    expected: Floats | None
    """(n, n_axes); None: the expected column repeats the actual one."""
    leg: Ints
    """(n,) leg of the trajectory, -1 for none."""
    cp: Floats
    """(n,) fractional control point."""
    mu_expected: Floats
    """(n,)"""
    cursor_ns: Ints
    """(n,) trajectory time reached."""
    hold: BeamHold
    """Beam-hold line, the same for all n ticks unless `cut`."""
    hold_planned: BeamHold
    """The line as the plan alone has it, which does not wait for the last pulses."""
    waits: bool = False
    """Whether these ticks before the first step wait for axes, and do not count."""
    due: bool = False
    """Whether dose is due in these ticks, even where a line keeps the beam dark."""
    pace: float = 1.0
    """Share of planned speed that SyncStop leaves after these ticks."""
    cut: bool = False
    """Whether the beam-hold line comes up in the last tick, and cuts its dose."""

    def __len__(self) -> int:
        """Return the number of ticks."""
        return len(self.cp)

    def hold_line(self, count: int) -> Bytes8:
        """Return (count,) the beam-hold line in the first ticks."""
        line = np.full(count, self.hold, dtype=np.uint8)
        if self.cut and count == len(self):
            line[-1] = BeamHold.HOLD
        return line


def standing(position: Floats, drive: Bytes8, at: Point, *, shows_plan: bool) -> Proposal:
    """Return a proposal without dose: axes go to `position` (n, n_axes), the beam stays `at`.

    `shows_plan`: the expected column shows where the beam stands, else it repeats the actual one.
    """
    n = len(position)
    mu = np.full(n, at.mu)
    return Proposal(
        Commands(position, drive, mu, beam_on=False),
        expected=np.broadcast_to(at.position, position.shape) if shows_plan else None,
        leg=np.full(n, at.leg),
        cp=np.full(n, at.s),
        mu_expected=mu,
        cursor_ns=np.zeros(n, dtype=np.int64),
        hold=BeamHold.HOLD,
        hold_planned=BeamHold.HOLD,
    )
