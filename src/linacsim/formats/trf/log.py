"""A TRF log as it was read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trf.header import TrfHeader
from linacsim.formats.trf.items import BY_KEY, BY_NAME, Column
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError, Place

ROW_S = 0.04
"""From row to row."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrfLog:
    """n rows of counts, as they stand in the file."""

    path: Path | None
    header: TrfHeader
    counts: NDArray[np.int16] | NDArray[np.int32]
    """(n, columns) in the header's order."""
    time_ms: Ints | None
    """(n,) Unix time of each row by the machine's clock; None in version 1, which has none."""
    problems: tuple[str, ...] = ()
    """What is wrong with the file; empty after a strict reading."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.counts)

    def __repr__(self) -> str:
        """Return what it is, without its rows."""
        return f"TrfLog({str(self.path or '')!r}, version {self.header.version}, {len(self)} rows)"

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each column is."""
        return tuple(BY_KEY[key] for key in self.header.keys)

    @property
    def time_s(self) -> Floats:
        """(n,) time since the first row, 40 ms a row."""
        return np.arange(len(self), dtype=np.float64) * ROW_S

    def raw(self, name: str) -> Ints:
        """Return (n,) counts of a column. Raises InputError where the log lacks it."""
        key = BY_NAME[name].key
        if key not in self.header.keys:
            place = Place(file=str(self.path)) if self.path else None
            raise InputError(f"the log has no column {name} ({key[0]}_{key[1]})", place)
        counts = self.counts[:, self.header.keys.index(key)].astype(np.int64)
        # The dose counter is unsigned and 16 bits wide.
        return counts & 0xFFFF if name == "dose_mu" else counts

    def value(self, name: str) -> Floats:
        """Return (n,) values of a column in its unit; errors as `raw`."""
        return scaled(self.raw(name), BY_NAME[name])


def scaled(counts: Ints, column: Column) -> Floats:
    """Return counts as values; tenths exactly as a decimal is read: 199 gives 19.9."""
    values = counts.astype(np.float64)
    if abs(column.step) == 0.1:
        # Adding 0 turns a minus zero into a plain one.
        return values / (10.0 if column.step > 0 else -10.0) + 0.0
    return values * column.step
