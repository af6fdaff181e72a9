"""Phase for traces that have none, from where the whole signal turns."""

import numpy as np

from linacsim.formats.traces.breaths import find_breaths
from linacsim.formats.traces.notes import Notes
from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.trace import Trace, TraceMark


def phase_from_breaths(
    trace: Trace, amplitude: Floats, notes: Notes
) -> tuple[Floats, Bytes8, Bools]:
    """Return phase (n,) in deg, marks (n,) and where the phase is known, as VXP has them.

    The trace's own where it has them. Otherwise phase is 0 at each low turn and runs evenly to the
    next, as in real VXP files (research/log-formats.md 4.1); that is told. Outside the first and
    last low turn it is not known and stands at 0.
    """
    count = len(trace)
    if trace.phase_deg is not None:
        marks = np.zeros(count, dtype=np.uint8) if trace.marks is None else trace.marks
        return trace.phase_deg, marks, np.ones(count, dtype=bool)
    notes.warn(
        "phase-made", "the trace has no phase; it was made from the low turns of the whole signal"
    )
    signal = np.where(trace.valid, amplitude, np.nan)
    breaths = find_breaths(trace.times_ns, signal)
    low = breaths.index[~breaths.high]
    marks = np.zeros(count, dtype=np.uint8)
    phase = np.zeros(count)
    known = np.zeros(count, dtype=bool)
    if len(low) < 2:
        return phase, marks, known
    times = trace.times_ns
    known[low[0] : low[-1] + 1] = True
    cycles = np.interp(times, times[low], np.arange(len(low)))
    phase[known] = 360.0 * (cycles[known] % 1.0)
    marks[low] = TraceMark.ZERO
    middle = np.searchsorted(cycles, np.arange(len(low) - 1) + 0.5)
    marks[middle[marks[middle] == TraceMark.NONE]] = TraceMark.PI
    return phase, marks, known
