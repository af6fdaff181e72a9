"""Rows of a TRF log in the machine's own names and units, however they were made."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from linacsim.formats.trf.items import COLUMNS, INDEX, PAIRS, Column
from linacsim.formats.trf.log import TrfLog
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """An axis that follows: where it is, and what is missing to where it should be."""

    actual: Floats
    """(n,), or (n, 80) for leaves."""
    error: Floats
    """Prescribed less actual, same shape."""

    @property
    def prescribed(self) -> Floats:
        """Where it should be."""
        return self.actual + self.error


@dataclass(frozen=True, slots=True, eq=False)
class TrfRows:
    """n rows, 40 ms apart. Diaphragms, guides and leaves are positive outward."""

    control_point: Ints
    """(n,) from 1; in step and shoot odd ones irradiate, even ones move."""
    energy_block: Ints
    """(n,) number of the energy's calibration block."""
    state: Ints
    """(n,) `LinacState` values."""
    dose_rate_mu_per_min: Floats
    """(n,) whole numbers are written."""
    step_dose_mu: Floats
    """(n,) begins again at each field or segment; 0.1 MU are written, cut off."""
    dose_mu: Floats
    """(n,) the same from the raw counter; 1/64 MU are written, modulo 1024 MU."""
    prf_pauses: Ints
    """(n,)"""
    wedge: Ints
    """(n,) `Wedge` values."""
    gantry_deg: Followed
    """IEC 61217, -180 to 180."""
    collimator_deg: Followed
    table_isocentric_deg: Followed
    table_longitudinal_cm: Followed
    table_lateral_cm: Followed
    table_height_cm: Followed
    x1_mm: Followed
    """Diaphragm at IEC +Y."""
    x2_mm: Followed
    """Diaphragm at IEC -Y."""
    guide_y2_mm: Followed
    """Dynamic leaf guide of bank Y2."""
    guide_y1_mm: Followed
    leaves_y2_mm: Followed
    """(n, 80) bank at IEC -X, leaf 1 at IEC +Y."""
    leaves_y1_mm: Followed
    """(n, 80) bank at IEC +X."""
    leaf_40_tolerance_mm: Floats
    """(n, 2) of leaf 40, banks Y2 and Y1; 1.0 in real files."""
    time_ms: Ints | None = None
    """(n,) Unix time of each row, UTC; None: not recorded."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.state)


_LEAVES = ("leaves_y2_mm", "leaves_y1_mm")
FOLLOWED = tuple(field.name for field in fields(TrfRows) if field.type is Followed)
"""Fields with an error beside them."""
_SINGLE = tuple(name for name in INDEX if name in {field.name for field in fields(TrfRows)})
_WHOLE = ("control_point", "energy_block", "state", "prf_pauses", "wedge")
_CUT_OFF = ("step_dose_mu", "dose_mu")
_TOLERANCES = ("leaf_y2_40_mm_tolerance", "leaf_y1_40_mm_tolerance")
_NEARLY = 1e-6
"""Of a count: what decimals may lack that is not cut off."""


def rows_of(log: TrfLog) -> TrfRows:
    """Return the rows of a log. Raises InputError where it lacks a column."""
    single: dict[str, Any] = {
        name: log.raw(name) if name in _WHOLE else log.value(name) for name in _SINGLE
    }
    followed: dict[str, Any] = {
        name: Followed(_values(log, name, "actual"), _values(log, name, "error"))
        for name in FOLLOWED
    }
    tolerance = np.stack([log.value(name) for name in _TOLERANCES], axis=1)
    return TrfRows(**single, **followed, leaf_40_tolerance_mm=tolerance, time_ms=log.time_ms)


def counts_of(rows: TrfRows) -> Ints:
    """Return (n, 350) counts in the order of `COLUMNS`.

    Raises InputError where a value is no number, or too large for 16 bits, naming column and row.
    """
    values = np.empty((len(rows), len(COLUMNS)))
    for name in _SINGLE:
        values[:, INDEX[name]] = getattr(rows, name)
    for name in FOLLOWED:
        both: Followed = getattr(rows, name)
        values[:, _places(name, "actual")] = both.actual.reshape(len(rows), -1)
        values[:, _places(name, "error")] = both.error.reshape(len(rows), -1)
    values[:, [INDEX[name] for name in _TOLERANCES]] = rows.leaf_40_tolerance_mm
    return _counted(values)


def _counted(values: Floats) -> Ints:
    steps = np.array([column.step for column in COLUMNS])
    exact = values / steps
    counts = np.rint(exact)
    cut = [INDEX[name] for name in _CUT_OFF]
    counts[:, cut] = np.floor(exact[:, cut] + _NEARLY)
    raw = INDEX["dose_mu"]
    counts[:, raw] = (counts[:, raw] + 0x8000) % 0x10000 - 0x8000
    bad = np.argwhere(~(np.abs(counts + 0.5) < 0x8000))
    if len(bad):
        row, place = bad[0]
        raise InputError(_unfit(COLUMNS[place], int(row), float(values[row, place])))
    return np.asarray(counts, dtype=np.int64)


def _unfit(column: Column, row: int, value: float) -> str:
    most = 0x7FFF * abs(column.step)
    return f"row {row}: {column.name} is {value:g}, and a TRF log holds -{most:g} to {most:g}"


def _names(name: str, kind: str) -> list[str]:
    """Return the columns of a field: `leaves_y2_mm` has 80 of them."""
    if name not in _LEAVES:
        return [f"{name}_{kind}"]
    bank = name.split("_")[1]
    return [f"leaf_{bank}_{leaf:02d}_mm_{kind}" for leaf in range(1, PAIRS + 1)]


def _places(name: str, kind: str) -> list[int]:
    return [INDEX[column] for column in _names(name, kind)]


def _values(log: TrfLog, name: str, kind: str) -> Floats:
    columns = [log.value(column) for column in _names(name, kind)]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
