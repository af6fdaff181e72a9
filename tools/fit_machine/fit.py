"""From logs to a fit."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from linacsim.machines import load_machine, machine_names
from linacsim.machines.keys import section_rules
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from tools.fit_machine.dose import dose
from tools.fit_machine.following import following
from tools.fit_machine.found import Answer, Found, Kept
from tools.fit_machine.limits import limits
from tools.fit_machine.logs import Source, read_sources
from tools.fit_machine.servo import servo
from tools.fit_machine.write import Fit


def fit_machine(paths: Sequence[Path], base: str | None = None, energy: str | None = None) -> Fit:
    """Return what the logs say about their machine, on top of a shipped one.

    By default that is the one that has the logs' MLC. Raises InputError for logs that cannot be
    used together, and for a base or an energy that does not fit them.
    """
    sources = read_sources(paths, energy)
    spec = _base(sources[0], base)
    if energy is not None and energy not in spec.energies:
        known = ", ".join(spec.energies)
        raise InputError(f"{spec.name} has no energy {energy!r}: use one of {known}")
    bounds = tuple(limits(sources))
    answers = (
        *bounds,
        *following(sources),
        *dose(sources, spec),
        *servo(sources, _with_gantry(spec, bounds)),
    )
    return Fit(spec.name, sources, tuple(_allowed(item) for item in answers))


def _base(source: Source, name: str | None) -> MachineSpec:
    wanted = source.recording.mlc_model
    for shipped in machine_names():
        machine = load_machine(shipped)
        if name in (None, shipped) and machine.mlc.model == wanted:
            return machine
    if name is None:
        raise InputError(f"no shipped machine has the logs' MLC {wanted}")
    if name not in machine_names():
        raise InputError(f"no shipped machine {name!r}: use one of {', '.join(machine_names())}")
    raise InputError(f"{name} has another MLC than the logs, which are of {wanted}")


def _with_gantry(spec: MachineSpec, bounds: Sequence[Answer]) -> MachineSpec:
    """Return the machine with the gantry's limits as found: its servo works within them."""
    axes = replace(
        spec.axes, max_speed=spec.axes.max_speed.copy(), max_accel=spec.axes.max_accel.copy()
    )
    for item in bounds:
        if isinstance(item, Found) and item.section == "axis.gantry_rtn":
            values = axes.max_speed if "speed" in item.key else axes.max_accel
            values[Axis.GANTRY_RTN] = item.value
    return replace(spec, axes=axes)


def _allowed(item: Answer) -> Answer:
    """Return the answer, unless no machine file may hold such a number."""
    rule = (section_rules(item.section) or {}).get(item.key)
    if isinstance(item, Kept) or rule is None or rule.lower <= item.value <= rule.upper:
        return item
    assert isinstance(item, Found)
    why = f"fitted {item.value:.4g} is outside {rule.lower:g} to {rule.upper:g}"
    return Kept(item.section, item.key, why)
