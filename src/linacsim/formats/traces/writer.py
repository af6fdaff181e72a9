"""Writing traces: VXP 1.6, CSV, plain columns for robots."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from linacsim.formats.traces.csv_table import OWN_MAP
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.phases import phase_from_breaths
from linacsim.formats.traces.raw import AXES
from linacsim.model.findings import Finding, InputError, Place, os_reason
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.model.trace import IRREGULAR, LOST, Trace, TraceFormat, TraceMark

_SUFFIXES = {
    ".vxp": TraceFormat.VXP,
    ".csv": TraceFormat.CSV,
    ".txt": TraceFormat.ROBOT,
}
MARK_TEXT = {TraceMark.NONE: "", TraceMark.ZERO: "Z", TraceMark.PI: "P"}


def write_trace(
    trace: Trace,
    path: Path | str,
    format: TraceFormat | None = None,
    *,
    axis: str | None = None,
    overwrite: bool = False,
) -> tuple[Finding, ...]:
    """Write a trace and return what the format could not hold.

    The format follows the suffix: .vxp, .csv, .txt for plain columns. `axis` is the one that a
    format with one amplitude takes. Raises InputError for a format that is not written, a choice
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
    if chosen is None or chosen not in _WRITERS:
        named = f"format {chosen}" if chosen else f"suffix {path.suffix!r}"
        raise InputError(
            f"{named} is not written; written are vxp (.vxp), csv (.csv) and robot (.txt)",
            Place(str(path)),
        )
    return chosen


def _csv(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a table that holds every column exactly; nanoseconds as decimals of a second."""
    _tell_lost(trace, ("rotations_deg",), notes)
    del axis
    titles = OWN_MAP.named()
    columns: dict[str, list[str]] = {titles["time"]: list(map(_seconds, _clock(trace)))}
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
    _tell_lost(trace, ("phase_deg", "flags", "marks", "beam_enable", "ttl_in", "ttl_out"), notes)
    finite = np.isfinite(trace.positions).all(axis=1)
    _tell_dropped(int((~finite).sum()), "without a position are left out", notes)
    _tell_dropped(
        int((finite & ~trace.valid).sum()), "that are invalid are written like valid ones", notes
    )
    angles = trace.rotations_deg
    turned = np.zeros_like(trace.positions) if angles is None else angles
    rows = np.hstack((trace.positions * 10.0, turned))[finite].tolist()
    for time, row in zip(np.array(_clock(trace))[finite].tolist(), rows, strict=True):
        yield _seconds(time) + " " + " ".join(f"{value:.7g}" for value in row) + "\n"


def _vxp(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a VXP 1.6 file: four decimals of a centimetre, whole milliseconds."""
    _tell_lost(trace, ("beam_enable", "rotations_deg"), notes)
    chosen = axis or (trace.axes if len(trace.axes) == 1 else None)
    if chosen is None or len(chosen) != 1 or chosen not in AXES:
        raise InputError(
            "VXP holds one amplitude and the trace moves in three axes: name one (axis, --axis)"
        )
    amplitude = trace.positions[:, AXES.index(chosen)]
    if len(trace.axes) > 1:
        notes.warn("one-axis", f"only axis {chosen} is written")
    finite = np.isfinite(amplitude)
    _tell_dropped(int((~finite).sum()), "without a position are written as 0, flag -1", notes)
    phase, marks, known = phase_from_breaths(trace, amplitude, notes)
    flags = np.zeros(len(trace), dtype=np.int64) if trace.flags is None else trace.flags
    flags = np.where(known | (flags < 0), flags, IRREGULAR)
    flags = np.where((trace.valid & finite) | (flags < 0), flags, LOST)
    ttl_in = np.zeros(len(trace), dtype=bool) if trace.ttl_in is None else trace.ttl_in
    ttl_out = np.zeros(len(trace), dtype=bool) if trace.ttl_out is None else trace.ttl_out
    columns = (
        *(np.where(finite, amplitude, 0.0), np.deg2rad(phase)),
        *(np.rint(np.array(_clock(trace)) / NS_PER_MS).astype(np.int64), flags),
        *(ttl_in.astype(int), marks, ttl_out.astype(int)),
    )
    yield _vxp_header(trace)
    for a, p, t, flag, into, mark, out in zip(*(c.tolist() for c in columns), strict=True):
        yield f"{a:.4f},{p:.4f},{t},{flag},{into},{MARK_TEXT[TraceMark(mark)]},{out}\r\n"


def _vxp_header(trace: Trace) -> str:
    rate = trace.stated_rate_hz or trace.rate_hz
    lines = (
        "[Header]",
        "CRC=0",
        "Version=1.6",
        "Data_layout=amplitude,phase,timestamp,validflag,ttlin,mark,ttlout",
        "Patient_ID=linacsim, research and test use only",
        "Date=01-01-2000",
        f"Total_study_time={trace.duration_s:.3f}",
        f"Samples_per_second={rate:.4g}",
        "Scale_factor=10.0",
        "[Data]",
    )
    return "".join(f"{line}\r\n" for line in lines)


def _clock(trace: Trace) -> list[int]:
    """Return the times of the trace's own clock in ns."""
    times: list[int] = (trace.times_ns + trace.clock_origin_ns).tolist()
    return times


def _seconds(time_ns: int) -> str:
    """Return nanoseconds as seconds with all their digits."""
    whole, rest = divmod(abs(time_ns), NS_PER_S)
    sign = "-" if time_ns < 0 else ""
    return f"{sign}{whole}.{rest:09d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def _numbers(values: list[float]) -> list[str]:
    """Return the shortest text that gives the same number back; empty for NaN."""
    return ["" if value != value else repr(value) for value in values]


def _tell_lost(trace: Trace, names: tuple[str, ...], notes: Notes) -> None:
    lost = [name for name in names if getattr(trace, name) is not None]
    if trace.rotations_deg is not None and not trace.rotations_deg.any():
        lost = [name for name in lost if name != "rotations_deg"]
    if lost:
        notes.warn("lost-columns", f"the format cannot hold {', '.join(lost)}")


def _tell_dropped(count: int, what: str, notes: Notes) -> None:
    if count:
        notes.warn("lost-samples", f"{count} sample{'s' if count > 1 else ''} {what}")


_WRITERS: dict[TraceFormat, Callable[[Trace, str | None, Notes], Iterator[str]]] = {
    TraceFormat.CSV: _csv,
    TraceFormat.ROBOT: _robot,
    TraceFormat.VXP: _vxp,
}
