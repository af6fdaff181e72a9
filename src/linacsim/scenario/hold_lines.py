"""Lines of beam-hold devices that a scenario raises, with edges that may lie within a tick."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from linacsim.engines.agenda import Agenda, Steps
from linacsim.model.messages import HoldLine
from linacsim.model.time import TICK_NS, to_ns
from linacsim.scenario.triggers import Timed


class HoldLineKeys(Timed):
    """A device raises its line, once or again and again."""

    device: Annotated[int, Field(ge=0, le=15)]
    for_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """The line drops after this time; without it, it stays up."""
    every_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """From one rise to the next, where there are several."""
    times: Annotated[int, Field(ge=1, le=100_000)] = 1

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if self.times > 1 and (self.every_s is None or self.for_s is None):
            raise ValueError("times needs for_s and every_s")
        if self.every_s is not None and self.times == 1:
            raise ValueError("every_s needs times of 2 or more")
        if self.every_s is not None and self.for_s is not None and self.every_s <= self.for_s:
            raise ValueError("every_s must be more than for_s")
        return self


class LineOperator:
    """Raises and drops one line as a scenario says."""

    def __init__(self, keys: HoldLineKeys) -> None:
        """Wait for the time of the first edge."""
        self._keys = keys
        self.done = False
        """Whether the line went up."""

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        self.done = False
        keys = self._keys
        start_ns = to_ns(keys.after_s)
        if keys.when is not None:
            yield agenda.until(keys.when.condition())
            start_ns += agenda.now_ns
        else:
            start_ns = max(start_ns + to_ns(keys.at_s or 0.0), agenda.now_ns)
        for number in range(keys.times):
            rise_ns = start_ns + number * to_ns(keys.every_s or 0.0)
            yield from self._edge(agenda, rise_ns, hold=True)
            self.done = True
            if keys.for_s is not None:
                yield from self._edge(agenda, rise_ns + to_ns(keys.for_s), hold=False)

    def _edge(self, agenda: Agenda, time_ns: int, *, hold: bool) -> Steps:
        """Hand an edge over before the tick in which it lies."""
        yield agenda.wait(max(0, time_ns // TICK_NS * TICK_NS - agenda.now_ns))
        agenda.post(HoldLine(self._keys.device, hold, time_ns))
