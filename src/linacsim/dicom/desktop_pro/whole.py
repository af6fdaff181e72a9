"""The whole IOD held against the standard, before anything else (A.2, status A901)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pydicom.datadict import dictionary_VM, dictionary_VR

from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.formats import (
    FORMATS,
    ONE_TEXT,
    are_plain_decimals,
    fits_multiplicity,
)
from linacsim.dicom.desktop_pro.iod import FIRST_POINT, PLAN, Attribute, When
from linacsim.dicom.desktop_pro.tags import POINTS

DEEPEST = 12
"""Sequences within sequences that are looked into; the IOD has five."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that the standard does not allow."""

    tag: int
    where: str
    found: str


def breaches(plan: Data) -> Iterator[Breach]:
    """Return what breaks the standard, in the order of the dataset."""
    return _dataset(plan, _rows(PLAN), 0)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Attributes of a module or an item, sorted by what is asked of them."""

    by_tag: dict[int, Attribute]
    needed: frozenset[int]
    """Those that must be there."""
    filled: frozenset[int]
    """Those that must have a value where they are there."""
    conditional: tuple[tuple[int, When], ...]
    """Those that must be there under a condition."""


@cache
def _rows(attributes: tuple[Attribute, ...]) -> _Rows:
    return _Rows(
        {row.tag: row for row in attributes},
        frozenset(row.tag for row in attributes if row.type in ("1", "2")),
        frozenset(row.tag for row in attributes if row.type in ("1", "1C")),
        tuple((row.tag, row.when) for row in attributes if row.when),
    )


def _dataset(data: Data, rows: _Rows, depth: int) -> Iterator[Breach]:
    """Walk one dataset and all within it."""
    elements = data.elements
    for tag in sorted(rows.needed - elements.keys()):
        yield Breach(tag, data.where, "is missing")
    for tag, when in rows.conditional:
        if tag not in elements and when(data):
            yield Breach(tag, data.where, "is missing")
    for tag in sorted(rows.filled & elements.keys()):
        if _is_empty(data, tag):
            yield Breach(tag, data.where, "is empty")
    for tag in sorted(elements):
        known = _known(tag)
        if known is None:
            continue
        row = rows.by_tag.get(tag)
        wrong = _representation(data, tag, known)
        if wrong:
            yield Breach(tag, data.where, wrong)
        elif known.representation == "SQ":
            yield from _sequence(data, tag, row, depth)
        elif wrong := _values(data, tag, row, known):
            yield Breach(tag, data.where, wrong)


def _is_empty(data: Data, tag: int) -> bool:
    known = _known(tag)
    if known is not None and known.representation == "SQ":
        return data.sequence(tag) == []
    return not data.raw(tag).strip(b" \0")


def _sequence(data: Data, tag: int, row: Attribute | None, depth: int) -> Iterator[Breach]:
    items = data.sequence(tag)
    if items is None:
        yield Breach(tag, data.where, "is no sequence of items")
        return
    if depth >= DEEPEST:
        yield Breach(tag, data.where, "is nested too deeply")
        return
    rows = _rows(row.items if row else ())
    for item in items:
        yield from _dataset(item, rows, depth + 1)
    if tag == POINTS and items:
        for missing in FIRST_POINT:
            if not items[0].holds(missing):
                yield Breach(missing, items[0].where, "is missing")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the dictionary says of an attribute."""

    representation: str
    multiplicity: str


@cache
def _known(tag: int) -> _Known | None:
    """Return what is demanded of an attribute; None where nothing is: private and unknown ones,
    and those whose values are no texts."""
    if tag >> 16 & 1:
        return None
    try:
        known = _Known(dictionary_VR(tag), dictionary_VM(tag))
    except KeyError:
        return None
    return known if known.representation in (*FORMATS, "SQ") else None


def _representation(data: Data, tag: int, known: _Known) -> str:
    """Return what is wrong with the stated representation of an attribute; empty for nothing."""
    stated = data.elements[tag].vr
    if stated in ("", "UN", known.representation):
        return ""
    return f"has VR {stated}, not {known.representation}"


def _values(data: Data, tag: int, row: Attribute | None, known: _Known) -> str:
    """Return what is wrong with the values of an attribute; empty for nothing."""
    value = data.raw(tag)
    if known.representation == "DS" and are_plain_decimals(value):
        return _multiplicity(value.count(b"\\") + 1, known)
    texts = data.texts(tag)
    if not texts:
        return ""
    if known.representation in ONE_TEXT:
        texts = ["\\".join(texts)]
    return _multiplicity(len(texts), known) or _texts(texts, row, known)


def _multiplicity(found: int, known: _Known) -> str:
    if fits_multiplicity(found, known.multiplicity):
        return ""
    return f"has {found} values, not {known.multiplicity}"


def _texts(texts: list[str], row: Attribute | None, known: _Known) -> str:
    is_right, right = FORMATS[known.representation]
    for text in texts:
        if not text:
            # An empty value among others says nothing, which only numbers must not.
            if known.representation in ("DS", "IS") and len(texts) > 1:
                return f"has an empty value, not {right}"
        elif not is_right(text):
            return f"is {text[:20]!r}, not {right}"
        elif row and row.allowed and text not in row.allowed:
            return f"is {text!r}, not {'/'.join(row.allowed)}"
    return ""
