"""Rows of a log put on ticks, for tools that drive the plant with what a real log expects."""

import numpy as np

from linacsim.model.arrays import Floats


def on_ticks(rows: Floats, every: int) -> Floats:
    """Return values on ticks of n rows `every` ticks apart: (every (n - 1) + 1, ...).

    Where rows are two ticks apart, as in logs of real machines, the tick between lies on a cubic
    through four rows; else on the line between two.
    """
    if every == 1 or len(rows) < 2:
        return rows
    out = np.empty((every * (len(rows) - 1) + 1, *rows.shape[1:]))
    for k in range(every):
        part = out[k::every]
        share = k / every
        part[: len(rows) - 1] = (1 - share) * rows[:-1] + share * rows[1:]
    out[-1] = rows[-1]
    if every == 2:
        out[3:-3:2] = (9 * (rows[1:-2] + rows[2:-1]) - rows[:-3] - rows[3:]) / 16
    return out
