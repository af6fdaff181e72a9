"""What a stage can do, axis by axis, in mm and s of the stage's own axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError


@dataclass(frozen=True, slots=True)
class AxisLimits:
    """One axis; InputError unless its numbers make sense."""

    name: str
    """As the device calls it: `X` for GRBL, `1` for Zaber."""
    lower_mm: float
    upper_mm: float
    speed_mm_per_s: float
    acceleration_mm_per_s2: float

    def __post_init__(self) -> None:
        """Check."""
        numbers = (self.lower_mm, self.upper_mm, self.speed_mm_per_s, self.acceleration_mm_per_s2)
        if not np.isfinite(numbers).all():
            raise InputError(f"axis {self.name}: limits must be finite")
        if self.upper_mm <= self.lower_mm:
            raise InputError(
                f"axis {self.name}: travel from {self.lower_mm:g} to {self.upper_mm:g} mm is none; "
                "write the lower end first"
            )
        if self.speed_mm_per_s <= 0 or self.acceleration_mm_per_s2 <= 0:
            raise InputError(f"axis {self.name}: speed and acceleration must be above 0")


@dataclass(frozen=True, slots=True)
class StageLimits:
    """All axes of a stage, in the order of its set-points."""

    axes: tuple[AxisLimits, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def lower_mm(self) -> Floats:
        """(n_axes,) lower ends of travel."""
        return np.array([axis.lower_mm for axis in self.axes])

    @property
    def upper_mm(self) -> Floats:
        """(n_axes,) upper ends of travel."""
        return np.array([axis.upper_mm for axis in self.axes])

    @property
    def speed_mm_per_s(self) -> Floats:
        """(n_axes,) highest speeds."""
        return np.array([axis.speed_mm_per_s for axis in self.axes])

    @property
    def acceleration_mm_per_s2(self) -> Floats:
        """(n_axes,) highest accelerations."""
        return np.array([axis.acceleration_mm_per_s2 for axis in self.axes])

    def with_others(self, others: Sequence[AxisLimits]) -> "StageLimits":
        """Return the tighter of these and of what the device itself says, axis by axis."""
        pairs = zip(self.axes, others, strict=True)
        return StageLimits(tuple(_tighter(ours, theirs) for ours, theirs in pairs))


def _tighter(ours: AxisLimits, theirs: AxisLimits) -> AxisLimits:
    return AxisLimits(
        ours.name,
        max(ours.lower_mm, theirs.lower_mm),
        min(ours.upper_mm, theirs.upper_mm),
        min(ours.speed_mm_per_s, theirs.speed_mm_per_s),
        min(ours.acceleration_mm_per_s2, theirs.acceleration_mm_per_s2),
    )
