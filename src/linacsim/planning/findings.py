"""Why a beam cannot be planned: findings of the rule family `plan.*`."""

from collections.abc import Mapping

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import XML_NAMES, AxisLayout
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, Place, Severity
from linacsim.planning.carriages import Carriages
from linacsim.planning.limits import Limits

_LONGEST_S = 24 * 3600.0
"""No delivery lasts a day; longer ones come from numbers out of any range."""


def shape_findings(beam: Beam, machine: MachineSpec) -> list[Finding]:
    """Return why the beam's arrays do not fit the machine."""
    if beam.layout.n_axes != machine.layout.n_axes:
        return [
            _error(
                "plan.mlc-model",
                f"the beam has {beam.layout.leaf_pairs} leaf pairs ({beam.mlc_model})",
                f"{machine.layout.leaf_pairs} leaf pairs of {machine.name} ({machine.mlc.model})",
                "MLCModel",
            )
        ]
    if len(beam.control_points) == 0:
        return [_error("plan.no-points", "the beam has no control points", "at least 1", "Cp")]
    return []


def limit_findings(beam: Beam, machine: MachineSpec) -> list[Finding]:
    """Return why a beam's own limits cannot be planned with; empty if they can."""
    found = _velocity_findings(beam.velocities)
    ratio = beam.tracking.initial_capability_ratio if beam.tracking else None
    if ratio is not None and not 0 < ratio <= 1:
        found.append(
            _error(
                "plan.capability-ratio",
                f"InitialCapabilityRatio is {ratio:g}",
                "greater than 0 and at most 1",
                "InitialCapabilityRatio",
            )
        )
    gives = np.flatnonzero(np.diff(beam.resolved_mu()) > 0)
    if len(gives):
        found += _dose_findings(beam, machine, int(gives[0]))
    return found


def _velocity_findings(velocities: Mapping[str, float]) -> list[Finding]:
    found = []
    for name, value in velocities.items():
        if name not in XML_NAMES:
            text = f"VelTable limits {name}, which is not an axis"
            found.append(_error("plan.velocity-axis", text, ", ".join(XML_NAMES), name))
        elif not 0 < value < np.inf:
            text = f"VelTable limits {name} to {value:g}"
            found.append(_error("plan.velocity-limit", text, "a speed above 0", name))
    return found


def _dose_findings(beam: Beam, machine: MachineSpec, first: int) -> list[Finding]:
    energy = machine.energies.get(beam.energy)
    if energy is None or energy.max_dose_rate_mu_per_min <= 0:
        names = ", ".join(
            name for name, one in machine.energies.items() if one.max_dose_rate_mu_per_min > 0
        )
        text = f"segment {first + 1} gives MU with energy {beam.energy or '(none)'}"
        return [_error("plan.energy", text, names, "Energy", first + 1)]
    return []


def start_findings(start_s: float, last: int) -> list[Finding]:
    """Return why planning cannot start at a fractional control point."""
    if 0 <= start_s <= last:
        return []
    text = f"planning shall start at control point {start_s:g}"
    return [_error("plan.start", text, f"0 to {last}", "Cp")]


def point_findings(
    mu: Floats, position: Floats, limits: Limits, layout: AxisLayout
) -> list[Finding]:
    """Return why points cannot be planned."""
    return _number_findings(mu, position, layout) or _progress_findings(mu, limits)


def carriage_findings(carriages: Carriages, leaves: Floats, machine: MachineSpec) -> list[Finding]:
    """Return shapes that no carriage position serves, and synchronized segments between two."""
    found = []
    for first, last in (
        *((k, k) for k in carriages.too_wide.tolist()),
        *((k, k + 1) for k in carriages.impossible.tolist()),
    ):
        bank = leaves[first : last + 1].reshape(last + 1 - first, 2, -1)
        widest = float((bank.max(axis=(0, 2)) - bank.min(axis=(0, 2))).max())
        what = f"segment {last}" if last > first else f"control point {last}"
        found.append(
            _error(
                "plan.carriage",
                f"{what} spreads the leaves of one bank over {widest:.2f} cm",
                f"at most {machine.mlc.leaf_span_cm:g} cm, the leaf span of the carriage",
                "Mlc",
                last,
            )
        )
    return found


def too_long(nominal_s: float) -> list[Finding]:
    """Return a finding if the planned time is beyond any delivery."""
    if nominal_s <= _LONGEST_S:
        return []
    text = f"the plan would take {nominal_s:.3g} s"
    return [_error("plan.too-long", text, f"at most {_LONGEST_S:g} s", "Cp")]


def _number_findings(mu: Floats, position: Floats, layout: AxisLayout) -> list[Finding]:
    if not np.isfinite(mu).all():
        k = int(np.flatnonzero(~np.isfinite(mu))[0])
        return [_error("plan.not-a-number", f"MU is {mu[k]}", "a finite number", "Mu", k)]
    bad = np.isinf(position) | (np.isnan(position) & ~np.isnan(position).all(axis=0))
    if not bad.any():
        return []
    k, column = (int(i) for i in np.argwhere(bad)[0])
    name = layout.name(column)
    if np.isnan(position[0, column]):
        text = f"{name} is not named by the first control point but by a later one"
        return [_error("plan.late-axis", text, "every axis that moves, in the first", name, 0)]
    text = f"{name} is {position[k, column]}"
    return [_error("plan.not-a-number", text, "a finite number", name, k)]


def _progress_findings(mu: Floats, limits: Limits) -> list[Finding]:
    step = np.diff(mu)
    if (step < 0).any():
        k = int(np.flatnonzero(step < 0)[0]) + 1
        text = f"MU falls from {mu[k - 1]:g} to {mu[k]:g}"
        return [_error("plan.mu-falls", text, "cumulative MU that never decreases", "Mu", k)]
    starved = np.flatnonzero((step > 0) & ~(limits.dose_mu_per_s > 0))
    if len(starved):
        k = int(starved[0])
        text = f"segment {k + 1} gives MU at a dose rate of {60 * limits.dose_mu_per_s[k]:g} MU/min"
        return [_error("plan.dose-rate", text, "a dose rate above 0", "DRate", k + 1)]
    return []


def _error(rule: str, found: str, allowed: str, element: str, point: int | None = None) -> Finding:
    place = Place(element=element, control_point=point)
    return Finding(rule, Severity.ERROR, found, allowed, place=place)
