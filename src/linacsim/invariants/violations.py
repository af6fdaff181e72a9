"""What the eye reports: one violation per rule and axis, with its first tick and its count."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import AxisLayout


class Rule(StrEnum):
    """Names of the invariants; docs/reference/invariants.md explains each."""

    TICKS = "ticks"
    DOSE_HELD = "dose-held"
    DOSE_OUTSIDE = "dose-outside-delivery"
    DOSE_LINE = "dose-against-line"
    MU_DECREASES = "mu-decreases"
    MU_BEYOND_PLAN = "mu-beyond-plan"
    MU_OFF_LINE = "mu-off-line"
    DOSE_RATE = "dose-rate"
    CP_DECREASES = "cp-decreases"
    SPEED = "speed"
    SPEED_ACTUAL = "speed-actual"
    ACCELERATION = "acceleration"
    OFF_LINE = "position-off-line"
    FOLLOWING = "following"
    FROZEN = "frozen-axis"
    RANGE = "range"
    RANGE_ACTUAL = "range-actual"
    LEAF_COLLISION = "leaf-collision"
    LEAF_COLLISION_ACTUAL = "leaf-collision-actual"
    CARRIAGE_SPAN = "carriage-span"
    NUMBER = "not-a-number"
    HOLD_FLAG = "hold-flag"
    DOSE_FOLLOWING = "dose-following"
    JUMP = "jump"
    OFF_PLACE = "off-place"
    JAW_COLLISION = "jaw-collision"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken by one axis (or by the beam), however often."""

    rule: Rule
    axis: str | None
    """Name as people know it; None where the beam itself is meant."""
    tick: int
    """First tick."""
    time_s: float
    """Time at the end of that tick."""
    value: float
    """What was found there."""
    limit: float
    """What was allowed there."""
    count: int
    """Number of ticks."""

    def __str__(self) -> str:
        """Return one line for people."""
        where = f" {self.axis}" if self.axis else ""
        times = f", {self.count} ticks" if self.count > 1 else ""
        return (
            f"invariant {self.rule}:{where} {self.value:.6g}, allowed {self.limit:.6g}, "
            f"at {self.time_s:.3f} s (tick {self.tick}){times}"
        )


_BEAM = np.array([-1])
"""Column that stands for the beam itself."""

MU, CP, HOLD_EXPECTED, HOLD_ACTUAL = -2, -3, -4, -5
"""Columns that stand for those of a log that are no axes."""

_NAMES = {
    MU: "MU",
    CP: "control point",
    HOLD_EXPECTED: "beam hold, expected",
    HOLD_ACTUAL: "beam hold, actual",
}


class Tally:
    """Collects what was found, first occurrence and count by rule and axis."""

    def __init__(self, layout: AxisLayout, seconds: Callable[[int], float]) -> None:
        """Name axes by `layout` and ticks by `seconds`."""
        self._layout = layout
        self._seconds = seconds
        self._found: dict[tuple[Rule, int], Violation] = {}

    def add(self, rule: Rule, bad: Bools, tick: Ints, value: Floats, limit: Floats | float) -> None:
        """Take (n,) flags of the beam with their ticks, values and limits."""
        if bad.any():
            limits = _column(limit)
            self.add_axes(rule, bad[:, None], tick, value[:, None], limits, _BEAM)

    def add_axes(
        self,
        rule: Rule,
        bad: Bools,
        tick: Ints,
        value: Floats,
        limit: Floats | float,
        columns: Ints,
    ) -> None:
        """Take (n, m) flags of the axes whose `columns` (m,) are given; limit broadcasts."""
        limits = np.broadcast_to(limit, bad.shape)
        for place in np.flatnonzero(bad.any(axis=0)):
            row = int(np.argmax(bad[:, place]))
            key = (rule, int(columns[place]))
            count = int(np.count_nonzero(bad[:, place]))
            found = self._item(key, tick[row], value[row, place], limits[row, place], count)
            self._found[key] = _together(self._found.get(key), found)

    def violations(self) -> tuple[Violation, ...]:
        """Return everything found, in order of time."""
        return tuple(sorted(self._found.values(), key=lambda item: (item.tick, item.rule)))

    def _item(
        self, key: tuple[Rule, int], tick: int, value: float, limit: float, count: int
    ) -> Violation:
        rule, column = key
        return Violation(
            rule=rule,
            axis=_NAMES.get(column) if column < 0 else self._layout.name(column),
            tick=int(tick),
            time_s=self._seconds(int(tick)),
            value=float(value),
            limit=float(limit),
            count=count,
        )


def _column(limit: Floats | float) -> Floats | float:
    return limit[:, None] if isinstance(limit, np.ndarray) else limit


def _together(before: Violation | None, found: Violation) -> Violation:
    """Return the earlier of two with the counts of both."""
    if before is None:
        return found
    first = min(before, found, key=lambda item: item.tick)
    return replace(first, count=before.count + found.count)
