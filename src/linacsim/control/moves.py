"""Moves without a beam: Go To by axis group, and single axes from the pendant."""

from collections.abc import Callable

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import XML_NAMES, Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.messages import GoToGroup
from linacsim.model.time import TICK_NS
from linacsim.model.trajectory import Trajectory

Mover = Callable[[MachineSpec, Floats, Floats], Trajectory]
"""Plans a move of each axis on its own from start to stop, both (n_axes,)."""

_COUCH_LINEAR = (Axis.COUCH_VRT, Axis.COUCH_LAT, Axis.COUCH_LNG)
_COUCH_ROTATION = (Axis.COUCH_RTN, Axis.COUCH_PIT, Axis.COUCH_ROL)


def group_mask(layout: AxisLayout, name: str) -> Bools:
    """Return the (n_axes,) mask of a Go To group; raises InputError for an unknown one."""
    mask = np.ones(layout.n_axes, dtype=bool)
    try:
        group = GoToGroup(name or GoToGroup.ALL)
    except ValueError:
        raise InputError(
            f"there is no Go To group {name!r}: use one of {', '.join(GoToGroup)}"
        ) from None
    if group is GoToGroup.ALL:
        return mask
    couch = list(_COUCH_LINEAR + _COUCH_ROTATION)
    if group is GoToGroup.GANTRY_COLLIMATOR:
        mask[couch] = False
        return mask
    mask[:] = False
    mask[list(_COUCH_LINEAR if group is GoToGroup.COUCH_LINEAR else _COUCH_ROTATION)] = True
    return mask


def go_to_target(layout: AxisLayout, standing: Floats, initial: Floats, group: str) -> Floats:
    """Return (n_axes,) targets: initial positions for planned axes of the group, else no move."""
    wanted = group_mask(layout, group) & ~np.isnan(initial)
    return np.where(wanted, initial, standing)


def pendant_target(machine: MachineSpec, standing: Floats, axis: str, value: float) -> Floats:
    """Return (n_axes,) targets with one single axis moved by `value`.

    Raises InputError for an axis the pendant does not have or a target out of range.
    """
    if axis not in XML_NAMES:
        raise InputError(f"the pendant has no axis {axis!r}: use one of {', '.join(XML_NAMES)}")
    column = XML_NAMES.index(axis)
    out = standing.copy()
    out[column] += value
    lower, upper = machine.axes.lower[column], machine.axes.upper[column]
    if not lower <= out[column] <= upper:
        raise InputError(
            f"{axis} cannot go to {out[column]:g}: its range is {lower:g} to {upper:g}"
        )
    return out


class Move:
    """A running move."""

    def __init__(self, trajectory: Trajectory) -> None:
        """Start at the beginning."""
        self._trajectory = trajectory
        self._cursor_ns = 0

    @property
    def ticks_left(self) -> int:
        """Ticks until the commanded positions have arrived."""
        return -(-(self._trajectory.duration_ns - self._cursor_ns) // TICK_NS)

    def positions(self, n: int) -> Floats:
        """Return (n, n_axes) commanded positions of the next n ticks; at the end it stands."""
        count = min(n, max(1, self.ticks_left))
        times = self._cursor_ns + TICK_NS * np.arange(1, count + 1, dtype=np.int64)
        capped = np.minimum(times, self._trajectory.duration_ns)
        position = self._trajectory.sample(capped).position
        return position[np.minimum(np.arange(n), count - 1)]

    def advance(self, n: int) -> None:
        """Take n ticks as done."""
        self._cursor_ns = min(self._cursor_ns + n * TICK_NS, self._trajectory.duration_ns)
