"""Reading a trace of any format."""

import math
from pathlib import Path

from linacsim.formats.traces.cbct import read_cbct
from linacsim.formats.traces.csv_table import own_titles, read_csv
from linacsim.formats.traces.headers import read_header
from linacsim.formats.traces.judging import judged
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import AXES, Reader, ReadOptions
from linacsim.formats.traces.robot import looks_like_robot, read_robot
from linacsim.formats.traces.rpm_dat import read_rpm_dat
from linacsim.formats.traces.text import read_lines
from linacsim.formats.traces.treatment import AMPLITUDES, read_treatment
from linacsim.formats.traces.vxp import read_vxp
from linacsim.model.findings import InputError, Place
from linacsim.model.trace import Trace, TraceFormat

_READERS: dict[TraceFormat, Reader] = {
    TraceFormat.VXP: read_vxp,
    TraceFormat.RPM_DAT: read_rpm_dat,
    TraceFormat.ROBOT: read_robot,
    TraceFormat.CSV: read_csv,
    TraceFormat.TREATMENT: read_treatment,
    TraceFormat.CBCT: read_cbct,
}
_HEADER_LINES = 200


def read_trace(path: Path | str, options: ReadOptions | None = None) -> Trace:
    """Read a breathing or motion trace; what is odd about it is in its findings.

    Raises InputError, one line with file and line, for what cannot be read or what the policy
    refuses (docs/reference/traces.md).
    """
    options = options or ReadOptions()
    if len(options.amplitude_axis) != 1 or options.amplitude_axis not in AXES:
        raise InputError(f"amplitude axis must be x, y or z, not {options.amplitude_axis!r}")
    if not math.isfinite(options.phase_offset_deg):
        raise InputError(f"the phase offset must be a number, not {options.phase_offset_deg:g}")
    path = Path(path)
    lines = read_lines(path)
    notes = Notes(str(path))
    chosen = options.format or (TraceFormat.CSV if options.columns else detect(lines))
    if chosen is None:
        raise InputError(
            "is not a trace of a known format (VXP, RPM .dat, treatment or CBCT trace, columns "
            "t x y z); for a CSV file name the columns (--columns)",
            Place(str(path)),
        )
    return judged(_READERS[chosen](lines, options, notes), options, notes)


def detect(lines: list[str]) -> TraceFormat | None:
    """Return the format that the content shows, None if it shows none."""
    head = lines[:_HEADER_LINES]
    header = read_header(head)
    if header is not None:
        vxp = "data_layout" in header.entries or "scale_factor" in header.entries
        return TraceFormat.VXP if vxp else TraceFormat.CBCT
    if len(head) > 1 and head[0].startswith("CRC") and head[1].upper().startswith("VERSION"):
        return TraceFormat.RPM_DAT
    if any(AMPLITUDES.match(line) for line in head):
        return TraceFormat.TREATMENT
    if own_titles(head):
        return TraceFormat.CSV
    return TraceFormat.ROBOT if looks_like_robot(head) else None
