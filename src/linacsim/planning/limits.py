"""How fast each axis and the dose may go in a beam: the lowest of machine, VelTable and DRate."""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.beam import Beam
from linacsim.model.tracking import Tracking

_TRACKING_COLUMNS = {
    "couch_vrt": (Axis.COUCH_VRT,),
    "couch_lat": (Axis.COUCH_LAT,),
    "couch_lng": (Axis.COUCH_LNG,),
    "x12": (Axis.X1, Axis.X2),
    "y12": (Axis.Y1, Axis.Y2),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of n segments."""

    speed: Floats
    """(n_axes,) deg/s or cm/s."""
    accel: Floats
    """(n_axes,) deg/s2 or cm/s2."""
    dose_mu_per_s: Floats
    """(n,) dose-rate limit of each segment; 0 where there may be no dose."""
    by_table: Bools
    """(n_axes,) axes whose limit the beam's VelTable lowers."""
    by_ceiling: Bools
    """(n,) segments whose limit the beam's DRate lowers."""


def beam_limits(beam: Beam, machine: MachineSpec) -> Limits:
    """Return the limits of a beam whose numbers passed `findings.limit_findings`."""
    speed = machine.axes.max_speed.copy()
    for name, value in beam.velocities.items():
        column = XML_NAMES.index(name)
        speed[column] = min(speed[column], value)
    by_table = speed < machine.axes.max_speed
    speed *= _capability(beam.tracking, machine)
    energy = machine.energies.get(beam.energy)
    highest = energy.max_dose_rate_mu_per_min if energy else 0.0
    ceiling = beam.resolved_dose_rate()[:-1]
    dose = np.minimum(ceiling, highest) / 60.0
    return Limits(speed, machine.axes.max_accel, dose, by_table, ceiling < highest)


def machine_limits(machine: MachineSpec, dose_rate_mu_per_min: float, n: int) -> Limits:
    """Return the limits of n segments under one dose rate and nothing lower than the machine's."""
    axes = machine.axes
    dose = np.full(n, dose_rate_mu_per_min / 60.0)
    none = np.zeros(len(axes.max_speed), dtype=bool)
    return Limits(axes.max_speed, axes.max_accel, dose, none, np.ones(n, dtype=bool))


def _capability(tracking: Tracking | None, machine: MachineSpec) -> Floats:
    """Return (n_axes,) share of speed left to the plan (manual, "The Capability Ratio")."""
    share = np.ones(machine.layout.n_axes)
    if tracking is None or tracking.axes is None or tracking.initial_capability_ratio is None:
        return share
    for name, columns in _TRACKING_COLUMNS.items():
        if getattr(tracking.axes, name) is not None:
            share[list(columns)] = tracking.initial_capability_ratio
    if tracking.axes.mlc is not None:
        share[machine.layout.leaves] = tracking.initial_capability_ratio
    return share
