"""Rules of imaging arms, kV blades and kV filters (manual, "Imaging Arm Positions")."""

import math
from collections.abc import Iterator
from dataclasses import fields

from linacsim.machines.spec import MachineSpec, Range
from linacsim.model.imaging import (
    ArmAxes,
    ArmPosition,
    BladePositions,
    BladeTolerances,
    ImagingParameters,
    ImagingPoint,
)
from linacsim.planning.check.numbers import TOLERANCE, negative, outside
from linacsim.planning.check.report import Report, error, warning

AXIS_RANGE = error("imaging.axis-range")
INITIAL_ARM = error("imaging.initial-arm")
INITIAL_KV_COLLIMATION = warning("imaging.initial-kv-collimation")
TOLERANCE_VALUE = error("imaging.tolerance-value")

_ARMS = {"Mvd": ("mvd", "mvd_after"), "Kvd": ("kvd", "kvd_after"), "Kvs": ("kvs", "kvs_after")}
_KV_COLLIMATION = {"KvBlades": ("kv_blades",), "KvFilters": ("kv_filters",)}
_ARM_AXES = {"Lat": "lat_cm", "Lng": "lng_cm", "Vrt": "vrt_cm", "Pitch": "pitch_deg"}
_BLADES = {name: f"{name.lower()}_cm" for name in ("KVX1", "KVX2", "KVY1", "KVY2")}


def check_imaging_axes(imaging: ImagingParameters, machine: MachineSpec, report: Report) -> None:
    """Check where arms and blades go, and that they begin somewhere."""
    for point in imaging.points:
        for axis, value in _positions(point):
            _check_range(axis, value, machine.imaging_axes.get(axis), point, report)
    for axis in (*_ARMS, *_KV_COLLIMATION):
        _check_initial(axis, imaging, report)
    _check_tolerances(imaging, report)


def _positions(point: ImagingPoint) -> Iterator[tuple[str, float | None]]:
    for arm, members in _ARMS.items():
        for member in members:
            position: ArmPosition | None = getattr(point, member)
            if position is not None and position.positions is not None:
                yield from _named(arm, _ARM_AXES, position.positions)
    if point.kv_blades is not None and point.kv_blades.positions is not None:
        yield from _named("KvBlades", _BLADES, point.kv_blades.positions)


def _named(
    group: str, members: dict[str, str], record: ArmAxes | BladePositions
) -> Iterator[tuple[str, float | None]]:
    for name, member in members.items():
        yield f"{group}.{name}", getattr(record, member)


def _check_range(
    axis: str, value: float | None, limits: Range | None, point: ImagingPoint, report: Report
) -> None:
    if limits is None or not outside(value, limits.lower - TOLERANCE, limits.upper + TOLERANCE):
        return
    unit = "deg" if axis.endswith("Pitch") else "cm"
    report.add(
        AXIS_RANGE,
        axis,
        f"{axis} is {value:g} {unit}",
        allowed=f"{limits.lower:g} to {limits.upper:g} {unit}",
        line=point.line,
    )


def _check_initial(axis: str, imaging: ImagingParameters, report: Report) -> None:
    members = {**_ARMS, **_KV_COLLIMATION}[axis]
    using = [point for point in imaging.points if any(getattr(point, member) for member in members)]
    unread = any(math.isnan(point.cp) for point in using)
    if not using or unread or any(p.cp == 0 and getattr(p, members[0]) for p in using):
        return
    report.add(
        INITIAL_ARM if axis in _ARMS else INITIAL_KV_COLLIMATION,
        axis,
        f"{axis} is used at Cp {using[0].cp:g} without an initial position",
        allowed="an imaging point at Cp 0 for each imaging axis that is used later",
        mend=f"add {axis} to the imaging point at Cp 0",
        line=using[0].line,
    )


def _check_tolerances(imaging: ImagingParameters, report: Report) -> None:
    given = imaging.tolerances
    groups: tuple[tuple[str, ArmAxes | BladeTolerances | None], ...] = (
        ("Mvd", given.mvd),
        ("Kvd", given.kvd),
        ("Kvs", given.kvs),
        ("KvBlades", given.kv_blades),
    )
    for name, group in groups:
        if group is None:
            continue
        for member in fields(group):
            value = getattr(group, member.name)
            if negative(value):
                report.add(
                    TOLERANCE_VALUE,
                    name,
                    f"tolerance {member.name.split('_')[0]} of {name} is {value:g}",
                    allowed="0 or more",
                    line=imaging.line,
                )
