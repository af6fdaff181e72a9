"""Beam limiting devices: Table 14, Note XVII, Table 15."""

from collections.abc import Iterator

import numpy as np

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.request import Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, each_beam

_SLACK_MM = 0.05
"""By how much boundaries and fixed diaphragms may be off: rounding of what writes plans."""
_JAWS = ("X", "Y", "ASYMX", "ASYMY")


def _declared(beam: Beam) -> list[str]:
    return [item.text(tags.DEVICE) for item in beam.data.items(tags.DEVICES)]


def _extra(beam: Beam) -> tuple[str, ...]:
    """Return what the head has besides the needed: its MLC with electrons is told otherwise."""
    return ("MLCX",) if beam.radiation == "ELECTRON" else ()


@each_beam
def _types(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    head, declared = beam.linac.head, _declared(beam)
    allowed = (*head.needed(beam.radiation), *_extra(beam))
    for kind in declared:
        if kind not in allowed:
            yield Fault(beam.data.where, f"{kind} is not a device of the {head.name} head")
        elif declared.count(kind) > 1:
            yield Fault(beam.data.where, f"{kind} is there twice")


@each_beam
def _pairs(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    for item in beam.data.items(tags.DEVICES):
        kind, found = item.text(tags.DEVICE), item.integer(tags.PAIRS)
        expected = beam.linac.head.pairs if kind.startswith("MLC") else 1
        if found != expected:
            yield Fault(beam.data.where, f"{kind} has {found}, not {expected}")


@each_beam
def _boundaries(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    expected = beam.linac.head.boundaries_mm
    for item in beam.data.items(tags.DEVICES):
        if not item.text(tags.DEVICE).startswith("MLC"):
            continue
        found = item.numbers(tags.BOUNDARIES)
        if len(found) != len(expected) or not np.allclose(found, expected, atol=_SLACK_MM, rtol=0):
            yield Fault(beam.data.where, f"not those of the {beam.linac.head.name} head")


@each_beam
def _no_electron_mlc(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.radiation != "ELECTRON":
        return
    positioned = any("MLCX" in row for row in beam.points.devices)
    if positioned or "MLCX" in _declared(beam):
        yield Fault(beam.data.where, "MLCX with electrons")


@each_beam
def _complete(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    missing = set(beam.linac.head.needed(beam.radiation)) - set(_declared(beam))
    if missing:
        yield Fault(beam.data.where, f"{', '.join(sorted(missing))} missing")


@each_beam
def _known_positions(beam: Beam, _request: Request) -> Iterator[Fault]:
    declared = _declared(beam)
    for point in beam.points.items:
        kinds = [entry.text(tags.DEVICE) for entry in point.items(tags.POSITION_SEQUENCE)]
        for kind in kinds:
            if kind not in declared:
                yield Fault(point.where, f"{kind} is not declared")
            elif kinds.count(kind) > 1:
                yield Fault(point.where, f"{kind} is there twice")


@each_beam
def _complete_positions(beam: Beam, _request: Request) -> Iterator[Fault]:
    declared = set(_declared(beam))
    points = beam.points
    moving = bool(points.changes().any())
    for k, (point, row) in enumerate(zip(points.items, points.devices, strict=True)):
        if k and not row and not moving:
            continue
        missing = declared - set(row)
        if missing:
            why = " (something moves)" if moving and k else ""
            yield Fault(point.where, f"{', '.join(sorted(missing))} missing{why}")


@each_beam
def _counts(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None:
        return
    for point, row in zip(beam.points.items, beam.points.devices, strict=True):
        for kind, values in row.items():
            expected = 2 * (1 if kind in _JAWS else beam.linac.head.pairs)
            if len(values) != expected:
                yield Fault(point.where, f"{kind} has {len(values)}, not {expected}")


@each_beam
def _fixed(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None or beam.radiation == "ELECTRON":
        return
    for kind, expected in beam.linac.head.fixed_mm.items():
        for point, row in zip(beam.points.items, beam.points.devices, strict=True):
            found = row.get(kind)
            if found and not np.allclose(found, expected, atol=_SLACK_MM, rtol=0):
                low, high = expected
                yield Fault(point.where, f"{kind} is fixed at {low:g}, {high:g}")


RULES = (
    Rule(
        "device-type",
        "Table 14, Note XVII",
        tags.DEVICE,
        Code.DEVICE,
        "a device that the linac's head has, each once",
        _types,
    ),
    Rule(
        "device-pairs",
        "Table 14",
        tags.PAIRS,
        Code.DEVICE,
        "1 for diaphragms, the head's leaf pairs for the MLC",
        _pairs,
    ),
    Rule(
        "leaf-boundaries",
        "Note XVII, Table 15",
        tags.BOUNDARIES,
        Code.DEVICE,
        "those of the linac's head",
        _boundaries,
    ),
    Rule(
        "no-mlc-with-electrons",
        "Table 14, Note XVII",
        tags.DEVICES,
        Code.MLC_WITH_ELECTRONS,
        "no MLC shape with electrons",
        _no_electron_mlc,
    ),
    Rule(
        "complete-devices",
        "Table 14, Note XVII",
        tags.DEVICES,
        Code.DEVICES_INCOMPLETE,
        "all devices that the head has for the radiation",
        _complete,
    ),
    Rule(
        "declared-positions",
        "Table 14",
        tags.POSITION_SEQUENCE,
        Code.DEVICE,
        "positions of declared devices, each once",
        _known_positions,
    ),
    Rule(
        "complete-positions",
        "Table 14, Note XVII",
        tags.POSITION_SEQUENCE,
        Code.DEVICES_INCOMPLETE,
        "all devices at the first control point and wherever one is positioned; if anything "
        "moves, at every one",
        _complete_positions,
    ),
    Rule(
        "position-count",
        "Table 14",
        tags.POSITIONS,
        Code.DEVICE,
        "two for diaphragms, two for each leaf pair",
        _counts,
    ),
    Rule(
        "fixed-diaphragms",
        "Note XVII, Table 15",
        tags.POSITIONS,
        Code.DEVICE,
        "the fixed positions of a Beam Modulator",
        _fixed,
    ),
)
