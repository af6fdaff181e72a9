"""Faults of axes and beam that a scenario injects; whoever is asked for another kind declines."""

import math
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.messages import Fault, FaultKind

AXIS_FAULTS = frozenset({FaultKind.AXIS_STUCK, FaultKind.AXIS_SLOW, FaultKind.AXIS_PUSHED})


@dataclass(frozen=True, slots=True)
class AxisFaults:
    """Faults that are on; (n_axes,) each."""

    stuck: Bools
    slow: Floats
    """Fraction of the commanded speed reached; NaN: no fault."""
    pushed: Floats
    """Displacement from outside, deg or cm."""

    @property
    def slow_stiff(self) -> Floats:
        """Like `slow` with the gantry left out; its drive keeps its own fault."""
        out = self.slow.copy()
        out[Axis.GANTRY_RTN] = np.nan
        return out

    @classmethod
    def none(cls, n_axes: int) -> "AxisFaults":
        """Return no faults."""
        return cls(np.zeros(n_axes, dtype=bool), np.full(n_axes, np.nan), np.zeros(n_axes))

    def changed(self, fault: Fault, column: int) -> "AxisFaults":
        """Return the faults after one began or ended."""
        stuck, slow, pushed = self.stuck.copy(), self.slow.copy(), self.pushed.copy()
        if fault.kind is FaultKind.AXIS_STUCK:
            stuck[column] = not fault.clear
        elif fault.kind is FaultKind.AXIS_SLOW:
            slow[column] = np.nan if fault.clear else fault.value
        else:
            pushed[column] = 0.0 if fault.clear else fault.value
        return AxisFaults(stuck, slow, pushed)


def column_of(layout: AxisLayout, fault: Fault) -> int:
    """Return the column of the axis that a fault names.

    Raises InputError for a name that no axis has.
    """
    names = {layout.name(column): column for column in range(layout.n_axes)}
    if fault.target not in names:
        raise InputError(
            f"fault {fault.kind}: there is no axis {fault.target!r}: use a name such as "
            "GantryRtn, X1, carriage A or leaf B17"
        )
    return names[fault.target]


def check_value(fault: Fault) -> None:
    """Raise InputError for a value that the kind of fault cannot have."""
    if fault.clear or fault.kind is FaultKind.AXIS_STUCK:
        return
    if fault.kind is FaultKind.AXIS_PUSHED:
        if not math.isfinite(fault.value):
            raise InputError(f"fault {fault.kind}: {fault.value:g} is not a displacement")
    elif not 0.0 <= fault.value <= 1.0:
        raise InputError(f"fault {fault.kind}: {fault.value:g} is not a fraction from 0 to 1")
