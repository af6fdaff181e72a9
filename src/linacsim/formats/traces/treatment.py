"""TrueBeam treatment traces: localised text with blocks of rows (research/log-formats.md 4.3).

Known from one public reader only. The blocks come in the order left-right, anterior-posterior,
head-feet and are taken for X, Z and Y; then follow the changes of beam-enable. Signs are those of
the file.
"""

import re
from dataclasses import dataclass

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import Raw, ReadOptions
from linacsim.formats.traces.robot import with_points
from linacsim.formats.traces.text import Table, read_table
from linacsim.model.arrays import Bools, Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_S
from linacsim.model.trace import TraceFormat

AMPLITUDES = re.compile(r"^[^\t]*\[s\]\t[^\t]*\[cm\]\s*$")
"""Title of a block of amplitudes, in any language."""
_ENABLE = re.compile(r"^[^\t]*\[s\]\t\s*1\s*=.*0\s*=")
_LIMIT = re.compile(r"(?P<words>[^:\t]*)[:\t]\s*(?P<value>[+-]?\d*[.,]?\d+)")
_LOWER = ("lower", "unter", "infer", "infér")
_UPPER = ("upper", "ober", "super", "supér")
BLOCK_COLUMN = (0, 2, 1)
"""X, Z, Y."""


@dataclass(frozen=True, slots=True)
class _Block:
    time: Floats
    value: Floats
    table: Table


def read_treatment(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of a treatment trace."""
    starts = [index for index, line in enumerate(lines) if AMPLITUDES.match(line)]
    if len(starts) != 3:
        raise InputError(
            f"has {len(starts)} blocks of amplitudes where a treatment trace has 3",
            Place(notes.file),
        )
    blocks = [_block(lines, start, options, notes) for start in starts]
    base = blocks[1]
    positions = np.zeros((len(base.time), 3))
    for block, column in zip(blocks, BLOCK_COLUMN, strict=True):
        positions[:, column] = _at(block, base.time)
    if any(not np.array_equal(block.time, base.time) for block in blocks):
        notes.warn(
            "block-clocks",
            "the three blocks have different times; those of the second are used, with the newest "
            "value of the others",
        )
    return Raw(
        format=TraceFormat.TREATMENT,
        line=base.table.line,
        time=base.time,
        time_unit_ns=NS_PER_S,
        positions=positions,
        beam_enable=_enabled(lines, base.time, options, notes),
        gate_limits_cm=_limits(lines[: starts[0]], notes),
    )


def _block(lines: list[str], start: int, options: ReadOptions, notes: Notes) -> _Block:
    """Return the rows below a title, up to an empty line or text."""
    end = start + 1
    while end < len(lines) and lines[end].strip()[:1] in tuple("+-.0123456789"):
        if not lines[end].strip():
            break
        end += 1
    rows = with_points(lines[start + 1 : end], start + 2, notes)
    table = read_table(rows, start + 2, "\t", options.policy, notes)
    if table.values.shape[1] != 2:
        raise InputError("rows of a block must be two numbers", Place(notes.file, start + 2))
    time, value = np.ascontiguousarray(table.values.T)
    return _Block(time, value, table)


def _at(block: _Block, time: Floats) -> Floats:
    """Return the newest value at or before each time; NaN before the first."""
    index = np.searchsorted(block.time, time, side="right") - 1
    return np.where(index < 0, np.nan, block.value[np.maximum(index, 0)])


def _enabled(lines: list[str], time: Floats, options: ReadOptions, notes: Notes) -> Bools | None:
    """Return beam-enable: after a change what it says, before the first the opposite."""
    start = next((index for index, line in enumerate(lines) if _ENABLE.match(line)), None)
    if start is None or start + 1 >= len(lines) or not lines[start + 1].strip():
        return None
    changes = _block(lines, start, options, notes)
    state = _at(changes, time)
    before = np.isnan(state)
    state[before] = 1.0 - float(changes.value[0] != 0)
    return np.asarray(state != 0)


def _limits(header: list[str], notes: Notes) -> tuple[float, float] | None:
    """Return lower and upper gate limit where the header's language is known."""
    found: dict[str, float] = {}
    for line in header:
        for match in _LIMIT.finditer(line):
            words = match["words"].lower()
            value = float(match["value"].replace(",", "."))
            if any(word in words for word in _LOWER):
                found["lower"] = value
            elif any(word in words for word in _UPPER):
                found["upper"] = value
    if len(found) < 2:
        notes.note("gate-limits", "no lower and upper gate limit found in the header")
        return None
    return found["lower"], found["upper"]
