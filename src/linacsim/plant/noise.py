"""Noise addressed by tick, so that no stream has a position that blocks could disturb.

Row k of a source is the sum of row k of two tables whose lengths have no common factor; the sum
repeats only after the product of both lengths, some three hours of ticks.
"""

import numpy as np

from linacsim.model.arrays import Floats

_LENGTHS = (1021, 1031)
"""Rows of the two tables; both prime."""


class TickNoise:
    """Normal noise with its own standard deviation in each column."""

    def __init__(self, rng: np.random.Generator, deviation: Floats) -> None:
        """Draw the tables; `deviation` is (columns,)."""
        scale = deviation / np.sqrt(2.0)
        first, second = (rng.standard_normal((rows, len(deviation))) * scale for rows in _LENGTHS)
        self._first = first
        self._second = second

    def rows(self, tick: int, n: int, columns: slice) -> Floats:
        """Return (n, columns) noise of the n ticks that begin with `tick`."""
        ticks = np.arange(tick, tick + n)
        out: Floats = self._first[ticks % _LENGTHS[0], columns]
        out += self._second[ticks % _LENGTHS[1], columns]
        return out

    def row(self, tick: int) -> Floats:
        """Return (columns,) noise of one tick."""
        out: Floats = self._first[tick % _LENGTHS[0]] + self._second[tick % _LENGTHS[1]]
        return out
