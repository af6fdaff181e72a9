"""Sums over the frames of a run, for its result, whichever engine runs it."""

from dataclasses import dataclass, field

import numpy as np

from linacsim.control.interlocks import names
from linacsim.machine.linac import Linac
from linacsim.model.arrays import Floats
from linacsim.model.beam_count import BeamCount
from linacsim.model.messages import Event
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS, seconds

RUNNING = (State.DELIVERING, State.HOLDING)


@dataclass(slots=True)
class RunResult:
    """How a run ended."""

    state: State
    ticks: int
    simulated_s: float
    delivered_s: float
    """From the first to the last tick of delivery, holds and interruptions included."""
    beam_on_s: float
    """The operator's clock: beam-on ticks only."""
    mu: float
    positions: Floats
    """(n_axes,) where the axes ended."""
    holds: int
    """How many times the beam was held after it had begun and went on again."""
    interlocks: tuple[str, ...]
    """Names of all interlocks that were up during the run, in table order."""
    events: tuple[Event, ...]
    reached_limit: bool
    """Whether the time limit ended the run."""
    no_progress: bool = False
    """Whether the run was ended because the beam did not get on."""
    too_late: str = ""
    """Why lateness ended a live run; empty if it did not."""


@dataclass(slots=True)
class Tally:
    """Sums over frames for the result."""

    events: list[Event] = field(default_factory=list)
    interlocks: int = 0
    first: int | None = None
    last: int = 0
    beam: BeamCount = field(default_factory=BeamCount)
    still_ticks: int = 0
    """Ticks since the beam got on, while it runs or is held."""
    _furthest: float = -1.0
    """Fractional control point; a hold that sets it back gains nothing."""

    def write(self, frames: Frames) -> None:
        """Take the next frames."""
        self.events.extend(frames.events)
        self.interlocks |= int(np.bitwise_or.reduce(frames.interlocks))
        self.beam.add(frames)
        state = State(int(frames.state[0]))
        cp = float(frames.cp[-1])
        if state not in RUNNING:
            self._furthest = -1.0
        gets_on = state not in RUNNING or cp > self._furthest
        self.still_ticks = 0 if gets_on else self.still_ticks + len(frames)
        self._furthest = max(self._furthest, cp)
        if state in RUNNING:
            if self.first is None:
                self.first = int(frames.tick[0])
            self.last = int(frames.tick[-1]) + 1

    def patience(self, no_progress_ns: int) -> int:
        """Return for how many ticks a beam that stands may go on standing."""
        return max(1, no_progress_ns // TICK_NS - self.still_ticks)

    def stuck(self, no_progress_ns: int) -> bool:
        """Return whether the beam has stood for too long."""
        return self.still_ticks * TICK_NS >= no_progress_ns

    def result(self, linac: Linac, limit_ns: int, no_progress_ns: int) -> RunResult:
        """Return how the run of this machine ended."""
        ticks = linac.supervisor.tick
        span = self.last - self.first if self.first is not None else 0
        return RunResult(
            state=linac.state,
            ticks=ticks,
            simulated_s=seconds(ticks * TICK_NS),
            delivered_s=seconds(span * TICK_NS),
            beam_on_s=self.beam.beam_on_s,
            mu=float(linac.readings.mu[-1]),
            positions=linac.readings.position[-1],
            holds=self.beam.holds,
            interlocks=names(self.interlocks),
            events=tuple(self.events),
            reached_limit=ticks * TICK_NS >= limit_ns,
            no_progress=self.stuck(no_progress_ns),
        )
