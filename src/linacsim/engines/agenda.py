"""The sparse agenda: who does what when, on a SimPy clock that counts nanoseconds.

Actors are SimPy processes. They put messages on the agenda's list; the engine collects those
that are due before each tick. An actor may also wait for the machine to reach a state.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import simpy

from linacsim.engines.conditions import any_of
from linacsim.model.messages import HoldLine, Message
from linacsim.model.signals import Condition, Frames
from linacsim.model.time import TICK_NS

Steps = Generator[simpy.Event, Any, None]
"""A SimPy process."""


class Agenda:
    """Messages at times and at events."""

    def __init__(self) -> None:
        """Start at time zero with nothing to do."""
        self._env = simpy.Environment()
        self._due: list[Message] = []
        self._waiting: list[tuple[Condition, simpy.Event]] = []
        self.open = False
        """Whether an actor may still be started; a run with an open agenda does not end."""

    @property
    def now_ns(self) -> int:
        """Time on the agenda's clock."""
        return int(self._env.now)

    def post(self, message: Message) -> None:
        """Deliver a message before the next tick."""
        self._due.append(message)

    def at(self, time_ns: int, *messages: Message) -> None:
        """Deliver messages before the first tick that starts at or after `time_ns`."""
        self._env.process(self._later(time_ns, messages))

    def line(self, time_ns: int, device: int, *, hold: bool) -> None:
        """Let a beam-hold device change its line at `time_ns`, which may lie within a tick."""
        self.at(time_ns // TICK_NS * TICK_NS, HoldLine(device, hold, time_ns))

    def when(self, condition: Condition, *messages: Message, after_ns: int = 0) -> None:
        """Deliver messages `after_ns` after the first tick that meets the condition."""
        self._env.process(self._once(condition, messages, after_ns))

    def start(self, steps: Callable[["Agenda"], Steps]) -> None:
        """Start an actor."""
        self._env.process(steps(self))

    def wait(self, time_ns: int) -> simpy.Event:
        """Return an event that comes `time_ns` from now, for actors."""
        return self._env.timeout(time_ns)

    def until(self, condition: Condition) -> simpy.Event:
        """Return an event that comes after the first tick that meets the condition."""
        event = self._env.event()
        self._waiting.append((condition, event))
        return event

    def next_ns(self, otherwise: int) -> int:
        """Return when something is next on the agenda."""
        peek = self._env.peek()
        return otherwise if peek == float("inf") else min(otherwise, int(peek))

    @property
    def watched(self) -> Condition | None:
        """The condition some actor waits for, so that a block ends with the tick that meets it."""
        return any_of(*(condition for condition, _ in self._waiting)) if self._waiting else None

    @property
    def only_waits(self) -> bool:
        """Whether nothing will happen unless the machine does something."""
        return self._env.peek() == float("inf") and not self._due and not self.open

    def advance(self, time_ns: int) -> Sequence[Message]:
        """Run actors up to and including `time_ns`; return the messages that are due."""
        while self._env.peek() <= time_ns:
            self._env.step()
        self._pass_to(time_ns)
        due, self._due = self._due, []
        return due

    def show(self, frames: Frames) -> None:
        """Let waiting actors see what happened, at the end of the last of these ticks."""
        self._pass_to((int(frames.tick[-1]) + 1) * TICK_NS)
        still = []
        for condition, event in self._waiting:
            if condition(frames).any():
                event.succeed()
            else:
                still.append((condition, event))
        self._waiting = still

    def _pass_to(self, time_ns: int) -> None:
        if self._env.now < time_ns:
            self._env.run(until=time_ns)

    def _later(self, time_ns: int, messages: Sequence[Message]) -> Steps:
        yield self._env.timeout(time_ns - self._env.now)
        self._due.extend(messages)

    def _once(self, condition: Condition, messages: Sequence[Message], after_ns: int) -> Steps:
        yield self.until(condition)
        yield self._env.timeout(after_ns)
        self._due.extend(messages)
