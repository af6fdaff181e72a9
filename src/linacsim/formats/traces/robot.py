"""Plain columns as motion phantoms take them (HexaMotion and laboratory robots).

Columns by their count: 7 t x y z and three angles, 6 the same without time, 4 t x y z, 3 x y z.
Seconds, millimetres, degrees. Lines that begin with `#` or `%` are comments.
"""

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import Raw, ReadOptions
from linacsim.formats.traces.text import is_number, read_table
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_S
from linacsim.model.trace import TraceFormat

WITH_TIME = {7: True, 6: False, 4: True, 3: False}
"""Whether the first column is time, by the number of columns."""
COMMENTS = ("#", "%")
_MM_PER_CM = 10.0


def first_row(lines: list[str]) -> int | None:
    """Return the index of the first line that is not empty or a comment."""
    for index, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith(COMMENTS):
            return index
    return None


def looks_like_robot(lines: list[str]) -> bool:
    """Return whether the first row is numbers between white space, as many as the format has."""
    index = first_row(lines)
    if index is None:
        return False
    words = lines[index].replace(",", ".").split()
    return len(words) in WITH_TIME and all(map(is_number, words))


def read_robot(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of a plain file."""
    start = first_row(lines)
    if start is None:
        raise InputError("holds no samples", Place(notes.file))
    rows = with_points(lines[start:], start + 1, notes)
    table = read_table(rows, start + 1, None, options.policy, notes)
    values, line = table.values, table.line
    with_time = WITH_TIME.get(values.shape[1])
    if with_time is None:
        raise InputError(
            f"rows have {values.shape[1]} columns; allowed: 7 (t x y z and three angles), 6, "
            "4 (t x y z) or 3",
            Place(notes.file, int(line[0])),
        )
    columns = np.ascontiguousarray(values[:, int(with_time) :])
    return Raw(
        format=TraceFormat.ROBOT,
        line=line,
        time=np.ascontiguousarray(values[:, 0]) if with_time else None,
        time_unit_ns=NS_PER_S,
        positions=columns[:, :3] / _MM_PER_CM,
        rotations_deg=columns[:, 3:].copy() if columns.shape[1] == 6 else None,
    )


def with_points(lines: list[str], first_line: int, notes: Notes) -> list[str]:
    """Return lines with decimal points for decimal commas."""
    for index, line in enumerate(lines):
        if "," in line:
            notes.note(
                "decimal-comma", "decimal commas are read as points", line=first_line + index
            )
            return [other.replace(",", ".") for other in lines]
    return lines
