"""One number per axis, applied to many ticks.

NumPy runs over whole contiguous blocks three times as fast as over rows with a broadcast row, so
a row constant keeps copies of itself below each other. The numbers, and so the bits, are the same.
"""

import numpy as np

from linacsim.model.arrays import Floats


class RowConstant:
    """A constant (n_axes,) row."""

    def __init__(self, row: Floats) -> None:
        """Begin with one copy."""
        self.row = row
        self._copies = row[None]

    def block(self, n: int, cols: slice) -> Floats:
        """Return what multiplies an (n, columns) block: n full rows, or one row of some columns."""
        if cols.stop - cols.start < len(self.row):
            return self.row[cols]
        if len(self._copies) < n:
            self._copies = np.repeat(self.row[None], n, axis=0)
        return self._copies[:n]
