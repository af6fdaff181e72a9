"""Images triggered by windows (manual, Appendix A, AcquisitionTrigger); events, no images."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from linacsim.model.motion import AcquisitionTrigger
from linacsim.model.time import to_ns


class Trigger(NamedTuple):
    """Ask an image source for an image."""

    source: str
    """`MV` or `KV`."""
    at_ns: int
    """When, with the trigger's own delay in it; may be still to come."""


class TriggerLine:
    """The triggers of one window.

    `SingleTrigger`, true by default, lets a trigger fire once and never again.
    """

    def __init__(self, triggers: Sequence[AcquisitionTrigger], delta: float | None = None) -> None:
        """Take the triggers and the step, from the lower limit on, at which they fire."""
        self._triggers = tuple(triggers)
        self._delta = delta if delta is not None and delta > 0 else None
        self._spent: set[int] = set()
        self._fired: list[Trigger] = []

    def edge(self, at_ns: int, *, entered: bool) -> None:
        """Fire what fires on entering or leaving the window."""
        for index, trigger in enumerate(self._triggers):
            wanted = trigger.on_enter is not False if entered else bool(trigger.on_exit)
            if wanted:
                self._fire(index, at_ns)

    def passed(
        self, before_ns: int, before: float, after_ns: int, after: float, lower: float
    ) -> None:
        """Fire at each step of delta that an evenly moving value passed between two times."""
        if self._delta is None or before == after or math.isnan(before + after):
            return
        for step in _between((before - lower) / self._delta, (after - lower) / self._delta):
            if step < 1:
                continue
            share = (lower + step * self._delta - before) / (after - before)
            at_ns = before_ns + round(min(max(share, 0.0), 1.0) * (after_ns - before_ns))
            for index in range(len(self._triggers)):
                self._fire(index, at_ns)

    def take(self) -> tuple[Trigger, ...]:
        """Return what was fired since the last call."""
        fired = tuple(self._fired)
        self._fired.clear()
        return fired

    def _fire(self, index: int, at_ns: int) -> None:
        trigger = self._triggers[index]
        if index in self._spent:
            return
        if trigger.single is not False:
            self._spent.add(index)
        self._fired.append(Trigger(trigger.source, at_ns + to_ns(trigger.delay_s or 0.0)))


def _between(before: float, after: float) -> Sequence[int]:
    """Return the whole numbers passed, the one arrived at included, the one left not."""
    if after > before:
        return range(math.floor(before) + 1, math.floor(after) + 1)
    return range(math.ceil(before) - 1, math.ceil(after) - 1, -1)
