"""Where axes are told to be while no trajectory runs: standing, braking, or on a move of their own.

After braking an axis stays where it came to rest (manual, "Limitations"); it is driven again only
by a move.
"""

import numpy as np

from linacsim.control.moves import Move
from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.signals import Drive, Readings
from linacsim.model.trajectory import Trajectory


class Stance:
    """Commands to all axes apart from a delivery."""

    def __init__(self, start: Floats) -> None:
        """Stand at `start` (n_axes,)."""
        self.kept = start.copy()
        """(n_axes,) where axes are kept."""
        self.follow: Bytes8 = np.full(len(start), Drive.FOLLOW, dtype=np.uint8)
        self._brake: Bytes8 = np.full(len(start), Drive.BRAKE, dtype=np.uint8)
        self.drive = self.follow
        self._move: Move | None = None

    @property
    def moving(self) -> bool:
        """Whether a move is running."""
        return self._move is not None

    @property
    def under_way(self) -> bool:
        """Whether a move still has positions to command."""
        return self.ticks_left > 0

    @property
    def ticks_left(self) -> int:
        """Ticks for which a move still has positions to command."""
        return 0 if self._move is None else self._move.ticks_left

    @property
    def braking(self) -> bool:
        """Whether axes were told to stop short and have not been driven since."""
        return self.drive is self._brake

    def brake(self) -> None:
        """Stop all axes in the shortest distance and give up any move."""
        self._move = None
        self.drive = self._brake

    def stand(self, readings: Readings) -> None:
        """After braking, keep axes where they came to rest."""
        if self.braking:
            self.kept = readings.position[-1].copy()
            self.drive = self.follow

    def keep(self, which: Bools, position: Floats) -> None:
        """Keep some axes (n_axes,) at `position` (n_axes,) from now on."""
        self.kept = np.where(which, position, self.kept)

    def go(self, trajectory: Trajectory) -> None:
        """Start a move planned from where axes are kept."""
        self._move = Move(trajectory)

    def arrived(self, readings: Readings) -> bool:
        """Return whether a move has ended and everything stands; the move is then over."""
        if self._move is None or self._move.ticks_left or readings.moving.any():
            return False
        self._move = None
        return True

    def propose(self, n: int, *, past_end: bool = False) -> Floats:
        """Return (m, n_axes) commanded positions for m <= n ticks, to the end of a move or past."""
        if self._move is not None and self.under_way:
            return self._move.positions(n if past_end else min(n, self._move.ticks_left))
        return np.broadcast_to(self.kept, (n, len(self.kept)))

    def advance(self, position: Floats) -> None:
        """Take (m, n_axes) commanded positions as done."""
        if self._move is not None and self.under_way:
            self._move.advance(len(position))
            self.kept = position[-1]
