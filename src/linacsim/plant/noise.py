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
        self._tables = tuple(
            _Table(rng.standard_normal((rows, len(deviation))) * scale) for rows in _LENGTHS
        )

    def fill(self, tick: int, columns: slice, out: Floats) -> None:
        """Write into (n, columns) `out` the noise of the n ticks that begin with `tick`."""
        first, second = (table.rows(tick, len(out))[:, columns] for table in self._tables)
        np.add(first, second, out=out)


class _Table:
    """Rows that repeat; written twice, so that up to one period of them is a view."""

    def __init__(self, rows: Floats) -> None:
        self._period = len(rows)
        self._rows = np.concatenate((rows, rows))

    def rows(self, tick: int, n: int) -> Floats:
        """Return n rows from row `tick` on."""
        start = tick % self._period
        if n <= self._period:
            return self._rows[start : start + n]
        return self._rows[(start + np.arange(n)) % self._period]
