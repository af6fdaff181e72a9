"""Writing what is known from one public reader each (research/log-formats.md 4.2, 4.3).

What these formats hold beyond what their reader looks at is not public and is left empty. A file
written here is read by that reader; whether the vendor's own programs take it is not known.
"""

from collections.abc import Iterator

import numpy as np

from linacsim.formats.traces.cbct import RATE_HZ
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.raw import AXES
from linacsim.formats.traces.treatment import BLOCK_COLUMN
from linacsim.formats.traces.writing import (
    amplitude,
    as_seconds,
    bits,
    clock,
    clock_ms,
    gated_columns,
    tell_dropped,
    tell_lost,
)
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S
from linacsim.model.trace import Trace

_NOTICE = "written by linacsim, research and test use only"
_RATE_SLACK = 0.01


def rpm_dat_lines(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield an RPM 1.4 file: four decimals of a centimetre, whole milliseconds."""
    tell_lost(trace, ("marks", "ttl_out", "rotations_deg"), notes)
    values, phase, flags, _ = gated_columns(trace, amplitude(trace, axis, notes), notes)
    count = len(trace)
    columns = (
        *(values, phase, clock_ms(trace), flags, np.arange(count)),
        *(bits(trace.ttl_in, count), bits(trace.beam_enable, count)),
    )
    lower, upper = trace.gate_limits_cm or (0.0, 0.0)
    yield "CRC0\r\nVERSION = 1.4,\r\n0.0000,0.0000,\r\n#FALSE#,\r\n"
    yield f"{lower:.4f},{upper:.4f},\r\n" + "0,\r\n" * 5
    for a, p, t, flag, frame, into, beam in zip(*(c.tolist() for c in columns), strict=True):
        yield f"{a:.4f},{p:.4f},{t},{flag},{frame},{into},{beam},\r\n"


def treatment_lines(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a treatment trace: three blocks of rows and the changes of beam-enable."""
    del axis
    tell_lost(trace, ("phase_deg", "flags", "marks", "ttl_in", "ttl_out", "rotations_deg"), notes)
    finite = np.isfinite(trace.positions).all(axis=1)
    tell_dropped(int((~finite).sum()), "without a position are left out", notes)
    invalid = int((finite & ~trace.valid).sum())
    tell_dropped(invalid, "that are invalid are written like valid ones", notes)
    times = [as_seconds(time) for time in np.array(clock(trace))[finite].tolist()]
    yield f"Motion trace {_NOTICE}\r\n"
    if trace.gate_limits_cm is not None:
        lower, upper = trace.gate_limits_cm
        yield f"Lower gate limit [cm]:\t{lower!r}\r\nUpper gate limit [cm]:\t{upper!r}\r\n"
    for column in BLOCK_COLUMN:
        yield f"\r\nTime [s]\tAmplitude {AXES[column].upper()} [cm]\r\n"
        for time, value in zip(times, trace.positions[finite, column].tolist(), strict=True):
            yield f"{time}\t{value!r}\r\n"
    if trace.beam_enable is not None:
        yield "\r\nTime [s]\t1 = enable, 0 = disable\r\n"
        state = trace.beam_enable
        for row in [0, *(np.flatnonzero(np.diff(state.astype(np.int8))) + 1).tolist()]:
            yield f"{as_seconds(clock(trace)[row])}\t{int(state[row])}\r\n"


def cbct_lines(trace: Trace, axis: str | None, notes: Notes) -> Iterator[str]:
    """Yield a CBCT trace, which has no clock: one amplitude a line at 15 Hz.

    Raises InputError for a trace without a valid sample.
    """
    lost = ("phase_deg", "flags", "marks", "beam_enable", "ttl_in", "ttl_out", "rotations_deg")
    tell_lost(trace, lost, notes)
    values = amplitude(trace, axis, notes)
    good = trace.valid & np.isfinite(values)
    if not good.any():
        raise InputError("the trace has no valid sample to write")
    times = trace.times_ns / NS_PER_S
    count = int(times[-1] * RATE_HZ + 1e-9) + 1
    if abs(trace.rate_hz / RATE_HZ - 1) > _RATE_SLACK or not good.all():
        notes.warn("resampled", f"the samples are interpolated to {RATE_HZ:g} Hz")
    at = np.arange(count) / RATE_HZ
    yield f"Comment={_NOTICE}\r\n[Data]\r\n"
    for value in np.interp(at, times[good], values[good]).tolist():
        yield f"{value:.4f}\r\n"
