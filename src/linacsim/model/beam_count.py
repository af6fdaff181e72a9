"""How often the beam was held, and how long there was beam, counted over frames."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS, seconds


@dataclass(slots=True)
class BeamCount:
    """Sums since the start of a run."""

    holds: int = 0
    """Holds that have begun."""
    _beam_ticks: int = 0
    _holding: bool = False

    @property
    def beam_on_s(self) -> float:
        """How long there was beam."""
        return seconds(self._beam_ticks * TICK_NS)

    def add(self, frames: Frames) -> None:
        """Take the next frames, which are of one state."""
        before, self._holding = self._holding, bool(frames.state[0] == State.HOLDING)
        self.holds += self._holding and not before
        self._beam_ticks += int(np.count_nonzero(frames.beam_on))
