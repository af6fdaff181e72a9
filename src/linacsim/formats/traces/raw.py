"""What a reader finds in a file before any sample is judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from linacsim.formats.traces.columns import PHASE_UNITS_DEG, ColumnMap
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.policy import Policy
from linacsim.model.arrays import Bools, Bytes8, Floats, Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.trace import TraceFormat, TraceMark

AXES = "xyz"
_MOST_PHASE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How a trace is to be read, where the file leaves that open."""

    format: TraceFormat | None = None
    """None: told by content."""
    rate_hz: float | None = None
    """Rate of a file without time; times that the file has are replaced, and that is told."""
    amplitude_axis: str = "z"
    """Axis along which a signal with one amplitude moves."""
    invert: bool = False
    """Turn the sign of the positions: sources differ on whether breathing in is up."""
    phase_offset_deg: float = 0.0
    """Added to the phase: sources differ on whether phase 0 is breathed in or out."""
    columns: ColumnMap | None = None
    """Columns of a CSV file."""
    policy: Policy = field(default_factory=Policy)


@dataclass(slots=True, kw_only=True)
class Raw:
    """Columns as the file has them, n rows; None: the file has no such column."""

    format: TraceFormat
    line: Ints
    """(n,)"""
    positions: Floats
    """(n, 3) cm, NaN where empty."""
    axes: str = AXES
    time: Floats | None = None
    """(n,) in units of `time_unit_ns`."""
    time_unit_ns: int = 1
    version: str = ""
    stated_rate_hz: float | None = None
    stated_rate_line: int | None = None
    phase_deg: Floats | None = None
    valid: Bools | None = None
    flags: Floats | None = None
    marks: Bytes8 | None = None
    beam_enable: Bools | None = None
    ttl_in: Bools | None = None
    ttl_out: Bools | None = None
    rotations_deg: Floats | None = None
    gate_limits_cm: tuple[float, float] | None = None
    header: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.line)


Reader = Callable[[list[str], ReadOptions, Notes], Raw]
"""Lines of a file become raw columns; raises InputError where they cannot."""


def along(amplitude_cm: Floats, axis: str) -> Floats:
    """Return (n, 3) positions of a signal with one amplitude."""
    positions = np.zeros((len(amplitude_cm), 3))
    positions[:, AXES.index(axis)] = amplitude_cm
    return positions


def mark_column(values: Floats, line: Ints, notes: Notes) -> Bytes8:
    """Return a column of marks, read as the numbers of `TraceMark`; an empty field is none.

    Raises InputError for anything else.
    """
    marks = np.nan_to_num(values)
    wrong = np.flatnonzero(~np.isin(marks, list(TraceMark)))
    if len(wrong):
        raise InputError("mark must be Z, P or empty", Place(notes.file, int(line[wrong[0]])))
    return marks.astype(np.uint8)


def phase_column(values: Floats, unit: str) -> Floats:
    """Return phases in degrees; what is far from being a phase becomes NaN."""
    return np.where(np.abs(values) < _MOST_PHASE, values, np.nan) * PHASE_UNITS_DEG[unit]


def flag_column(values: Floats) -> Bools:
    """Return a column of 0 and 1 as booleans; an empty field is 0."""
    return np.asarray(np.nan_to_num(values) != 0)
