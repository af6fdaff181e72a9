"""What differs between a delivery and its baseline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from linacsim.regress.baseline import Baseline, Delivery, Figure, Figures
from linacsim.regress.signal_changes import Part, SignalChange, axis_changes, signal_changes
from linacsim.regress.tolerances import Tolerances

IDENTICAL = "identical"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    what: str
    old: Figure | str | None
    """None: the baseline does not have it."""
    new: Figure | str | None
    difference: Figure | str | None
    """A number, or words: from when on, at which control points."""
    tolerance: Figure | str | None
    beyond: bool
    """Whether it is beyond the tolerance."""
    control_points: tuple[int, ...] = ()
    """Where it is about whole control points."""
    parts: tuple[Part, ...] = ()
    """Where it is about a signal."""


def changes(old: Baseline, new: Baseline, tolerances: Tolerances) -> tuple[Change, ...]:
    """Return all differences, those within tolerance too; nothing where both are the same."""
    if len(old.delivery) != len(new.delivery):
        return (_text("sequences", str(len(old.delivery)), str(len(new.delivery))),)
    pairs = zip(old.delivery, new.delivery, strict=True)
    return tuple(
        _named(change, number, len(old.delivery))
        for number, (before, now) in enumerate(pairs, start=1)
        for change in _delivery(before, now, tolerances)
    )


def _named(change: Change, number: int, sequences: int) -> Change:
    if sequences == 1:
        return change
    return replace(change, what=f"sequence {number}: {change.what}")


def _delivery(old: Delivery, new: Delivery, tolerances: Tolerances) -> Iterator[Change]:
    for name in ("beam", "machine", "state"):
        if getattr(old, name) != getattr(new, name):
            yield _text(name, getattr(old, name), getattr(new, name))
    if old.interlocks != new.interlocks:
        yield _text("interlocks", _list(old.interlocks), _list(new.interlocks))
    yield from _control_points(old, new, tolerances)
    yield from _figures("", "figures", old.figures, new.figures, tolerances)
    for change in (*signal_changes(old.signals, new.signals), *axis_changes(old, new)):
        yield _signal(change, must=tolerances.must_be_identical)
    for name in dict.fromkeys((*old.axis_figures, *new.axis_figures)):
        before, now = old.axis_figures.get(name, {}), new.axis_figures.get(name, {})
        yield from _figures(f"{name} ", "axis_figures", before, now, tolerances)


def _text(what: str, old: str, new: str) -> Change:
    return Change(what, old, new, None, IDENTICAL, beyond=True)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _signal(change: SignalChange, *, must: bool) -> Change:
    tolerance = IDENTICAL if must else None
    old, new = change.old or None, change.new or None
    return Change(change.what, old, new, change.where, tolerance, must, parts=change.parts)


def _figures(
    prefix: str, section: str, old: Figures, new: Figures, tolerances: Tolerances
) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        before, now = old.get(name), new.get(name)
        if before == now:
            continue
        allowed = tolerances.of(f"{section}.{name}")
        difference = None if before is None or now is None else _less(now, before)
        beyond = difference is None or abs(difference) > allowed + _ROUNDING
        yield Change(prefix + name, before, now, difference, allowed, beyond)


def _control_points(old: Delivery, new: Delivery, tolerances: Tolerances) -> Iterator[Change]:
    before = {index: (time_s, mu) for index, time_s, mu in old.control_points}
    now = {index: (time_s, mu) for index, time_s, mu in new.control_points}
    if before.keys() != now.keys():
        yield _text("control points reached", _ranges(tuple(before)), _ranges(tuple(now)))
    both = sorted(before.keys() & now.keys())
    for what, name, part in (("reached at [s]", "time_s", 0), ("expected MU", "mu", 1)):
        allowed = tolerances.of(f"control_points.{name}")
        values = [(k, before[k][part], now[k][part]) for k in both]
        yield from _runs(f"control point {{}}: {what}", values, allowed)
    yield from _runs(
        "segment to control point {}: length [s]",
        [
            (k, _less(before[k][0], before[j][0]), _less(now[k][0], now[j][0]))
            for j, k in pairwise(both)
        ],
        tolerances.of("control_points.time_s"),
    )


Compared = tuple[int, Figure, Figure]
"""Control point, old and new value."""


def _runs(what: str, values: list[Compared], allowed: float) -> Iterator[Change]:
    """Yield a change for the control points beyond tolerance, or one that tells how far within.

    Its values are those of the greatest difference.
    """
    apart = [(k, old, new) for k, old, new in values if old != new]
    if not apart:
        return
    far = [item for item in apart if abs(item[2] - item[1]) > allowed + _ROUNDING]
    shown = far or apart
    _, old, new = max(shown, key=lambda item: abs(item[2] - item[1]))
    points = tuple(k for k, _, _ in shown)
    named = what.format(_ranges(points))
    yield Change(named, old, new, _less(new, old), allowed, bool(far), points)


def _less(new: Figure, old: Figure) -> Figure:
    return round(new - old, 6)


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return `0, 3-5, 9` of rising numbers."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs) or "none"
