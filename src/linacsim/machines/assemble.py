"""A complete table of sourced numbers becomes a `MachineSpec`; numbers that contradict refuse."""

from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from linacsim.machines.keys import (
    AXIS_NAMES,
    FIELD_ENERGY_KEYS,
    MLC_KEYS,
    SINGLE_AXES,
    axis_unit,
)
from linacsim.machines.spec import (
    MLC_PAIRS,
    AxisArrays,
    DoseServo,
    Energy,
    FieldRules,
    GantryServo,
    GatePreset,
    HoldLineRules,
    MachineSpec,
    MlcGeometry,
    PlanningRules,
    Range,
    Supervision,
)
from linacsim.machines.tables import Sourced, Table, fault
from linacsim.model.arrays import Floats, readonly
from linacsim.model.axes import AxisLayout

RecordT = TypeVar(
    "RecordT",
    GantryServo,
    DoseServo,
    PlanningRules,
    Supervision,
    HoldLineRules,
    FieldRules,
    GatePreset,
)

AXIS_FIELDS = {
    "lower": "lower_{u}",
    "upper": "upper_{u}",
    "max_speed": "max_speed_{u}_per_s",
    "max_accel": "max_accel_{u}_per_s2",
    "brake_decel": "brake_decel_{u}_per_s2",
    "tolerance": "tolerance_{u}",
    "follow_tolerance": "follow_tolerance_{u}",
    "lag_s": "lag_s",
    "resolution": "resolution_{u}",
    "noise": "noise_{u}",
    "static_offset": "static_offset_{u}",
}
"""Key of each member of `AxisArrays`; `{u}` is the unit of the axis."""


def assemble(table: Table) -> MachineSpec:
    """Return the machine; `table` holds every key that `keys` asks for."""
    mlc = _mlc(table)
    layout = AxisLayout(len(mlc.leaf_widths_cm), guided="field" in table.numbers)
    _check_axes(table)
    _check_overtravel(table)
    hold_line = _record(HoldLineRules, table, "hold_line")
    return MachineSpec(
        name=table.header["name"],
        title=table.header["title"],
        vendor=table.header["vendor"],
        control_system=table.header["control_system"],
        mlc=mlc,
        layout=layout,
        axes=AxisArrays(**{name: _column(table, key, layout) for name, key in AXIS_FIELDS.items()}),
        energies=MappingProxyType(_energies(table)),
        gantry_servo=_record(GantryServo, table, "gantry_servo"),
        dose=_record(DoseServo, table, "dose"),
        planning=_record(PlanningRules, table, "planning"),
        start=_column(table, "start_{u}", layout),
        imaging_axes=MappingProxyType(_imaging(table)),
        supervision=_record(Supervision, table, "supervision"),
        hold_line=hold_line,
        gate_line=hold_line.without_wire(),
        log_interval_ms=_value(table, "log", "log_interval_ms"),
        sources=MappingProxyType(_sources(table)),
        field_rules=_record(FieldRules, table, "field") if "field" in table.numbers else None,
        gate_presets=MappingProxyType(_gate_presets(table)),
    )


def _value(table: Table, section: str, key: str) -> Any:
    return table.numbers[section][key].value


def _record(kind: type[RecordT], table: Table, section: str) -> RecordT:
    """Return a record whose members are the keys of a section."""
    return kind(**{member.name: _value(table, section, member.name) for member in fields(kind)})


def _column(table: Table, key: str, layout: AxisLayout) -> Floats:
    """Return one number per column; carriages and leaves share theirs."""
    values = {
        name: float(_value(table, f"axis.{name}", key.format(u=axis_unit(name))))
        for name in AXIS_NAMES
    }
    out = np.full(layout.n_axes, values["leaf"])
    out[layout.carriages] = values["carriage"]
    for name, column in SINGLE_AXES.items():
        out[column] = values[name]
    return readonly(out)


