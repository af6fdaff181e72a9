"""Pure measures on columns of positions and MU: arrays in, flags and excess out.

They know neither frames nor logs; both are judged with them. Rows are ticks (or snapshots),
`dt_s` apart. A result for a row uses that row and the ones before it.
"""

import numpy as np

from linacsim.model.arrays import ArrayT, Bools, Floats, Ints
from linacsim.model.axes import Axis, AxisLayout

SUSTAINED = 3
"""Ticks for which something actual must last to count: a disturbance is no violation as long as
control reacts to it."""


def beyond(values: Floats, lower: Floats, upper: Floats) -> bool:
    """Return whether any of (n, m) values leaves the (m,) limits; cheap when none does."""
    if values.size == 0:
        return False
    return bool((values.min(axis=0) < lower).any() or (values.max(axis=0) > upper).any())


def sampled(values: ArrayT) -> ArrayT:
    """Return every third row: whatever is sustained shows in one of them."""
    return values[::SUSTAINED]  # type: ignore[return-value]


def steps(values: Floats) -> Floats:
    """Return (n - 1, m) change from each row to the next."""
    return np.subtract(values[1:], values[:-1])


def touching(flags: Bools, start: int) -> slice | Ints:
    """Return the flagged rows from `start` on; as a slice, which copies nothing, if they touch."""
    rows = np.flatnonzero(flags[start:]) + start
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def sustained(bad: Bools) -> Bools:
    """Return flags of the same shape, set where `SUSTAINED` rows in a row are bad."""
    out = np.zeros_like(bad)
    width = SUSTAINED - 1
    if len(bad) > width:
        out[width:] = bad[width:]
        for back in range(1, SUSTAINED):
            out[width:] &= bad[width - back : len(bad) - back]
    return out


def with_carriages(layout: AxisLayout, speed: Floats, limit: Floats) -> Floats:
    """Return (n, n_axes) speed limits: a leaf may add its carriage's speed (log-formats 6.1).

    `speed` (n, n_axes) is free of sign, `limit` (n_axes,) holds for leaves on a carriage at rest.
    """
    allowed = np.broadcast_to(limit, speed.shape).copy()
    for bank, carriage in ((layout.bank_a, Axis.CARRIAGE_A), (layout.bank_b, Axis.CARRIAGE_B)):
        own = np.minimum(np.nan_to_num(speed[:, carriage]), limit[carriage])
        allowed[:, bank] += own[:, None]
    return allowed
