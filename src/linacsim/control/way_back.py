"""The way back of a held beam: its axes brake, come to rest, and are driven to where it stopped."""

from collections.abc import Callable

import numpy as np

from linacsim.control.loaded_beam import LoadedBeam
from linacsim.control.stance import Stance
from linacsim.control.watch import first_true
from linacsim.model.arrays import Bools, Floats
from linacsim.model.signals import Readings

USUAL_STOP_TICKS = 64
"""About as long as axes take to come to rest, until it is known how long they took."""
LEAST_TICKS = 8


class WayBack:
    """Knows how far the axes of a held beam are.

    While something else holds the beam too, nobody must act on their arrival at once: a block may
    run past it, and `run` then takes note of it in the tick in which it was.
    """

    def __init__(self, stance: Stance, go: Callable[[Floats], None]) -> None:
        """Be at the end of the way; `go` drives all axes to (n_axes,) positions."""
        self._stance = stance
        self._go = go
        self.ended = True
        """Whether axes are back, so that the beam may go on."""
        self._braked_ticks = 0
        self._stop_ticks = USUAL_STOP_TICKS
        """How long axes took to come to rest last time: a good guess of how long they will."""

    @property
    def driven(self) -> bool:
        """Whether axes are on their way, having come to rest before."""
        return not self.ended and not self._stance.braking

    def begin(self) -> None:
        """Stop the axes."""
        self._stance.brake()
        self.ended = False
        self._braked_ticks = 0

    @property
    def patience(self) -> int:
        """Ticks after which braking axes are likely to stand; all beyond is thrown away then."""
        return max(self._stop_ticks - self._braked_ticks, LEAST_TICKS)

    def follow(self, beam: LoadedBeam, readings: Readings) -> None:
        """See how far axes are in readings of one tick; drive them back once they stand."""
        if self.driven:
            self._stance.arrived(readings)
            self.ended = not self._stance.under_way and bool(beam.back(readings)[0])
        elif self._stance.braking and not readings.moving.any():
            self._stop_ticks = self._braked_ticks
            self._stance.stand(readings)
            self._go(np.where(beam.trajectory.dynamic, beam.position, self._stance.kept))

    def judge(self, beam: LoadedBeam, readings: Readings) -> int:
        """Return how many of n ticks pass until axes are back."""
        return first_true(self._arrived(beam, readings, self._stance.ticks_left))

    def run(self, beam: LoadedBeam, readings: Readings, position: Floats) -> None:
        """Take (n, n_axes) commanded positions as done, and what axes read meanwhile."""
        left, count = self._stance.ticks_left, len(position)
        self._stance.advance(position)
        self._braked_ticks += count
        if self.driven and left < count:
            arrived = self._arrived(beam, readings.first(count - 1), left)
            if arrived.any():
                self.follow(beam, readings.first(int(np.argmax(arrived)) + 1).last())
        beam.hold(count, back=self.ended)

    @staticmethod
    def _arrived(beam: LoadedBeam, readings: Readings, ticks_left: int) -> Bools:
        """Return (n,) whether the move is over and axes are back."""
        arrived = beam.back(readings)
        arrived[: max(0, ticks_left - 1)] = False
        return arrived