def _check_overtravel(table: Table) -> None:
    overtravel = table.numbers["mlc"]["overtravel_cm"]
    lower = table.numbers["axis.leaf"]["lower_cm"]
    if lower.value != -overtravel.value:
        raise fault(
            table.file,
            "axis.leaf.lower_cm",
            f"{lower.value:g} must be minus mlc.overtravel_cm, which is {overtravel.value:g}",
        )


def _check_axes(table: Table) -> None:
    for name in AXIS_NAMES:
        unit = axis_unit(name)
        section = f"axis.{name}"
        lower, upper, start = (
            table.numbers[section][f"{key}_{unit}"] for key in ("lower", "upper", "start")
        )
        _check_order(table, lower, upper, f"{section}.upper_{unit}")
        if not lower.value <= start.value <= upper.value:
            raise fault(
                table.file,
                f"{section}.start_{unit}",
                f"{start.value:g} is out of range; allowed: {lower.value:g} to {upper.value:g}",
            )


def _check_order(table: Table, lower: Sourced, upper: Sourced, key: str) -> None:
    if not lower.value < upper.value:
        problem = f"{upper.value:g} must be greater than the lower end, which is {lower.value:g}"
        raise fault(table.file, key, problem)


def _mlc(table: Table) -> MlcGeometry:
    model = table.words["mlc.model"]
    if model not in MLC_PAIRS:
        raise fault(table.file, "mlc.model", f"unknown {model!r}; one of {', '.join(MLC_PAIRS)}")
    groups = table.numbers["mlc"]["leaf_widths_cm"]
    widths = np.array([width for count, width in groups.value for _ in range(count)], dtype=float)
    if len(widths) != MLC_PAIRS[model]:
        raise fault(
            table.file,
            "mlc.leaf_widths_cm",
            f"gives {len(widths)} leaves; {model} has {MLC_PAIRS[model]} pairs",
        )
    return MlcGeometry(
        model=model,
        leaf_widths_cm=readonly(widths),
        **{key: _value(table, "mlc", key) for key in MLC_KEYS if key != "leaf_widths_cm"},
    )


def _energies(table: Table) -> dict[str, Energy]:
    return {
        section.removeprefix("energy."): _energy(table, section)
        for section in table.numbers
        if section.startswith("energy.")
    }


def _energy(table: Table, section: str) -> Energy:
    keys = table.numbers[section]
    lower = keys["min_dose_rate_mu_per_min"].value
    upper = keys["max_dose_rate_mu_per_min"].value
    rates = keys["dose_rates_mu_per_min"]
    for rate in rates.value:
        if not lower <= rate <= upper:
            raise fault(
                table.file,
                f"{section}.dose_rates_mu_per_min",
                f"{rate:g} is out of range; allowed: {lower:g} to {upper:g}",
            )
    return Energy(
        name=section.removeprefix("energy."),
        dose_rates_mu_per_min=tuple(float(rate) for rate in rates.value),
        min_dose_rate_mu_per_min=float(lower),
        max_dose_rate_mu_per_min=float(upper),
        mu_per_pulse=float(keys["mu_per_pulse"].value),
        **{key: float(keys[key].value) for key in FIELD_ENERGY_KEYS if key in keys},
    )


def _gate_presets(table: Table) -> dict[str, GatePreset]:
    return {
        section.removeprefix("gating."): _record(GatePreset, table, section)
        for section in table.numbers
        if section.startswith("gating.")
    }


def _imaging(table: Table) -> dict[str, Range]:
    ranges = {}
    for section, keys in table.numbers.items():
        if not section.startswith("imaging."):
            continue
        unit = next(iter(keys)).rsplit("_", 1)[1]
        lower, upper = keys[f"lower_{unit}"], keys[f"upper_{unit}"]
        _check_order(table, lower, upper, f"{section}.upper_{unit}")
        ranges[section.removeprefix("imaging.")] = Range(float(lower.value), float(upper.value))
    return ranges


def _sources(table: Table) -> dict[str, str]:
    return {
        f"{section}.{key}": entry.source
        for section, keys in table.numbers.items()
        for key, entry in keys.items()
    }
