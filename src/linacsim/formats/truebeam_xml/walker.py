"""Reads any element by its shape: attributes and children into a record, all slips reported."""

from copy import deepcopy
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.reading import Reading, line_of, suggestion
from linacsim.formats.truebeam_xml.scalars import (
    read_text,
    read_value,
    report_attribute,
    report_stray,
)
from linacsim.formats.truebeam_xml.shapes import (
    Elsewhere,
    Flag,
    Kind,
    OneOf,
    Part,
    Raw,
    Row,
    Shape,
    blank,
)
from linacsim.formats.truebeam_xml.values import Scalar


def read_shape(element: Element, shape: Shape, reading: Reading) -> Any:
    """Return the record of an element."""
    values = read_attributes(element, shape.attributes, reading)
    if shape.content is not None:
        values[shape.content] = _raw(element, reading)
    elif shape.text is not None:
        values[shape.text] = element.text or ""
        _children(element, shape, reading)
    else:
        _no_text(element, reading)
        values.update(_children(element, shape, reading))
    if shape.tag is not None:
        values[shape.tag] = str(element.tag)
    if shape.has_line:
        values["line"] = line_of(element)
    return shape.record(**values)


def read_kind(element: Element, kind: Kind, reading: Reading) -> Any:
    """Return the value of an element of any kind."""
    match kind:
        case Scalar():
            return read_text(element, kind, reading)
        case Shape():
            return read_shape(element, kind, reading)
        case Raw():
            return _raw(element, reading)
        case Flag():
            return read_shape(element, Shape(lambda: None), reading)
        case Row():
            return _row(element, kind, reading)
        case OneOf():
            return _one_of(element, kind, reading)
        case Elsewhere():
            return None


def read_attributes(element: Element, parts: tuple[Part, ...], reading: Reading) -> dict[str, Any]:
    """Return the attributes of an element by field."""
    known = {part.name: part for part in parts}
    values: dict[str, Any] = {}
    for key, text in element.attrib.items():
        part = known.get(str(key))
        if part is None:
            report_attribute(element, str(key), list(known), reading)
            continue
        assert isinstance(part.kind, Scalar)
        label = f"{element.tag} attribute {part.name}"
        values[part.field] = read_value(str(text), part.kind, element, label, reading)
    for part in parts:
        if part.least and part.field not in values:
            reading.report(
                "missing-attribute",
                element,
                str(element.tag),
                f"{element.tag} has no attribute {part.name}",
                mend=f'add {part.name}="..."',
            )
            values[part.field] = blank(part.kind)
    return values


def _children(element: Element, shape: Shape, reading: Reading) -> dict[str, Any]:
    index = {part.name: order for order, part in enumerate(shape.parts)}
    values: dict[str, Any] = {}
    counts: dict[str, int] = {}
    last = -1
    for child in element:
        name = _known_name(child, shape, index, reading)
        if name is None:
            continue
        order = index[name]
        if order < last and shape.ordered:
            report_order(child, shape.parts[last].name, reading)
        last = max(last, order)
        counts[name] = counts.get(name, 0) + 1
        part = shape.parts[order]
        if part.only_in:
            reading.note_dialect(part.only_in, child, name, "read and kept")
        _keep(child, part, counts[name], values, reading)
    _check_choices(element, shape, counts, reading)
    _check_missing(element, shape, counts, values, reading)
    return values


def _known_name(
    child: Element, shape: Shape, index: dict[str, int], reading: Reading
) -> str | None:
    name = str(child.tag)
    if child.tail and child.tail.strip():
        report_stray(child, child.tail, reading)
    if name in index:
        return name
    if name in shape.aliases:
        meant = shape.aliases[name]
        reading.note_dialect("1.x", child, name, f"read as {meant}")
        return meant
    if name in shape.misspelt:
        meant = shape.misspelt[name]
        report_unknown(child, list(index), reading, f"write {meant}; read as if it were that")
        return meant
    report_unknown(child, list(index), reading)
    return None


