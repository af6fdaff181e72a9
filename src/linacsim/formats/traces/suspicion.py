"""Samples and traces that are well formed and yet hardly what was measured."""

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.periodicity import PERIOD_RANGE_S, periodicity, principal_signal
from linacsim.formats.traces.raw import Raw
from linacsim.model.arrays import Bools, Ints
from linacsim.model.time import NS_PER_S
from linacsim.model.trace import Trace

MOST_CM = 6.0
"""Range of motion beyond which mm read as cm are suspected; deep breathing stays below."""
LEAST_CM = 0.02
"""Range below which cm read as mm are suspected, or no motion."""
LEAST_PERIODICITY = 0.3
_FROZEN_NS = NS_PER_S // 2
_ZERO_RUN = 3
_LEAP = 2.0
"""A step of more quick steps (all but one in twenty are slower) than this is a leap."""


def zero_rows(raw: Raw, finite: Bools) -> Bools:
    """Return (n,) rows that are exactly zero and do not lie on the way of the motion.

    A zero on the way (a waveform through the origin, a first sample that defines it) is left alone;
    a leap to zero and back, or several zeros in a row, is what sensors write that have lost sight.
    """
    zero = finite & (raw.positions == 0).all(axis=1)
    suspect = np.zeros(len(zero), dtype=bool)
    if not zero.any() or zero.all():
        return suspect
    with np.errstate(invalid="ignore"):  # infinite positions, which are judged elsewhere
        steps = np.abs(np.diff(raw.positions, axis=0)).max(axis=1)
    between = ~zero[1:] & ~zero[:-1] & np.isfinite(steps)
    quick = float(np.percentile(steps[between], 95)) if between.any() else 0.0
    for start, end in runs(zero):
        into = steps[start - 1] if start > 0 else 0.0
        out = steps[end - 1] if end < len(zero) else 0.0
        leaps = max(into, out) > _LEAP * quick
        if end - start >= _ZERO_RUN or leaps:
            suspect[start:end] = True
    return suspect


def frozen_rows(raw: Raw, times_ns: Ints, finite: Bools) -> Bools:
    """Return (n,) rows that repeat the position before them in runs of at least half a second."""
    same = np.zeros(len(raw), dtype=bool)
    same[1:] = (raw.positions[1:] == raw.positions[:-1]).all(axis=1) & finite[1:]
    frozen = np.zeros(len(raw), dtype=bool)
    if same[1:].all():
        return frozen
    for start, end in runs(same):
        if times_ns[end - 1] - times_ns[start - 1] >= _FROZEN_NS:
            frozen[start:end] = True
    return np.asarray(frozen & (raw.positions != 0).any(axis=1))


def runs(rows: Bools) -> list[tuple[int, int]]:
    """Return the runs of True as pairs of first index and index after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def check_motion(trace: Trace, line: Ints, notes: Notes) -> None:
    """Tell a range that suggests the wrong unit, and motion without a period.

    `line` (n,) is where each sample stands; a range is told where the motion goes furthest.
    """
    rows = np.flatnonzero(trace.valid & np.isfinite(trace.positions).all(axis=1))
    if not len(rows):
        return
    used = trace.positions[rows]
    low, high = np.percentile(used, (1, 99), axis=0)
    span = float((high - low).max())
    furthest = int(line[rows[np.abs(used - np.median(used, axis=0)).max(axis=1).argmax()]])
    if span > MOST_CM:
        notes.warn(
            "amplitude",
            f"the motion spans {span:.3g} cm, more than anybody breathes",
            mend="check the unit: mm may have been read as cm",
            line=furthest,
        )
    elif span < LEAST_CM:
        notes.warn(
            "amplitude",
            f"the motion spans only {span:.2g} cm",
            mend="check the unit: cm may have been read as mm",
            line=furthest,
        )
    strength = periodicity(trace.times_ns, principal_signal(trace))
    if strength < LEAST_PERIODICITY:
        notes.note(
            "periodicity",
            f"no period between {PERIOD_RANGE_S[0]:g} and {PERIOD_RANGE_S[1]:g} s stands out "
            f"(correlation {strength:.2f}): phase will not be established",
            line=int(line[rows[0]]),
        )
