"""Reads simple values, from element text or attributes."""

import math
from typing import Any

from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.reading import Reading, suggestion
from linacsim.formats.truebeam_xml.values import Scalar, repaired

LONGEST_QUOTE = 40


def read_text(element: Element, kind: Scalar, reading: Reading, point: int | None = None) -> Any:
    """Return the value of an element that holds a simple value."""
    name = str(element.tag)
    for child in element:
        reading.report(
            "unknown-element",
            child,
            str(child.tag),
            f"{child.tag} is inside {name}, which holds {kind.what}",
            mend="remove it",
            point=point,
        )
        if child.tail and child.tail.strip():
            report_stray(child, child.tail, reading)
    for attribute in element.attrib:
        report_attribute(element, str(attribute), [], reading)
    return read_value(element.text or "", kind, element, name, reading, point)


def read_value(
    text: str,
    kind: Scalar,
    at: Element,
    name: str,
    reading: Reading,
    point: int | None = None,
) -> Any:
    """Return the value that a text stands for; report what is wrong with it."""
    if kind.keep_blanks:
        return text
    bare = text.strip(" \t\r\n")
    try:
        value = kind.parse(bare)
    except ValueError:
        return _slip(bare, kind, at, name, reading, point)
    if kind.choices and bare not in kind.choices:
        return _not_listed(bare, kind, at, name, reading, point)
    return _checked(value, kind, at, name, reading, point)


def _slip(
    bare: str, kind: Scalar, at: Element, name: str, reading: Reading, point: int | None
) -> Any:
    meant = repaired(bare, kind)
    reading.report(
        "type",
        at,
        name,
        f"{name} is {quoted(bare)}" if bare else f"{name} is empty",
        allowed=kind.what,
        mend=f"write {meant}" if meant is not None else "",
        point=point,
    )
    return kind.fallback if meant is None else kind.parse(meant)


def _not_listed(
    bare: str, kind: Scalar, at: Element, name: str, reading: Reading, point: int | None
) -> Any:
    meant = repaired(bare, kind)
    reading.report(
        "enumeration",
        at,
        name,
        f"{name} is {quoted(bare)}",
        allowed=kind.what,
        mend=f"write {meant}" if meant else suggestion(bare, list(kind.choices)),
        point=point,
    )
    return meant or bare


def _checked(
    value: Any, kind: Scalar, at: Element, name: str, reading: Reading, point: int | None
) -> Any:
    """Return the value; NaN, which nothing says more about, for a number that is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        reading.report(
            "not-finite", at, name, f"{name} is {value}", allowed="a finite number", point=point
        )
        return math.nan
    if (kind.lower is not None and value < kind.lower) or (
        kind.upper is not None and value > kind.upper
    ):
        low = "" if kind.lower is None else f"{kind.lower:g} or more"
        high = "" if kind.upper is None else f"{kind.upper:g} or less"
        reading.report(
            "range",
            at,
            name,
            f"{name} is {value:g}",
            allowed=", ".join(part for part in (low, high) if part),
            point=point,
        )
    return value


def quoted(text: str) -> str:
    """Return a text in quotes, shortened and on one line."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= LONGEST_QUOTE else f"'{line[:LONGEST_QUOTE]}...'"


def report_attribute(element: Element, name: str, known: list[str], reading: Reading) -> None:
    """Report an attribute that the schema does not know; those of XML Schema itself are fine."""
    if name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
        return
    reading.report(
        "unknown-attribute",
        element,
        str(element.tag),
        f"attribute {name} is not known on {element.tag}",
        allowed=", ".join(known) or "no attributes",
        mend=suggestion(name, known),
    )


def report_stray(at: Element, text: str, reading: Reading) -> None:
    """Report text where only elements may be."""
    reading.report(
        "stray-text",
        at,
        str(at.tag),
        f"text {quoted(text)} stands between elements",
        mend="remove it",
    )
