"""How often the machine looks: the refresh pattern of real TRF logs."""

from dataclasses import replace
from typing import Any

import numpy as np

from linacsim.formats.trf.rows import Followed, TrfRows
from linacsim.model.arrays import Ints

SLOW_ROWS = 3
"""Rows for which slow columns stay (research/log-formats.md 2.4, both public Agility files)."""

_SLOW = ("state", "dose_rate_mu_per_min")
_SLOW_AXES = (
    "gantry_deg",
    "collimator_deg",
    "table_isocentric_deg",
    "table_longitudinal_cm",
    "table_lateral_cm",
    "table_height_cm",
)


def refreshed(rows: TrfRows) -> TrfRows:
    """Return rows whose state, dose rate, gantry, collimator and table are new each third row.

    All else stays new in each. Of collimator and table no public file at hand tells: they stand
    still there. They are taken to come the gantry's way.
    """
    newest = _newest(len(rows))
    newer: dict[str, Any] = {name: getattr(rows, name)[newest] for name in _SLOW}
    for name in _SLOW_AXES:
        axis: Followed = getattr(rows, name)
        newer[name] = Followed(axis.actual[newest], axis.error[newest])
    return replace(rows, **newer)


def _newest(count: int) -> Ints:
    """Return (n,) the row that each row's slow columns were read in."""
    row = np.arange(count)
    return row - row % SLOW_ROWS
