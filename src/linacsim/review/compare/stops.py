"""Holds and interruptions: which only one of two deliveries has, which are longer."""

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Difference, Kind
from linacsim.review.compare.tolerances import Tolerances
from linacsim.review.metrics import Phase, PhaseKind

SKIPPED = 0.5
"""Holds are the same one if their places are nearer than twice this, in seconds of A's running."""
MANY = 5
"""More are told together."""

Match = tuple[Phase | None, Phase | None]


def stop_differences(pair: Pair, tolerances: Tolerances) -> tuple[Difference, ...]:
    """Return holds and interruptions that differ."""
    tolerance = tolerances["time.hold_s"]
    found = []
    for a, b in matched(pair):
        size = (b.length_s if b else 0.0) - (a.length_s if a else 0.0)
        if abs(size) > tolerance and not _unlogged(pair, a, b):
            found.append(_difference(a, b, size, pair, tolerance))
    return tuple(found) if len(found) <= MANY else (_together(found),)


def lone_stops(pair: Pair) -> tuple[tuple[Phase, ...], tuple[Phase, ...]]:
    """Return the holds that only A has, and those that only B has."""
    matches = matched(pair)
    only_a = tuple(a for a, b in matches if a is not None and b is None)
    return only_a, tuple(b for a, b in matches if b is not None and a is None)


def matched(pair: Pair) -> list[Match]:
    """Return the stops of A and B side by side in order, None where the other has none there.

    Of all ways to lay them side by side it is the one with the least total distance, where a stop
    that stays alone costs `SKIPPED`.
    """
    a, b = pair.a_stops, pair.b_stops
    apart = np.abs(_places(pair, a)[:, None] - _places(pair, b)[None, :])
    cost = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1)) * SKIPPED
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            both = cost[i - 1, j - 1] + apart[i - 1, j - 1]
            cost[i, j] = min(both, cost[i - 1, j] + SKIPPED, cost[i, j - 1] + SKIPPED)
    out: list[Match] = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + apart[i - 1, j - 1]:
            i, j = i - 1, j - 1
            out.append((a[i], b[j]))
        elif i and cost[i, j] == cost[i - 1, j] + SKIPPED:
            i -= 1
            out.append((a[i], None))
        else:
            j -= 1
            out.append((None, b[j]))
    return out[::-1]


def _places(pair: Pair, phases: tuple[Phase, ...]) -> Floats:
    """Return where stops are, in seconds of A's running."""
    running = np.concatenate([[0.0], np.cumsum(pair.a_cells_s)])
    return np.asarray(np.interp([phase.from_cp for phase in phases], pair.grid, running))


def _unlogged(pair: Pair, a: Phase | None, b: Phase | None) -> bool:
    """Return whether it is an interruption that one of the two, being a log, does not show.

    A log leaves out the wait for the operator (docs/reference/trajectory-log.md).
    """
    by_log = pair.a.recording.state is None, pair.b.recording.state is None
    here = [phase for phase in (a, b) if phase is not None]
    return by_log[0] != by_log[1] and any(p.kind is PhaseKind.INTERRUPT for p in here)


def _difference(
    a: Phase | None, b: Phase | None, size: float, pair: Pair, tolerance: float
) -> Difference:
    here = b or a
    assert here is not None
    from_s = b.start_s if b else float(pair.b.s.searchsorted(here.from_cp)) * pair.b.dt_s
    to_s = from_s + (b.length_s if b else 0.0)
    name = "interrupt" if here.kind is PhaseKind.INTERRUPT else "hold"
    if a is None:
        text = f"{name} of {here.length_s:.3f} s that A does not have"
    elif b is None:
        text = f"A is held {here.length_s:.3f} s, B is not"
    else:
        text = f"{name} of {b.length_s:.3f} s instead of {a.length_s:.3f} s"
    return Difference(
        kind=Kind.HOLD,
        subject="delivery",
        column="",
        from_cp=here.from_cp,
        to_cp=here.to_cp,
        from_s=from_s,
        to_s=to_s,
        size=size,
        unit="s",
        tolerance=tolerance,
        text=text,
    )


def _together(found: list[Difference]) -> Difference:
    total = sum(difference.size for difference in found)
    first, last = found[0], found[-1]
    return Difference(
        kind=Kind.HOLD,
        subject="delivery",
        column="",
        from_cp=first.from_cp,
        to_cp=last.to_cp,
        from_s=first.from_s,
        to_s=last.to_s,
        size=total,
        unit="s",
        tolerance=first.tolerance,
        text=f"{len(found)} holds differ, {total:+.3f} s in all; the first: {first.text}",
    )
