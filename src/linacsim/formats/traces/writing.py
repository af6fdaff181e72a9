"""What all writers of traces share: clock, numbers, a single axis, and telling what is lost."""

from collections.abc import Callable, Iterator

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.phases import phase_from_breaths
from linacsim.formats.traces.raw import AXES
from linacsim.model.arrays import Bools, Bytes8, Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.model.trace import IRREGULAR, LOST, Trace, TraceMark

Writer = Callable[[Trace, str | None, Notes], Iterator[str]]
"""Yields the lines of a file, and notes what it cannot hold."""

MARK_TEXT = {TraceMark.NONE: "", TraceMark.ZERO: "Z", TraceMark.PI: "P"}


def clock(trace: Trace) -> list[int]:
    """Return the times of the trace's own clock in ns."""
    times: list[int] = (trace.times_ns + trace.clock_origin_ns).tolist()
    return times


def clock_ms(trace: Trace) -> Ints:
    """Return (n,) times of the trace's own clock in whole ms."""
    return np.asarray(np.rint(np.array(clock(trace)) / NS_PER_MS), dtype=np.int64)


def as_seconds(time_ns: int) -> str:
    """Return nanoseconds as seconds with all their digits."""
    whole, rest = divmod(abs(time_ns), NS_PER_S)
    sign = "-" if time_ns < 0 else ""
    return f"{sign}{whole}.{rest:09d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def bits(column: Bools | None, count: int) -> Ints:
    """Return (n,) 0 and 1; zeros for a column that the trace does not have."""
    return np.zeros(count, dtype=np.int64) if column is None else column.astype(np.int64)


def amplitude(trace: Trace, axis: str | None, notes: Notes) -> Floats:
    """Return (n,) the one axis that is written, NaN where there is none.

    Raises InputError where the trace moves in three axes and none is named.
    """
    chosen = axis or (trace.axes if len(trace.axes) == 1 else None)
    if chosen is None or len(chosen) != 1 or chosen not in AXES:
        raise InputError(
            "the format holds one amplitude and the trace moves in three axes: name one "
            "(axis, --axis)"
        )
    if len(trace.axes) > 1:
        notes.warn("one-axis", f"only axis {chosen} is written")
    return trace.positions[:, AXES.index(chosen)]


def gated_columns(
    trace: Trace, values: Floats, notes: Notes
) -> tuple[Floats, Floats, Ints, Bytes8]:
    """Return (n,) amplitude, phase in radians, valid flag and mark, as gating systems have them."""
    finite = np.isfinite(values)
    tell_dropped(int((~finite).sum()), "without a position are written as 0, flag -1", notes)
    phase, marks, known = phase_from_breaths(trace, values, notes)
    flags = np.zeros(len(trace), dtype=np.int64) if trace.flags is None else trace.flags
    flags = np.where(known | (flags < 0), flags, IRREGULAR)
    flags = np.where((trace.valid & finite) | (flags < 0), flags, LOST)
    return np.where(finite, values, 0.0), np.deg2rad(phase), flags, marks


def tell_lost(trace: Trace, names: tuple[str, ...], notes: Notes) -> None:
    """Tell which columns of the trace the format cannot hold."""
    lost = [name for name in names if getattr(trace, name) is not None]
    if trace.rotations_deg is not None and not trace.rotations_deg.any():
        lost = [name for name in lost if name != "rotations_deg"]
    if lost:
        notes.warn("lost-columns", f"the format cannot hold {', '.join(lost)}")


def tell_dropped(count: int, what: str, notes: Notes) -> None:
    """Tell how many samples are not written as they are."""
    if count:
        notes.warn("lost-samples", f"{count} sample{'s' if count > 1 else ''} {what}")
