"""Holds and interruptions: which only one of two deliveries has, which are longer."""

from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Difference, Kind
from linacsim.review.compare.tolerances import Tolerances
from linacsim.review.metrics import Phase, PhaseKind

SAME_CP = 1.0
"""Holds this near to each other, in control points, may be the same one."""
MANY = 5
"""More are told together."""

Match = tuple[Phase | None, Phase | None]


def stop_differences(pair: Pair, tolerances: Tolerances) -> tuple[Difference, ...]:
    """Return holds and interruptions that differ."""
    tolerance = tolerances["time.hold_s"]
    found = []
    for a, b in matched(pair.a_stops, pair.b_stops):
        size = (b.length_s if b else 0.0) - (a.length_s if a else 0.0)
        if abs(size) > tolerance:
            found.append(_difference(a, b, size, pair, tolerance))
    return tuple(found) if len(found) <= MANY else (_together(found),)


def lone_stops(pair: Pair) -> tuple[tuple[Phase, ...], tuple[Phase, ...]]:
    """Return the holds that only A has, and those that only B has."""
    matches = matched(pair.a_stops, pair.b_stops)
    only_a = tuple(a for a, b in matches if a is not None and b is None)
    return only_a, tuple(b for a, b in matches if b is not None and a is None)


def matched(a: tuple[Phase, ...], b: tuple[Phase, ...]) -> list[Match]:
    """Return the stops of A and B side by side in order, None where the other has none there."""
    out: list[Match] = []
    i = j = 0
    while i < len(a) or j < len(b):
        if j == len(b) or (i < len(a) and a[i].from_cp < b[j].from_cp - SAME_CP):
            out.append((a[i], None))
            i += 1
        elif i == len(a) or b[j].from_cp < a[i].from_cp - SAME_CP:
            out.append((None, b[j]))
            j += 1
        else:
            out.append((a[i], b[j]))
            i, j = i + 1, j + 1
    return out


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
