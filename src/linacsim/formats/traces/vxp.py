"""Varian VXP 1.5 and 1.6 (research/log-formats.md 4.1)."""

from types import MappingProxyType

import numpy as np

from linacsim.formats.traces.headers import Header, read_header
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import (
    Raw,
    ReadOptions,
    along,
    flag_column,
    mark_column,
    phase_column,
)
from linacsim.formats.traces.text import Table, read_table
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_MS
from linacsim.model.trace import TraceFormat, TraceMark

LAYOUTS = {
    "1.5": ("amplitude", "phase", "timestamp", "validflag", "ttlin", "mark"),
    "1.6": ("amplitude", "phase", "timestamp", "validflag", "ttlin", "mark", "ttlout"),
}
MARK_WORDS = MappingProxyType({"Z": str(int(TraceMark.ZERO)), "P": str(int(TraceMark.PI))})
_MM_PER_CM = 10.0


def read_vxp(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of a VXP file."""
    header = read_header(lines)
    if header is None:
        raise InputError("has no [Data] line: not a whole VXP file", Place(notes.file))
    version = header.entries.get("version", "")
    layout = _layout(header, version, notes)
    table = read_table(
        lines[header.rows :], header.rows + 1, ",", options.policy, notes, MARK_WORDS
    )
    columns = _columns(table, layout, notes)
    scale_mm = _scale(header, notes)
    if "crc" in header.entries:
        notes.note(
            "crc", "the CRC is not checked: how it is made is not public", line=header.line["crc"]
        )
    ttl_out = columns.get("ttlout")
    return Raw(
        format=TraceFormat.VXP,
        version=version,
        line=table.line,
        time=columns["timestamp"],
        time_unit_ns=NS_PER_MS,
        positions=along(columns["amplitude"] * (scale_mm / _MM_PER_CM), options.amplitude_axis),
        axes=options.amplitude_axis,
        stated_rate_hz=header.number("samples_per_second", notes.file),
        stated_rate_line=header.line.get("samples_per_second"),
        phase_deg=phase_column(columns["phase"], "rad"),
        flags=columns["validflag"],
        marks=mark_column(columns["mark"], table.line, notes),
        ttl_in=flag_column(columns["ttlin"]),
        ttl_out=None if ttl_out is None else flag_column(ttl_out),
        header=header.kept(),
    )


def _layout(header: Header, version: str, notes: Notes) -> tuple[str, ...]:
    stated = header.entries.get("data_layout")
    if stated is not None:
        layout = tuple(name.strip().lower() for name in stated.split(","))
        missing = [name for name in LAYOUTS["1.5"] if name not in layout]
        if missing:
            place = Place(notes.file, header.line["data_layout"], "Data_layout")
            raise InputError(f"names no column {', '.join(missing)}", place)
        return layout
    if version not in LAYOUTS:
        raise InputError(
            f"VXP version {version!r} without Data_layout is not known; known: 1.5, 1.6",
            Place(notes.file, header.line.get("version")),
        )
    return LAYOUTS[version]


def _columns(table: Table, layout: tuple[str, ...], notes: Notes) -> dict[str, Floats]:
    count = table.values.shape[1]
    if count != len(layout):
        raise InputError(
            f"rows have {count} columns where the header says {len(layout)} "
            f"({', '.join(layout)}); decimal commas cannot be told from separators here",
            Place(notes.file, int(table.line[0])),
        )
    return dict(zip(layout, np.ascontiguousarray(table.values.T), strict=True))


def _scale(header: Header, notes: Notes) -> float:
    """Return mm per unit of amplitude."""
    scale = header.number("scale_factor", notes.file)
    if scale is None:
        notes.warn(
            "scale-factor",
            "the header has no Scale_factor; 10 is taken: amplitudes in cm",
            mend="add Scale_factor to the header if that is wrong",
        )
        return 10.0
    return scale
