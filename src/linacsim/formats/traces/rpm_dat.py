"""RPM's own .dat files, 1.4 and 1.7 (research/log-formats.md 4.2).

The phase is taken to be in radians, as in VXP files.
"""

import re

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import Raw, ReadOptions, along, flag_column, phase_column
from linacsim.formats.traces.text import read_table
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_MS
from linacsim.model.trace import TraceFormat

_HEADER_LINES = 10
_VERSION = re.compile(r"VERSION\s*=\s*([0-9.]+)", re.IGNORECASE)
_EXTRA_COLUMNS = {"1.4": 0, "1.7": 2}
"""Values after the signal whose meaning is not public."""
_NAMES = ("phase", "timestamp", "valid", "video", "ttl_in", "beam")


def read_rpm_dat(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of an RPM .dat file."""
    version = _version(lines, notes)
    extra = _EXTRA_COLUMNS[version]
    reference = _pair(lines, 3, notes)[0]
    window = _pair(lines, 5, notes)
    by_phase = "#TRUE#" in lines[3].upper()
    rows = [line.rstrip().removesuffix(",") for line in lines[_HEADER_LINES:]]
    table = read_table(rows, _HEADER_LINES + 1, ",", options.policy, notes)
    wanted = 1 + extra + len(_NAMES)
    if table.values.shape[1] != wanted:
        raise InputError(
            f"rows have {table.values.shape[1]} columns, version {version} has {wanted}",
            Place(notes.file, int(table.line[0])),
        )
    signal = np.ascontiguousarray(table.values[:, 0])
    columns = dict(zip(_NAMES, np.ascontiguousarray(table.values[:, 1 + extra :].T), strict=True))
    notes.note("crc", "the CRC is not checked: how it is made is not public", line=1)
    notes.not_acted_on(
        "rpm-columns",
        "the video frame index"
        + (" and two unknown columns are" if extra else " is")
        + " not kept",
    )
    return Raw(
        format=TraceFormat.RPM_DAT,
        version=version,
        line=table.line,
        time=columns["timestamp"],
        time_unit_ns=NS_PER_MS,
        positions=along(signal, options.amplitude_axis),
        axes=options.amplitude_axis,
        phase_deg=phase_column(columns["phase"], "rad"),
        flags=columns["valid"],
        ttl_in=flag_column(columns["ttl_in"]),
        beam_enable=flag_column(columns["beam"]),
        gate_limits_cm=None if by_phase else (reference + window[0], reference + window[1]),
        header={"gating": "phase" if by_phase else "amplitude", "gate_window": lines[4].strip()},
    )


def _version(lines: list[str], notes: Notes) -> str:
    if len(lines) <= _HEADER_LINES:
        raise InputError("ends within the header: not a whole RPM file", Place(notes.file))
    match = _VERSION.search(lines[1])
    version = match.group(1) if match else ""
    if version not in _EXTRA_COLUMNS:
        raise InputError(
            f"RPM version {version!r} is not known; known: {', '.join(_EXTRA_COLUMNS)}",
            Place(notes.file, 2),
        )
    return version


def _pair(lines: list[str], number: int, notes: Notes) -> tuple[float, float]:
    """Return the two numbers of a header line."""
    words = [word for word in lines[number - 1].split(",") if word.strip()]
    try:
        first, second = (float(word) for word in words)
    except ValueError:
        raise InputError(
            f"must be two numbers, not {lines[number - 1].strip()!r}", Place(notes.file, number)
        ) from None
    return first, second
