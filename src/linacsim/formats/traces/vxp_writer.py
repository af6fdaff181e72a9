"""Writing VXP 1.6."""

from collections.abc import Iterator

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.writing import (
    MARK_TEXT,
    amplitude,
    bits,
    clock_ms,
    gated_columns,
    tell_lost,
)
from linacsim.model.trace import Trace, TraceMark


def vxp_lines(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a VXP 1.6 file: four decimals of a centimetre, whole milliseconds."""
    tell_lost(trace, ("beam_enable", "rotations_deg"), notes)
    values, phase, flags, marks = gated_columns(trace, amplitude(trace, axis, notes), notes)
    count = len(trace)
    columns = (
        *(values, phase, clock_ms(trace), flags),
        *(bits(trace.ttl_in, count), marks, bits(trace.ttl_out, count)),
    )
    yield _header(trace)
    for a, p, t, flag, into, mark, out in zip(*(c.tolist() for c in columns), strict=True):
        yield f"{a:.4f},{p:.4f},{t},{flag},{into},{MARK_TEXT[TraceMark(mark)]},{out}\r\n"


def _header(trace: Trace) -> str:
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
