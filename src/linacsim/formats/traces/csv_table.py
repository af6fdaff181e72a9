"""CSV with declared columns, semicolon and decimal comma included.

Without a column map the titles must be those that `linacsim trace convert` writes, which carry
their units; then nothing has to be guessed.
"""

from collections.abc import Callable

import numpy as np

from linacsim.formats.traces.columns import (
    LENGTH_UNITS_PER_CM,
    TIME_UNITS_NS,
    ColumnMap,
)
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import (
    AXES,
    Raw,
    ReadOptions,
    flag_column,
    mark_column,
    phase_column,
)
from linacsim.formats.traces.robot import first_row, with_points
from linacsim.formats.traces.text import is_number, read_table
from linacsim.formats.traces.vxp import MARK_WORDS
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.trace import TraceFormat

OWN_MAP = ColumnMap(
    time="time_s",
    x="x_cm",
    y="y_cm",
    z="z_cm",
    phase="phase_deg",
    valid="valid",
    flag="flag",
    beam="beam_enable",
    mark="mark",
    ttl_in="ttl_in",
    ttl_out="ttl_out",
    length_unit="cm",
)
"""Titles of our own files."""

_SEPARATORS = (";", "\t", ",")


def own_titles(lines: list[str]) -> bool:
    """Return whether the first row has the titles of our own files: time and a position."""
    start = first_row(lines)
    if start is None:
        return False
    titles = _titles(lines[start], _separator(lines[start], None))
    return OWN_MAP.time in titles and any(title in titles for title in ("x_cm", "y_cm", "z_cm"))


def read_csv(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of a CSV file."""
    start = first_row(lines)
    if start is None:
        raise InputError("holds no samples", Place(notes.file))
    columns = options.columns or OWN_MAP
    separator = _separator(lines[start], columns.separator)
    titles = _titles(lines[start], separator)
    titled = not all(is_number(title.replace(",", ".")) for title in titles if title)
    rows = start + int(titled)
    if not titled:
        titles = [str(index + 1) for index in range(len(titles))]
    where = _where(columns, titles, start + 1, options.columns is not None, notes)
    body = lines[rows:] if separator == "," else with_points(lines[rows:], rows + 1, notes)
    table = read_table(body, rows + 1, separator, options.policy, notes, MARK_WORDS)
    if table.values.shape[1] != len(titles):
        raise InputError(
            f"rows have {table.values.shape[1]} columns and the titles name {len(titles)}; decimal "
            "commas need another separator than the comma",
            Place(notes.file, int(table.line[0])),
        )

    def column(name: str) -> Floats | None:
        return np.ascontiguousarray(table.values[:, where[name]]) if name in where else None

    return _raw(columns, column, table.line, notes)


def _separator(line: str, stated: str | None) -> str:
    if stated:
        return "\t" if stated in ("tab", "\\t") else stated
    return next((candidate for candidate in _SEPARATORS if candidate in line), ",")


def _titles(line: str, separator: str) -> list[str]:
    return [title.strip().strip('"') for title in line.split(separator)]


def _where(
    columns: ColumnMap, titles: list[str], line: int, declared: bool, notes: Notes
) -> dict[str, int]:
    """Return the index of each column; a title that is mapped is there once, if declared."""
    where = {}
    for name, title in columns.named().items():
        if titles.count(title) > 1:
            raise InputError(
                f"{titles.count(title)} columns are called {title!r}: which is {name}?",
                Place(notes.file, line),
            )
        if title in titles:
            where[name] = titles.index(title)
        elif declared:
            raise InputError(
                f"no column {title!r} for {name}; the file has {', '.join(titles)}",
                Place(notes.file, line),
            )
    unused = [title for index, title in enumerate(titles) if index not in where.values()]
    if unused:
        notes.note("unused-column", f"columns not read: {', '.join(unused)}", line=line)
    return where


def _raw(
    columns: ColumnMap, column: Callable[[str], Floats | None], line: Ints, notes: Notes
) -> Raw:
    axes = "".join(axis for axis in AXES if column(axis) is not None)
    positions = np.zeros((len(line), 3))
    for axis in axes:
        positions[:, AXES.index(axis)] = column(axis)
    positions /= LENGTH_UNITS_PER_CM[columns.length_unit]
    valid = column("valid")
    phase, mark = column("phase"), column("mark")
    beam, ttl_in, ttl_out = column("beam"), column("ttl_in"), column("ttl_out")
    return Raw(
        format=TraceFormat.CSV,
        line=line,
        time=column("time"),
        time_unit_ns=TIME_UNITS_NS[columns.time_unit],
        positions=positions,
        axes=axes,
        phase_deg=None if phase is None else phase_column(phase, columns.phase_unit),
        flags=column("flag"),
        valid=None if valid is None else flag_column(valid),
        marks=None if mark is None else mark_column(mark, line, notes),
        beam_enable=None if beam is None else flag_column(beam),
        ttl_in=None if ttl_in is None else flag_column(ttl_in),
        ttl_out=None if ttl_out is None else flag_column(ttl_out),
    )