def _keep(child: Element, part: Part, count: int, values: dict[str, Any], reading: Reading) -> None:
    """Put a child's value into its field; of a child that is there twice the first counts."""
    value = read_kind(child, part.kind, reading)
    if part.most is not None and count > part.most:
        report_too_many(child, part.most, reading)
    if isinstance(part.kind, Flag | Elsewhere):
        return
    if part.is_list:
        values[part.field] = (*values.get(part.field, ()), value)
    else:
        values.setdefault(part.field, value)


def report_order(child: Element, after: str, reading: Reading, point: int | None = None) -> None:
    """Report a child that comes after one that it must precede."""
    reading.report(
        "order",
        child,
        str(child.tag),
        f"{child.tag} comes after {after}",
        allowed=f"{child.tag} before {after}",
        mend="move it",
        point=point,
    )


def report_too_many(child: Element, most: int, reading: Reading, point: int | None = None) -> None:
    """Report an element that is there more often than allowed."""
    reading.report(
        "duplicate",
        child,
        str(child.tag),
        f"{child.tag} is there more than {'once' if most == 1 else f'{most} times'}",
        allowed=f"at most {most}",
        mend="keep one" if most == 1 else "remove some",
        point=point,
    )


def report_unknown(
    child: Element, known: list[str], reading: Reading, mend: str = "", point: int | None = None
) -> None:
    """Report an element that the schema does not have here."""
    parent = child.getparent()
    inside = "" if parent is None else f" in {parent.tag}"
    reading.report(
        "unknown-element",
        child,
        str(child.tag),
        f"element {child.tag} is not known{inside}",
        mend=mend or suggestion(str(child.tag), known),
        point=point,
    )


def _check_choices(
    element: Element, shape: Shape, counts: dict[str, int], reading: Reading
) -> None:
    for group in shape.exclusive:
        present = [name for name in group if name in counts]
        if len(present) > 1:
            reading.report(
                "choice",
                element,
                str(element.tag),
                f"{element.tag} has both {' and '.join(present)}",
                allowed="one of them",
                mend="remove one",
            )
    for group in shape.needed:
        if not any(name in counts for name in group):
            report_missing(element, " or ".join(group), reading)


def _check_missing(
    element: Element,
    shape: Shape,
    counts: dict[str, int],
    values: dict[str, Any],
    reading: Reading,
) -> None:
    for part in shape.parts:
        if part.least and part.name not in counts:
            report_missing(element, part.name, reading)
            if not isinstance(part.kind, Flag | Elsewhere):
                values[part.field] = () if part.is_list else blank(part.kind)


def report_missing(element: Element, name: str, reading: Reading, point: int | None = None) -> None:
    """Report a mandatory child that is not there."""
    reading.report(
        "missing-element",
        element,
        str(element.tag),
        f"{element.tag} has no {name}",
        allowed=f"{name} is mandatory",
        mend=f"add {name}",
        point=point,
    )


def _row(element: Element, row: Row, reading: Reading) -> tuple[Any, ...]:
    records = _listed(element, row.items, reading)
    if len(records) < row.least:
        report_missing(element, " or ".join(row.items), reading)
    return tuple(records)


def _one_of(element: Element, choice: OneOf, reading: Reading) -> Any:
    records = _listed(element, choice.items, reading)
    if not records:
        report_missing(element, " or ".join(choice.items), reading)
        return None
    for extra in list(element)[1:]:
        report_too_many(extra, 1, reading)
    return records[0]


def _listed(element: Element, items: Any, reading: Reading) -> list[Any]:
    _no_text(element, reading)
    for key in element.attrib:
        report_attribute(element, str(key), [], reading)
    shape = Shape(dict, tuple(Part(name, name, item) for name, item in items.items()))
    index = {name: order for order, name in enumerate(items)}
    return [
        read_shape(child, items[name], reading)
        for child in element
        if (name := _known_name(child, shape, index, reading)) is not None
    ]


def _raw(element: Element, reading: Reading) -> tuple[str, ...]:
    _no_text(element, reading)
    return tuple(_as_text(child) for child in element)


def _as_text(element: Element) -> str:
    """Return an element as XML text that stands on its own, with the namespaces that it uses."""
    alone = deepcopy(element)
    alone.tail = None
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="unicode")


def _no_text(element: Element, reading: Reading) -> None:
    """Report text before the first child; text after children is told as they are met."""
    if element.text and element.text.strip():
        report_stray(element, element.text, reading)
