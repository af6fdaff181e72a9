"""CBCT traces: one amplitude per line at 15 Hz (research/log-formats.md 4.3).

Known from one public reader only, which does not state the unit; cm is taken, as in the vendor's
other traces.
"""

import numpy as np

from linacsim.formats.traces.headers import read_header
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import Raw, ReadOptions, along
from linacsim.formats.traces.robot import with_points
from linacsim.formats.traces.text import read_table
from linacsim.model.findings import InputError, Place
from linacsim.model.trace import TraceFormat

RATE_HZ = 15.0


def read_cbct(lines: list[str], options: ReadOptions, notes: Notes) -> Raw:
    """Return the columns of a CBCT trace."""
    header = read_header(lines)
    if header is None:
        raise InputError("has no [Data] line: not a whole CBCT trace", Place(notes.file))
    first = header.rows + 1
    rows = with_points([line.strip() for line in lines[header.rows :]], first, notes)
    table = read_table(rows, first, None, options.policy, notes)
    if table.values.shape[1] != 1:
        raise InputError(
            "a CBCT trace has one amplitude per line", Place(notes.file, int(table.line[0]))
        )
    rate_hz = header.number("samples_per_second", notes.file)
    if rate_hz is None and options.rate_hz is None:
        notes.note("rate-taken", f"the file states no rate; {RATE_HZ:g} Hz is taken")
    return Raw(
        format=TraceFormat.CBCT,
        line=table.line,
        positions=along(np.ascontiguousarray(table.values[:, 0]), options.amplitude_axis),
        axes=options.amplitude_axis,
        stated_rate_hz=rate_hz or RATE_HZ,
        header=header.kept(),
    )
