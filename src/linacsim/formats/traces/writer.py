"""Writing traces in all formats; CSV and plain columns for robots here, the others beside."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from linacsim.formats.traces.csv_table import OWN_MAP
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import AXES
from linacsim.formats.traces.vendor_writers import cbct_lines, rpm_dat_lines, treatment_lines
from linacsim.formats.traces.vxp_writer import vxp_lines
from linacsim.formats.traces.writing import (
    MARK_TEXT,
    Writer,
    as_seconds,
    clock,
    tell_dropped,
    tell_lost,
)
from linacsim.model.findings import Finding, InputError, Place, os_reason
from linacsim.model.trace import Trace, TraceFormat, TraceMark

_SUFFIXES = {
    ".vxp": TraceFormat.VXP,
    ".csv": TraceFormat.CSV,
    ".txt": TraceFormat.ROBOT,
    ".dat": TraceFormat.RPM_DAT,
}


def write_trace(
    trace: Trace,
    path: Path | str,
    format: TraceFormat | None = None,
    *,
    axis: str | None = None,
    overwrite: bool = False,
) -> tuple[Finding, ...]:
    """Write a trace and return what the format could not hold.

    The format follows the suffix: .vxp, .csv, .dat, .txt for plain columns. `axis` is the one that
    a format with one amplitude takes. Raises InputError for a suffix that names none, a choice
    that is missing, or a file that exists or cannot be written; no half-written file stays.
    """
    path = Path(path)
    notes = Notes(str(path))
    lines = _WRITERS[_chosen(path, format)](trace, axis, notes)
    if path.exists() and not overwrite:
        raise InputError(
            "a file of this name exists and is kept: choose another name or ask to overwrite it",
            Place(str(path)),
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        temporary.write_text("".join(lines), encoding="utf-8", newline="")
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"cannot write the trace: {os_reason(error)}", Place(str(path))) from None
    finally:
        with suppress(OSError):
            temporary.unlink()
    return notes.findings


def _chosen(path: Path, format: TraceFormat | None) -> TraceFormat:
    chosen = format or _SUFFIXES.get(path.suffix.lower())
    if chosen is None:
        known = ", ".join(_SUFFIXES)
        raise InputError(
            f"suffix {path.suffix!r} names no format: use one of {known}, or state the format "
            "(--to-format)",
            Place(str(path)),
        )
    return chosen


def _csv(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a table that holds every column exactly; nanoseconds as decimals of a second."""
    tell_lost(trace, ("rotations_deg",), notes)
    del axis
    titles = OWN_MAP.named()
    columns: dict[str, list[str]] = {titles["time"]: list(map(as_seconds, clock(trace)))}
    for name in trace.axes:
        columns[titles[name]] = _numbers(trace.positions[:, AXES.index(name)].tolist())
    columns[titles["valid"]] = [str(int(item)) for item in trace.valid.tolist()]
    if trace.phase_deg is not None:
        columns[titles["phase"]] = _numbers(trace.phase_deg.tolist())
    if trace.flags is not None:
        columns[titles["flag"]] = [str(item) for item in trace.flags.tolist()]
    if trace.marks is not None:
        columns[titles["mark"]] = [MARK_TEXT[TraceMark(item)] for item in trace.marks.tolist()]
    for name, bits in (
        ("beam", trace.beam_enable),
        ("ttl_in", trace.ttl_in),
        ("ttl_out", trace.ttl_out),
    ):
        if bits is not None:
            columns[titles[name]] = [str(int(item)) for item in bits.tolist()]
    yield "# Motion trace written by linacsim. Research and test use only.\n"
    yield ",".join(columns) + "\n"
    for row in zip(*columns.values(), strict=True):
        yield ",".join(row) + "\n"


def _robot(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield columns t x y z and three angles: s, mm to a nanometre, deg."""
    del axis
    tell_lost(trace, ("phase_deg", "flags", "marks", "beam_enable", "ttl_in", "ttl_out"), notes)
    finite = np.isfinite(trace.positions).all(axis=1)
    tell_dropped(int((~finite).sum()), "without a position are left out", notes)
    tell_dropped(
        int((finite & ~trace.valid).sum()), "that are invalid are written like valid ones", notes
    )
    angles = trace.rotations_deg
    turned = np.zeros_like(trace.positions) if angles is None else angles
    rows = np.hstack((trace.positions * 10.0, turned))[finite].tolist()
    for time, row in zip(np.array(clock(trace))[finite].tolist(), rows, strict=True):
        yield as_seconds(time) + " " + " ".join(f"{value:.7g}" for value in row) + "\n"


def _numbers(values: list[float]) -> list[str]:
    """Return the shortest text that gives the same number back; empty for NaN."""
    return ["" if value != value else repr(value) for value in values]


_WRITERS: dict[TraceFormat, Writer] = {
    TraceFormat.CSV: _csv,
    TraceFormat.ROBOT: _robot,
    TraceFormat.VXP: vxp_lines,
    TraceFormat.RPM_DAT: rpm_dat_lines,
    TraceFormat.TREATMENT: treatment_lines,
    TraceFormat.CBCT: cbct_lines,
}
