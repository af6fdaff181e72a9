"""Where couch and gantry were, tick by tick, for sensors that see them move."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.samples import CouchPosition
from linacsim.model.time import TICK_NS
from linacsim.motion.couch import COUCH_AXES

_BEFORE = -1
"""Number of the tick that ended when time began."""


@dataclass(frozen=True, slots=True)
class RoomState:
    """What of the machine changes what a sensor sees."""

    couch: CouchPosition
    gantry_deg: float
    """Varian internal scale."""


class RoomTrack:
    """Remembers each change of couch and gantry.

    Within a tick they stand where they stood at its begin: what the encoders say is known to the
    tick, and a couch at 8 cm/s moves 0.8 mm in one.
    """

    def __init__(self, positions: Floats, *, gantry: bool) -> None:
        """Start with all axes at `positions` (n_axes,); without `gantry` it is taken to stand."""
        self._columns = np.array([*COUCH_AXES, Axis.GANTRY_RTN] if gantry else COUCH_AXES)
        self._gantry = None if gantry else float(positions[Axis.GANTRY_RTN])
        self._start = positions[self._columns]
        self.begin()

    def begin(self) -> None:
        """Forget what was noted: time begins."""
        self._last = self._start
        self._ticks = [_BEFORE]
        self._states = [self._state(self._last)]

    def note(self, tick: int, positions: Floats) -> None:
        """Take where all axes stood at the end of ticks from `tick` on, (n, n_axes)."""
        rows = positions[:, self._columns]
        if (rows == self._last).all():
            return
        before = np.vstack((self._last, rows[:-1]))
        for row in np.flatnonzero((rows != before).any(axis=1)).tolist():
            self._ticks.append(tick + row)
            self._states.append(self._state(rows[row]))
        self._last = rows[-1].copy()

    def at(self, time_ns: int) -> RoomState:
        """Return the state at a time; after the last tick that was noted, that of its end.

        A time at which one tick ends and the next begins belongs to the one that ends, as it does
        for the samples that are received then.
        """
        within = -(-time_ns // TICK_NS) - 1
        index = bisect_right(self._ticks, within - 1) - 1
        return self._states[max(index, 0)]

    def _state(self, row: Floats) -> RoomState:
        vrt, lat, lng, rtn, pit, rol = row[: len(COUCH_AXES)].tolist()
        gantry = float(row[-1]) if self._gantry is None else self._gantry
        return RoomState((vrt, lat, lng, rtn, pit, rol), gantry)
