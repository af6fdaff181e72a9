"""Whether a stage does what it is told, and how it stands: rows 34 to 37 of the fault catalogue.

A stage that does not follow moves a phantom to where nobody expects it. So it may contribute to
releasing the beam only while it plays and follows; every fault stops it, and is over only when it
has been homed and plays again (research/hil-protocols.md, section 8.2).
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from linacsim.devices.catalogue import CATALOGUE, Condition, Reaction, named
from linacsim.devices.guard import Guard
from linacsim.model.arrays import Floats
from linacsim.model.time import NS_PER_MS

FOLLOWING_MM = 1.0
FOLLOWING_NS = 200 * NS_PER_MS


class StageState(StrEnum):
    """How far a stage has got."""

    CLOSED = "closed"
    IDENTIFYING = "identifying"
    HOMING = "homing"
    READY = "ready"
    """Homed, and on its way to where its course begins."""
    PLAYING = "playing"
    FAULT = "fault"
    """Stopped; its position is not trusted until it has been homed."""


class StagePosition(NamedTuple):
    """Where a stage was."""

    time_ns: int
    """When; the middle between question and answer, since stages have no clock of their own."""
    mm: tuple[float, ...]
    doubt_ns: int
    """The time may be off by this much."""
    wanted_mm: tuple[float, ...] | None = None
    """Where its course was at that time; None: it was not playing."""


class StageGuard(Guard):
    """Keeps the state of a stage and what is wrong with it."""

    def __init__(self, name: str, *, allow_simulated: bool = True) -> None:
        """Start with the wire closed."""
        super().__init__(name)
        self.state = StageState.CLOSED
        self._allow_simulated = allow_simulated
        self._was_live = False
        self._simulated = False
        self._why_closed = self._refusal = ""
        self._away_ns: int | None = None

    # What the driver tells -----------------------------------------------------------------

    def opened(self) -> None:
        """Note that the wire is open and nothing is known of who is there."""
        self.state = StageState.IDENTIFYING
        self._simulated = False
        self._refusal = ""

    def identified(self, *, simulated: bool) -> None:
        """Note who is there, and whether it says that it is a stub."""
        self._simulated = simulated
        self._causes = {
            condition: cause
            for condition, cause in self._causes.items()
            if cause.reaction is Reaction.FAULT
        }

    def closed(self, now_ns: int, reason: str) -> None:
        """Note that the wire is gone: a fault if it was playing."""
        if self._was_live and self.state is not StageState.CLOSED:
            self.fail(Condition.UNPLUGGED, now_ns, reason)
        self.state = StageState.CLOSED
        self._why_closed = reason

    def homing(self) -> None:
        """Note that it looks for its switches."""
        self.state = StageState.HOMING

    def ready(self) -> None:
        """Note that it knows where it is."""
        self.state = StageState.READY

    def playing(self) -> None:
        """Note that it follows its course: whatever was wrong is over."""
        self.state = StageState.PLAYING
        self._causes.clear()
        self._why_closed = ""
        self._away_ns = None
        self._was_live = self._was_live or self.live

    def refuse(self, why: str) -> None:
        """Note that its course is beyond it: it must not move at all."""
        self._refusal = why

    def warn(self, condition: Condition, now_ns: int, detail: str = "") -> None:
        """Note what keeps it from playing; no fault, for it has not played yet."""
        self._blame(condition, Reaction.HOLD, now_ns, detail)

    def fail(self, condition: Condition, now_ns: int, detail: str = "") -> None:
        """Note a fault: it has been stopped and must be homed."""
        self.state = StageState.FAULT
        self._blame(condition, Reaction.FAULT, now_ns, detail)

    def strays(self, actual_mm: Floats, wanted_mm: Floats, time_ns: int) -> str:
        """Return what to say where it has been off its course for too long; empty: it follows."""
        error = np.abs(actual_mm - wanted_mm)
        if not bool((error > FOLLOWING_MM).any()):
            self._away_ns = None
            return ""
        if self._away_ns is None:
            self._away_ns = time_ns
        if time_ns - self._away_ns < FOLLOWING_NS:
            return ""
        return f"off by {float(error.max()):.1f} mm for {(time_ns - self._away_ns) / 1e6:.0f} ms"

    # What the driver asks ------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the stage may contribute to releasing the beam."""
        barred = self._simulated and not self._allow_simulated
        return self.state is StageState.PLAYING and not barred

    @property
    def refused(self) -> bool:
        """Whether its course is beyond it."""
        return bool(self._refusal)

    @property
    def text(self) -> str:
        """Why it is not live, in words; empty when live."""
        if self.live:
            return ""
        if self._refusal:
            return f"will not be moved: {self._refusal}"
        if self._causes:
            return "; ".join(cause.text for cause in self._causes.values())
        if self.state is StageState.CLOSED and self._why_closed:
            return self._why_closed
        if self.state is StageState.PLAYING:
            return named(Condition.SIMULATED)
        return f"{CATALOGUE[Condition.NOT_LIVE_YET].title} ({self.state})"
