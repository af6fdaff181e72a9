"""Which ticks of a delivery become rows of its log.

The choice depends on the ticks alone, never on how they are cut into blocks.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bytes8, Ints
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS


@dataclass(frozen=True, slots=True)
class RecordingWindow:
    """When recording starts and stops, and where its rows fall.

    Real logs begin 2 to 5 rows before the first MU and end 2 to 7 rows after the last; runs that
    were stopped end half a second after the stop (research/log-formats.md 6.2, 6.4).
    """

    lead_in_rows: int = 0
    """Rows before the first DELIVERING or HOLDING tick. None by default: the supervisor already
    spends its first ticks of DELIVERING under beam hold, as real logs show."""
    trailing_rows: int = 3
    """Rows after the beam is over."""
    interrupted_s: float = 0.5
    """How long an INTERRUPTED beam is recorded. The wait for the operator after that is not in
    the log, as on the machine; `math.inf` records all of it."""
    phase_ticks: int = 0
    """Ticks from the first tick of the delivery to the first row on the grid. With an even
    number of lead-in ticks, 0 gives the machine's phase: the first row that moves shows the end
    of the first tick that moves, 10 ms after the start of motion (section 7, rule 8)."""


_ACTIVE = (State.DELIVERING, State.HOLDING)


class Sampler:
    """Chooses ticks, block after block."""

    def __init__(self, window: RecordingWindow, interval_ms: int) -> None:
        """Wait for the delivery to begin; `interval_ms` must be a multiple of the tick."""
        self.stride = interval_ms * NS_PER_MS // TICK_NS
        """Ticks from row to row."""
        self._phase = window.phase_ticks
        self._lead_ticks = window.lead_in_rows * self.stride
        trailing = window.trailing_rows * self.stride
        self._allowed = np.full(len(State), float(trailing))
        self._allowed[State.INTERRUPTED] = window.interrupted_s * NS_PER_S / TICK_NS
        self._anchor: int | None = None
        self._last_active = 0

    @property
    def lead_ticks(self) -> int:
        """How many ticks before the delivery must be kept at hand."""
        return self._lead_ticks if self._anchor is None else 0

    def choose(self, tick: Ints, state: Bytes8) -> Ints:
        """Return indices, rising, of the ticks of this block to record.

        Once the delivery has begun each tick must be shown once, in order.
        """
        active = (state == _ACTIVE[0]) | (state == _ACTIVE[1])
        if self._anchor is None:
            if not active.any():
                return np.empty(0, dtype=np.int64)
            self._anchor = int(tick[np.argmax(active)])
            self._last_active = self._anchor
        last_active = np.maximum.accumulate(np.where(active, tick, self._last_active))
        self._last_active = int(last_active[-1])
        since = tick - last_active
        wanted = (since <= self._allowed[state]) & (tick >= self._anchor - self._lead_ticks)
        on_grid = (tick - self._anchor - self._phase) % self.stride == 0
        return np.flatnonzero(wanted & on_grid)
