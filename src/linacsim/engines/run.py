"""One run, step by step: what every engine does at a tick, whoever releases it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from linacsim.engines.agenda import Agenda
from linacsim.engines.conditions import any_of, state_is
from linacsim.engines.tally import RunResult, Tally
from linacsim.machine.linac import BUSY, Linac
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Message
from linacsim.model.signals import Condition, Frames, Inputs, State
from linacsim.model.time import NS_PER_S, TICK_NS, ticks_until

DEFAULT_LIMIT_NS = 4 * 3600 * NS_PER_S
NO_PROGRESS_NS = 120 * NS_PER_S
"""Chosen: longer than any breath hold."""
TAIL_TICKS = 20
"""Ticks run after everything is over, so that logs show how it ended."""

Record = Callable[[int, Inputs], None]
"""Told the inputs of each tick that has any."""

_RESTING = state_is(*(state for state in State if state not in BUSY))


class Arrivals(Protocol):
    """Where messages come from that nobody has put on the agenda."""

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Return what must be known before the tick that starts now."""
        ...

    @property
    def known_ns(self) -> int:
        """Up to when nothing more can arrive; asked after `due`."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a run that does not end by itself."""

    limit_ns: int = DEFAULT_LIMIT_NS
    no_progress_ns: int = NO_PROGRESS_NS
    """A beam that stands for this long ends the run."""


class Turn(NamedTuple):
    """What one step starts with."""

    tick: int
    inputs: Inputs
    ending: bool
    """Whether nothing is left to do, so that only the tail is run."""


class Run:
    """A machine under an agenda, with what arrives from outside and the sinks of its frames."""

    def __init__(
        self,
        linac: Linac,
        agenda: Agenda,
        sinks: Sequence[FrameSink],
        arrivals: Sequence[Arrivals] = (),
        limits: Limits | None = None,
        record: Record | None = None,
    ) -> None:
        """Start at the machine's tick. Sinks get every frame but are not closed."""
        self.linac = linac
        self.agenda = agenda
        self._sinks = tuple(sinks)
        self._arrivals = tuple(arrivals)
        self._limits = limits or Limits()
        self._record = record
        self._tally = Tally()
        self._tail = TAIL_TICKS

    def step(self, most: int | None = None) -> Frames | None:
        """Run up to `most` ticks, as many as are known to need no new input; None: it is over."""
        turn = self.gather()
        if turn is None:
            return None
        frames = self.advance(turn, most)
        self.hand_out(frames)
        return frames

    def gather(self) -> Turn | None:
        """Collect what reaches the machine before its next tick; None: the run is over."""
        tick, limits = self.linac.supervisor.tick, self._limits
        now_ns = tick * TICK_NS
        if now_ns >= limits.limit_ns or self._tally.stuck(limits.no_progress_ns):
            return None
        asked = tuple(self.agenda.advance(now_ns))
        ending = self.agenda.only_waits and self.linac.at_rest and not asked
        if ending and self._tail == 0:
            return None
        return Turn(tick, self._inputs(asked, now_ns), ending)

    def advance(self, turn: Turn, most: int | None = None) -> Frames:
        """Let the machine run."""
        ticks = self._most(turn, most)
        frames = self.linac.run(turn.inputs, ticks, self._watch(turn.ending))
        self._tail = self._tail - len(frames) if turn.ending else TAIL_TICKS
        return frames

    def hand_out(self, frames: Frames) -> None:
        """Show frames to sinks and actors. An exception from a sink goes up."""
        self._tally.write(frames)
        for sink in self._sinks:
            sink.write(frames)
        self.agenda.show(frames)

    def result(self) -> RunResult:
        """Return how the run stands."""
        return self._tally.result(self.linac, self._limits.limit_ns, self._limits.no_progress_ns)

    def _inputs(self, messages: tuple[Message, ...], now_ns: int) -> Inputs:
        for source in self._arrivals:
            messages += source.due(now_ns)
        inputs = Inputs(messages)
        if messages and self._record is not None:
            self._record(now_ns // TICK_NS, inputs)
        return inputs

    def _most(self, turn: Turn, most: int | None) -> int:
        known_ns = self.agenda.next_ns(self._limits.limit_ns)
        for source in self._arrivals:
            known_ns = min(known_ns, source.known_ns)
        patience = self._tally.patience(self._limits.no_progress_ns)
        ticks = min(ticks_until(known_ns) - turn.tick, patience)
        if turn.ending:
            ticks = min(ticks, self._tail)
        return ticks if most is None else min(ticks, most)

    def _watch(self, ending: bool) -> Condition | None:
        """Return what must end a block: what actors wait for, and a rest that may be the last."""
        waited = self.agenda.watched
        if ending or self.linac.settling or not self.agenda.only_waits:
            return waited
        return any_of(waited, _RESTING) if waited else _RESTING
