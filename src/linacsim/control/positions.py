"""Position checks: initial positions, frozen axes, resumption point.

Sources: manual, "Introducing static positions and tolerances" and "Limitations".
"""

from collections.abc import Mapping

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import XML_NAMES, Axis, AxisLayout
from linacsim.model.beam import Beam
from linacsim.model.trajectory import Trajectory

_JAW_PAIRS = {"X12": (Axis.X1, Axis.X2), "Y12": (Axis.Y1, Axis.Y2)}
_ROUNDING = 1e-9
"""A position exactly at its tolerance is within it."""


def start_tolerances(machine: MachineSpec, table: Mapping[str, float], dynamic: Bools) -> Floats:
    """Return (n_axes,) tolerances for the initial position.

    The beam's table counts only for axes that stay put; axes that will move, axes without an
    entry and axes with entry zero have the machine's tight tolerance.
    """
    out = machine.axes.tolerance.copy()
    for name, value in table.items():
        columns = _JAW_PAIRS.get(name) or (Axis(XML_NAMES.index(name)),)
        for column in columns:
            if value > 0 and not dynamic[column]:
                out[column] = value
    return out


def off_initial(machine: MachineSpec, beam: Beam, trajectory: Trajectory, actual: Floats) -> str:
    """Return what people are told of axes that are not at their initial position."""
    tolerance = start_tolerances(machine, beam.tolerances, trajectory.dynamic)
    wanted = trajectory.initial
    return _off(machine.layout, actual, wanted, tolerance, ~np.isnan(wanted))


def off_resumption(
    machine: MachineSpec, beam: Beam, trajectory: Trajectory, wanted: Floats, actual: Floats
) -> str:
    """Return what people are told of axes that are not where the beam must resume.

    Axes that stay put count as well: somebody may have moved "any axis" since (manual).
    """
    tolerance = start_tolerances(machine, beam.tolerances, trajectory.dynamic)
    return _off(machine.layout, actual, wanted, tolerance, trajectory.planned)


def _off(
    layout: AxisLayout, actual: Floats, wanted: Floats, tolerance: Floats, watched: Bools
) -> str:
    error = np.abs(actual - wanted)
    off = np.flatnonzero(watched & (error > tolerance + _ROUNDING))
    return describe(layout, off, actual, wanted, tolerance)


def describe(
    layout: AxisLayout,
    columns: Ints,
    actual: Floats,
    wanted: Floats,
    tolerance: Floats,
) -> str:
    """Return the axes as text: the first single ones and leaves by name, the rest counted."""
    shown = [
        f"{layout.label(int(c))} at {actual[c]:.3f} {layout.unit(int(c))}, "
        f"wanted {wanted[c]:.3f} +/- {tolerance[c]:.3g}"
        for c in columns[:3]
    ]
    if len(columns) > len(shown):
        shown.append(f"and {len(columns) - len(shown)} more")
    return "; ".join(shown)
