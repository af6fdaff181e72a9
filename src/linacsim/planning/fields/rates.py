"""The dose rate of each segment, chosen as the controller does: no axis may be too slow for it."""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis
from linacsim.model.elekta import Field

_EXACT = 1 + 1e-9
"""A bin that misses what axes allow by rounding alone is taken."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Dose rates of n segments; 0 without dose."""

    mu_per_min: Floats
    """(n,)"""
    by_ceiling: Bools
    """(n,) segments at the rate set by the plan, below the highest of the energy."""
    pulsed: Ints
    """Segments that need less than the lowest rate, so that pulses are left out."""


def choose_rates(
    field: Field, machine: MachineSpec, mu: Floats, position: Floats, segment: Ints
) -> Rates:
    """Return the rates of n segments between points `mu` (n + 1,), `position` (n + 1, n_axes).

    All parts of a delivery segment (`segment`, (n,)) have the rate that its slowest part needs.
    """
    rules = machine.field_rules
    assert rules is not None
    step_mu = np.diff(mu)
    energies = [machine.energies[name] for name in field.energies()]
    highest = np.array([energy.max_dose_rate_mu_per_min for energy in energies])
    lowest = np.array([energy.min_dose_rate_mu_per_min for energy in energies])
    set_rate = field.beam.resolved_dose_rate()[:-1]
    ceiling = np.fmin(highest, set_rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        allowed = np.minimum(ceiling, 60.0 * step_mu / needed_s(machine, position))
    allowed = _slowest_part(np.where(step_mu > 0, allowed, 0.0), segment)
    rate = allowed.copy()
    if rules.binned:
        for k, energy in enumerate(energies):
            bins = [one for one in energy.dose_rates_mu_per_min if one <= allowed[k] * _EXACT]
            rate[k] = max(bins, default=float(allowed[k]))
    pulsed = np.flatnonzero((step_mu > 0) & (rate < lowest / _EXACT))
    return Rates(rate, (ceiling < highest) & (rate >= ceiling), pulsed)


def needed_s(machine: MachineSpec, position: Floats) -> Floats:
    """Return (n,) how long the axes take from point to point at their highest speeds."""
    step = np.nan_to_num(np.abs(np.diff(on_guides(machine, position), axis=0)))
    return np.asarray((step / machine.axes.max_speed).max(axis=1, initial=0.0))


def on_guides(machine: MachineSpec, position: Floats) -> Floats:
    """Return positions (n, n_axes) with leaves as they stand on their guides, where there are any.

    A leaf's limits hold on its guide; in the room it may go faster with it.
    """
    rules, layout = machine.field_rules, machine.layout
    assert rules is not None
    if not rules.leaf_guide:
        return position
    out = position.copy()
    out[:, layout.bank_a] -= position[:, [Axis.CARRIAGE_A]]
    out[:, layout.bank_b] -= position[:, [Axis.CARRIAGE_B]]
    return out


def _slowest_part(rate: Floats, segment: Ints) -> Floats:
    out = rate.copy()
    for group in np.unique(segment[segment >= 0]).tolist():
        rows = segment == group
        out[rows] = rate[rows].min()
    return out
