"""The motion that a device tells of: all that is known of a marker that nobody emulates.

A scenario's motion says what stubs see and what stages play. A device on a wire of its own sees
something else; what the beam did can then only be held to what the device said.
"""

from array import array
from dataclasses import dataclass, replace

import numpy as np

from linacsim.engines.run import Record
from linacsim.engines.tally import RunResult
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.messages import Samples
from linacsim.model.signals import Inputs
from linacsim.motion.source import Motion
from linacsim.scenario.compose import Engine, Parts


class Told(Motion):
    """Where the valid samples of one source were, straight from each to the next."""

    def __init__(self, name: str, source: str) -> None:
        """Start with none; `name` is that of the device."""
        self.name = name
        self.source = source
        self._told = array("d")
        """Time and place of each sample, ns and cm: a live run may last for hours."""

    def record(self, tick: int, inputs: Inputs) -> None:  # noqa: ARG002
        """Take the inputs of a tick."""
        for message in inputs.messages:
            if isinstance(message, Samples) and message.source == self.source:
                for sample in message.samples:
                    if sample.valid:
                        place = (sample.x_cm, sample.y_cm, sample.z_cm)
                        self._told.extend((sample.measured_ns, *place))

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times; the nearest sample's before the first and after the last.

        At the isocentre where nothing was told.
        """
        rows = self._rows()
        if not len(rows):
            return np.zeros((len(times_ns), 3))
        return np.column_stack([np.interp(times_ns, rows[:, 0], rows[:, k]) for k in (1, 2, 3)])

    def seen(self, times_ns: Ints) -> Bools:
        """Return (n,) whether a sample came before or at, and another after or at, each time."""
        rows = self._rows()
        if not len(rows):
            return np.zeros(len(times_ns), dtype=bool)
        return np.asarray((times_ns >= rows[0, 0]) & (times_ns <= rows[-1, 0]))

    def _rows(self) -> Floats:
        """Return (n, 4) time and place of each sample, in the order of time."""
        rows = np.array(self._told).reshape(-1, 4)
        return rows[np.lexsort(rows.T[::-1])]


@dataclass(slots=True)
class Overheard:
    """An engine that lets somebody see the inputs of each tick."""

    engine: Engine
    hear: Record

    def __call__(self, parts: Parts) -> RunResult:
        """Run the parts to their end."""
        also = parts.record

        def record(tick: int, inputs: Inputs) -> None:
            self.hear(tick, inputs)
            if also is not None:
                also(tick, inputs)

        return self.engine(replace(parts, record=record))
