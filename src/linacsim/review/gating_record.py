"""What of a delivery is kept to judge its gating: state and dose of each tick."""

import numpy as np

from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS


class GatingRecord:
    """A sink of frames that keeps nine bytes of each tick."""

    def __init__(self) -> None:
        """Start empty."""
        self._state: list[Bytes8] = []
        self._mu: list[Floats] = []

    def write(self, frames: Frames) -> None:
        """Keep the next frames."""
        self._state.append(frames.state.copy())
        self._mu.append(frames.mu_actual.copy())

    def close(self, *, truncated: bool = False) -> None:
        """End; nothing waits."""

    def state(self) -> Bytes8:
        """Return (n,) states from the first tick on."""
        return np.concatenate(self._state) if self._state else np.zeros(0, dtype=np.uint8)

    def mu(self) -> Floats:
        """Return (n,) dose monitor at the end of each tick."""
        return np.concatenate(self._mu) if self._mu else np.zeros(0)

    def prepared_ns(self) -> int:
        """Return the start of the first tick after PREPARE, when gating begins to follow."""
        return _first(self.state() >= State.PREPARED) * TICK_NS

    @property
    def complete(self) -> bool:
        """Whether the beam came to its end."""
        return bool((self.state() == State.COMPLETE).any())

    def delivery(self) -> slice:
        """Return the ticks from the first to the last of delivery, holds included."""
        state = self.state()
        rows = np.flatnonzero((state == State.DELIVERING) | (state == State.HOLDING))
        return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def _first(flags: Bools) -> int:
    return int(np.argmax(flags)) if flags.any() else 0
