"""The batch engine: runs a machine headless, as fast as it goes, under an agenda."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from linacsim.control.interlocks import names
from linacsim.engines.agenda import Agenda
from linacsim.engines.conditions import any_of, state_is
from linacsim.engines.feed import Feed, Feeder
from linacsim.machine.linac import BUSY, Linac
from linacsim.model.arrays import Floats
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Event
from linacsim.model.signals import Condition, Frames, Inputs, State
from linacsim.model.time import NS_PER_S, TICK_NS, seconds, ticks_until

Progress = Callable[[int, float], None]
"""Told after each block: simulated time in ns, MU delivered."""

RUNNING = (State.DELIVERING, State.HOLDING)

DEFAULT_LIMIT_NS = 4 * 3600 * NS_PER_S
NO_PROGRESS_NS = 120 * NS_PER_S
"""Chosen: longer than any breath hold."""
TAIL_TICKS = 20
"""Ticks run after everything is over, so that logs show how it ended."""


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


@dataclass(slots=True)
class _Tally:
    """Sums over frames for the result."""

    events: list[Event] = field(default_factory=list)
    interlocks: int = 0
    first: int | None = None
    last: int = 0
    holds: int = 0
    beam_ticks: int = 0
    still_ticks: int = 0
    """Ticks since the beam got on, while it runs or is held."""
    _holding: bool = False
    _furthest: float = -1.0
    """Fractional control point; a hold that sets it back gains nothing."""

    def write(self, frames: Frames) -> None:
        self.events.extend(frames.events)
        self.interlocks |= int(np.bitwise_or.reduce(frames.interlocks))
        self.beam_ticks += int(np.count_nonzero(frames.beam_on))
        state = State(int(frames.state[0]))
        self.holds += state is State.HOLDING and not self._holding
        self._holding = state is State.HOLDING
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


def run_batch(
    linac: Linac,
    agenda: Agenda,
    sinks: Sequence[FrameSink],
    *,
    feeds: Sequence[Feed] = (),
    limit_ns: int = DEFAULT_LIMIT_NS,
    no_progress_ns: int = NO_PROGRESS_NS,
    progress: Progress | None = None,
    record: Callable[[int, Inputs], None] | None = None,
) -> RunResult:
    """Run until agenda and machine have nothing left to do, or until `limit_ns`.

    `feeds` are the sensors that look at motion. A beam that has not got on for `no_progress_ns`,
    such as one whose gate never opens for long enough, ends the run.

    Sinks get every frame but are not closed. `record` is told the inputs of each tick that has
    any. An exception from a sink, or Ctrl-C, ends the run at a tick boundary and goes up.
    """
    tally, feeder = _Tally(), Feeder(feeds)
    tail = TAIL_TICKS
    while (now := linac.supervisor.tick) * TICK_NS < limit_ns and not tally.stuck(no_progress_ns):
        asked = tuple(agenda.advance(now * TICK_NS))
        inputs = Inputs(asked + feeder.due(now * TICK_NS))
        if inputs.messages and record is not None:
            record(now, inputs)
        ending = agenda.only_waits and linac.at_rest and not asked
        if ending and tail == 0:
            break
        most = ticks_until(min(agenda.next_ns(limit_ns), feeder.known_ns)) - now
        most = min(most, tally.patience(no_progress_ns), tail if ending else most)
        watch = agenda.watched if ending or linac.settling else _watched(agenda)
        frames = linac.run(inputs, most, watch)
        tail = tail - len(frames) if ending else TAIL_TICKS
        tally.write(frames)
        for sink in sinks:
            sink.write(frames)
        agenda.show(frames)
        if progress is not None:
            progress(linac.supervisor.tick * TICK_NS, float(frames.mu_actual[-1]))
    return _result(linac, tally, limit_ns, no_progress_ns)


def _watched(agenda: Agenda) -> Condition | None:
    """Return what must end a block: what actors wait for, and a rest that may be the last."""
    if not agenda.only_waits:
        return agenda.watched
    waited = agenda.watched
    return any_of(waited, _RESTING) if waited else _RESTING


_RESTING = state_is(*(state for state in State if state not in BUSY))


def _result(linac: Linac, tally: _Tally, limit_ns: int, no_progress_ns: int) -> RunResult:
    ticks = linac.supervisor.tick
    span = tally.last - tally.first if tally.first is not None else 0
    return RunResult(
        state=linac.state,
        ticks=ticks,
        simulated_s=seconds(ticks * TICK_NS),
        delivered_s=seconds(span * TICK_NS),
        beam_on_s=seconds(tally.beam_ticks * TICK_NS),
        mu=float(linac.readings.mu[-1]),
        positions=linac.readings.position[-1],
        holds=tally.holds,
        interlocks=names(tally.interlocks),
        events=tuple(tally.events),
        reached_limit=ticks * TICK_NS >= limit_ns,
        no_progress=tally.stuck(no_progress_ns),
    )
