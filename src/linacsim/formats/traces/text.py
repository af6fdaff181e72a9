"""Trace files as text, and their tables of numbers."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.policy import Action, Policy
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError, Place, os_reason

MOST_BYTES = 200_000_000
"""About a day at 1 kHz; whatever is larger is not a trace."""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers of consecutive lines."""

    values: Floats
    """(n, columns), NaN for empty fields."""
    line: Ints
    """(n,) line in the file, from 1."""


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file without their ends.

    UTF-8 and UTF-16 are told by their marks, else UTF-8 is tried, then Latin-1. Raises InputError
    for what cannot be read, is empty or is not text.
    """
    place = Place(str(path))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is larger than 200 MB: not a motion trace", place)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the trace cannot be read: {os_reason(error)}", place) from None
    text = _decoded(data)
    if not text.strip():
        raise InputError("is empty: not a motion trace", place)
    if "\0" in text:
        raise InputError("is not text: not a motion trace", place)
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_table(
    lines: Sequence[str],
    first_line: int,
    separator: str | None,
    policy: Policy,
    notes: Notes,
    words: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """Return the numbers of lines that begin with line `first_line` of the file.

    `separator` None means any white space; `words` are fields that stand for numbers. Empty lines
    do not count. The first row says how many columns there are; a row that differs or is not of
    numbers is malformed.
    """
    number = np.arange(first_line, first_line + len(lines), dtype=np.int64)
    if not all(lines) or any(map(str.isspace, lines)):
        filled = [index for index, line in enumerate(lines) if line.strip()]
        lines, number = [lines[index] for index in filled], number[filled]
    if not lines:
        raise InputError("holds no samples", Place(notes.file, first_line))
    rows = lines if separator is None else _without_words(lines, separator, words)
    columns = len(rows[0].split(separator))
    values = _parsed(rows, separator)
    if values is None or values.shape[1] != columns:
        good = [index for index, row in enumerate(rows) if _is_row(row, separator, columns)]
        _judge_malformed(lines, number, good, columns, policy, notes)
        number = number[good]
        values = _parsed([rows[index] for index in good], separator)
        assert values is not None
    return Table(values, number)


def _without_words(lines: Sequence[str], separator: str, words: Mapping[str, str]) -> list[str]:
    """Write numbers for words and `nan` for empty fields, which the fast parser cannot read."""
    text = "\n".join(["", *lines, ""])
    for end in (separator, "\n"):
        for word, number in words.items():
            text = text.replace(f"{separator}{word}{end}", f"{separator}{number}{end}")
        for _ in range(2):  # neighbours share the separator between them
            text = text.replace(f"{separator}{end}", f"{separator}nan{end}")
    return text.replace(f"\n{separator}", f"\nnan{separator}").split("\n")[1:-1]


def _parsed(lines: Sequence[str], separator: str | None) -> Floats | None:
    if not lines:
        return np.empty((0, 0))
    try:
        return np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        return None


def _is_row(line: str, separator: str | None, columns: int) -> bool:
    fields = line.split(separator)
    return len(fields) == columns and all(map(is_number, fields))


def is_number(word: str) -> bool:
    """Return whether the parser takes the word for a number."""
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def _judge_malformed(
    lines: Sequence[str],
    number: Ints,
    good: list[int],
    columns: int,
    policy: Policy,
    notes: Notes,
) -> None:
    bad = np.ones(len(lines), dtype=bool)
    bad[good] = False
    first = int(np.flatnonzero(bad)[0])
    shown = lines[first] if len(lines[first]) < 60 else lines[first][:57] + "..."
    notes.defect(
        "malformed",
        policy.malformed,
        f"row is not {columns} numbers: {shown!r}",
        number[bad],
        mend="mend the row; decimal commas need another separator than the comma",
    )
    if policy.malformed is Action.DROP and not good:
        raise InputError("holds no row of numbers", Place(notes.file, int(number[0])))
