"""What a comparison of two deliveries finds. Kinds and method: docs/how-to/compare-deliveries.md.

A is the reference and B what is compared with it: B is late, slower, off.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from linacsim.review.plain import plain_record


class Kind(StrEnum):
    """What a difference most likely is."""

    MISSING_MU = "missing MU"
    EXTRA_MU = "extra MU"
    HOLD = "hold"
    """A hold that is only in B, only in A, or of another length."""
    LATE_START = "late start"
    SLOWER_AXIS = "slower axis"
    FASTER_AXIS = "faster axis"
    DOSE_RATE = "dose rate"
    """The dose rate is limited to another value throughout."""
    DOSE_RATE_DIP = "dose-rate dip"
    """The dose rate falls for a while and comes back."""
    TIME = "time"
    """Time that no limit, dip or hold explains."""
    SIGN = "sign"
    OFFSET = "offset"
    """A constant difference over a stretch of control points."""
    LAG = "lag"
    """Actual trails expected by another time."""
    SHAPE = "shape"
    """Positions differ, and not by a constant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what, where, how much."""

    kind: Kind
    subject: str
    """An axis (`GantryRtn`, `leaf A17`, `bank A`), `MU`, `dose rate` or `delivery`."""
    column: str
    """`expected` or `actual`; empty where it is neither."""
    from_cp: float
    to_cp: float
    from_s: float
    """Time in B since its first row."""
    to_s: float
    size: float
    """How much at most; B minus A. Limits and rates: the value in B."""
    unit: str
    tolerance: float
    text: str
    """The difference in one sentence."""
    axes: tuple[str, ...] = ()
    """The axes concerned, where they are several."""

    @property
    def is_value_of_b(self) -> bool:
        """Whether `size` is a speed or rate of B, and the tolerance is that of time."""
        return self.kind in _LIMITS


_LIMITS = (Kind.SLOWER_AXIS, Kind.FASTER_AXIS, Kind.DOSE_RATE, Kind.DOSE_RATE_DIP)


@dataclass(frozen=True, slots=True)
class PointTimes:
    """When both reach each control point that both reach, since the start of their first steps."""

    index: tuple[int, ...]
    a_s: tuple[float, ...]
    b_s: tuple[float, ...]
    without_holds_s: tuple[float, ...]
    """B minus A, the time in holds taken out of both."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """Greatest difference of an axis over the compared stretch, B minus A."""

    axis: str
    unit: str
    expected: float
    actual: float
    tolerance_expected: float
    tolerance_actual: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was found."""

    a: str
    b: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    """What is worth knowing and does not count as a difference."""
    compared_from_cp: float
    compared_to_cp: float
    mu_a: float
    mu_b: float
    """Actual MU at the end; expected of a plan."""
    wall_a_s: float
    wall_b_s: float
    """From the start of the first step to the end of the last."""
    control_points: PointTimes
    extremes: tuple[Extreme, ...]
    tolerances: dict[str, float | bool]

    @property
    def same(self) -> bool:
        """Return whether nothing differs by more than the tolerances."""
        return not self.differences

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"same": self.same, **plain_record(self)}
