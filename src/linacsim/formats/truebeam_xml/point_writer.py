"""Writes control points, in the order of the Cp table."""

from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

import numpy as np

from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, ISOCENTRIC, SUB_BEAM
from linacsim.formats.truebeam_xml.shapes import Part, Shape
from linacsim.formats.truebeam_xml.values import Scalar, format_double
from linacsim.model.arrays import Floats
from linacsim.model.axes import XML_NAMES
from linacsim.model.beam import Beam, ControlPoints, SubBeam

_INDENT = "  "


def point_lines(beam: Beam, indent: str) -> list[str]:
    """Return the lines of all Cp elements, to stand inside `indent`ed ControlPoints."""
    points = beam.control_points
    lines: list[str] = []
    outer = indent + _INDENT
    inner = outer + _INDENT
    names = ISOCENTRIC if beam.couch_is_isocentric else {}
    writers = [_writer(part, names.get(part.name, part.name), points, inner) for part in CP_PARTS]
    for index in range(len(points)):
        children = [line for writer in writers for line in writer(index)]
        lines += [f"{outer}<Cp>", *children, f"{outer}</Cp>"] if children else [f"{outer}<Cp />"]
    return lines


def _writer(
    part: Part, name: str, points: ControlPoints, indent: str
) -> Callable[[int], list[str]]:
    """Return what writes one kind of child of one control point."""
    if part.name == "Mlc":
        return lambda index: _mlcs(points, index, indent)
    if part.name == "Mu":
        return _column(name, points.mu, indent)
    if part.name in XML_NAMES:
        return _column(name, points.axes[:, XML_NAMES.index(part.name)], indent)
    return _sparse(part, getattr(points, part.field), indent)


def _column(name: str, values: Floats, indent: str) -> Callable[[int], list[str]]:
    def write(index: int) -> list[str]:
        value = values[index]
        return [] if np.isnan(value) else [f"{indent}<{name}>{format_double(value)}</{name}>"]

    return write


def _sparse(part: Part, values: Mapping[int, object], indent: str) -> Callable[[int], list[str]]:
    def write(index: int) -> list[str]:
        value = values.get(index)
        if value is None:
            return []
        if isinstance(part.kind, Shape):
            assert isinstance(value, SubBeam)
            return _sub_beam(value, indent)
        return [_single(part, value, indent)]

    return write


def _single(part: Part, value: object, indent: str) -> str:
    assert isinstance(part.kind, Scalar)
    text = escape(part.kind.format(value), {"\r": "&#13;"})
    return f"{indent}<{part.name}>{text}</{part.name}>"


def _sub_beam(sub_beam: SubBeam, indent: str) -> list[str]:
    fields = ((part, getattr(sub_beam, part.field)) for part in SUB_BEAM.parts)
    children = [
        _single(part, value, indent + _INDENT) for part, value in fields if value is not None
    ]
    return [f"{indent}<SubBeam>", *children, f"{indent}</SubBeam>"]


def _mlcs(points: ControlPoints, index: int, indent: str) -> list[str]:
    lines: list[str] = []
    primary = points.leaves[index]
    if not np.isnan(primary).all():
        lines += _mlc(1, primary, indent)
    if index in points.second_leaves:
        lines += _mlc(2, points.second_leaves[index], indent)
    return lines


def _mlc(number: int, leaves: Floats, indent: str) -> list[str]:
    pairs = len(leaves) // 2
    bank_a, bank_b = (
        " ".join(map(format_double, bank)) for bank in (leaves[:pairs], leaves[pairs:])
    )
    inner = indent + _INDENT
    return [
        f"{indent}<Mlc>",
        f"{inner}<ID>{number}</ID>",
        f"{inner}<B>{bank_b}</B>",
        f"{inner}<A>{bank_a}</A>",
        f"{indent}</Mlc>",
    ]
