"""The clock of a trace: what is wrong with it, and which rows stay."""

import numpy as np

from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.policy import Action, Policy
from linacsim.formats.traces.raw import Raw, ReadOptions
from linacsim.model.arrays import Bools, Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_S, seconds

GAP_STEPS = 3.0
"""A step of more median steps than this is a gap."""
JUMP_NS = 10 * NS_PER_S
"""A step beyond this is a jump of the clock, or two recordings in one file."""
MOST_DROPPED = 0.1
"""Share of the rows beyond which dropping would make another trace of it."""
_RATE_TOLERANCE = 0.05


def clock_of(raw: Raw, options: ReadOptions, notes: Notes) -> Ints:
    """Return (n,) times in ns, as the file has them or as the stated rate makes them.

    Raises InputError where there are neither.
    """
    if options.rate_hz is not None:
        if not 0 < options.rate_hz <= 1e6:
            raise InputError(f"a rate of {options.rate_hz:g} Hz cannot be; allowed: up to 1e6")
        if raw.time is not None:
            notes.note(
                "rate-given", f"times of the file replaced by {options.rate_hz:g} Hz, as asked"
            )
        return _even(len(raw), options.rate_hz)
    if raw.time is None:
        if raw.stated_rate_hz is None:
            raise InputError(
                "has no time column; state the rate (rate_hz, --rate)",
                Place(notes.file, int(raw.line[0])),
            )
        return _even(len(raw), raw.stated_rate_hz)
    return np.rint(raw.time * raw.time_unit_ns).astype(np.int64)


def _even(count: int, rate_hz: float) -> Ints:
    return np.asarray(np.rint(np.arange(count) * (NS_PER_S / rate_hz)), dtype=np.int64)


def kept_rows(times_ns: Ints, line: Ints, policy: Policy, notes: Notes) -> Bools:
    """Return (n,) which rows stay so that time rises, and tell which do not."""
    newest = np.maximum.accumulate(times_ns)
    before = np.concatenate(([np.iinfo(np.int64).min], newest[:-1]))
    back = times_ns < before
    same = times_ns == before
    if len(times_ns) > 1 and not (back | same)[1:].any():
        return np.ones(len(times_ns), dtype=bool)
    if (times_ns == times_ns[0]).all() and len(times_ns) > 1:
        raise InputError(
            "all times are equal: the clock stood still; state the rate (rate_hz, --rate)",
            Place(notes.file, int(line[0])),
        )
    if back.any():
        first = int(np.flatnonzero(back)[0])
        found = (
            f"time goes back from {seconds(int(before[first])):.3f} to "
            f"{seconds(int(times_ns[first])):.3f} s"
        )
        _drop("out_of_order", policy.out_of_order, found, line, back, notes)
    if same.any():
        first = int(np.flatnonzero(same)[0])
        found = f"time {seconds(int(times_ns[first])):.3f} s is repeated"
        _drop("repeated_time", policy.repeated_time, found, line, same, notes)
    return np.asarray(~(back | same))


def _drop(kind: str, action: Action, found: str, line: Ints, rows: Bools, notes: Notes) -> None:
    """Tell samples that are dropped, unless that would make another trace of it."""
    mend = "sort or split the file, or state the rate (rate_hz, --rate)"
    if rows.mean() > MOST_DROPPED:
        raise InputError(
            f"{found}, and so in {rows.mean():.0%} of the samples, too many to drop; {mend}",
            Place(notes.file, int(line[rows][0])),
        )
    notes.defect(kind, action, found, line[rows], mend=mend)


def check_steps(times_ns: Ints, line: Ints, raw: Raw, policy: Policy, notes: Notes) -> None:
    """Tell gaps, jumps and a header that lies about the rate; times must rise."""
    steps = np.diff(times_ns)
    median = float(np.median(steps))
    jumps = steps > JUMP_NS
    gaps = (steps > GAP_STEPS * median) & ~jumps
    for kind, action, where in (("jump", policy.jump, jumps), ("gap", policy.gap, gaps)):
        if where.any():
            first = int(np.flatnonzero(where)[0])
            notes.defect(
                kind,
                action,
                f"{seconds(int(steps[first])):g} s without a sample after "
                f"{seconds(int(times_ns[first] - times_ns[0])):g} s (usual step: "
                f"{median / NS_PER_S:g} s)",
                line[1:][where],
                mend="split the file there",
            )
    stated = raw.stated_rate_hz
    measured = NS_PER_S / median
    if stated is not None and abs(measured / stated - 1) > _RATE_TOLERANCE:
        notes.warn(
            "rate",
            f"the header states {stated:g} Hz and the times say {measured:.4g} Hz; the times are "
            "followed",
            mend="state the rate (rate_hz, --rate) if the times are wrong",
            line=raw.stated_rate_line,
        )
