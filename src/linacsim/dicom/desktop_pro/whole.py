"""The whole IOD held against the standard, before anything else (A.2, status A901)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VM, dictionary_VR

from linacsim.dicom.desktop_pro.data import Data, element_of, raw_texts, sequence_of
from linacsim.dicom.desktop_pro.formats import FORMATS, ONE_TEXT, fits_multiplicity
from linacsim.dicom.desktop_pro.iod import FIRST_POINT, OWN, PLAN, Attribute

if TYPE_CHECKING:
    from pydicom import Dataset

DEEPEST = 12
"""Sequences within sequences that are looked into; the IOD has five."""

_BEAMS, _POINTS = 0x300A_00B0, 0x300A_0111
_ITEM_NAMES = {_BEAMS: "Beam", _POINTS: "CP", 0x300A_0070: "Group", 0x300A_0180: "Setup"}


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that the standard does not allow."""

    tag: int
    where: str
    found: str


def breaches(plan: Data) -> Iterator[Breach]:
    """Return what breaks the standard, in the order of the dataset."""
    return _Walk().dataset(plan, _by_tag(PLAN), 0)


@cache
def _by_tag(attributes: tuple[Attribute, ...]) -> dict[int, Attribute]:
    return {attribute.tag: attribute for attribute in attributes}


class _Walk:
    def dataset(self, data: Data, rows: dict[int, Attribute], depth: int) -> Iterator[Breach]:
        """Walk one dataset and all within it."""
        yield from _missing(data, rows)
        # Whole numbers compare far quicker than pydicom's tags.
        for tag in sorted(map(int, data.dataset.keys())):
            is_private = tag >> 16 & 1
            if not is_private:
                yield from self._element(data, tag, rows.get(tag), depth)

    def _element(self, data: Data, tag: int, row: Attribute | None, depth: int) -> Iterator[Breach]:
        representation, multiplicity = _known(tag)
        if representation is None:
            return
        element = element_of(data.dataset, tag)
        if element is None:
            yield Breach(tag, data.where, "cannot be read")
            return
        stated = element.VR
        if stated not in (None, "UN", representation) and representation in (*FORMATS, "SQ"):
            yield Breach(tag, data.where, f"has VR {stated}, not {representation}")
        elif representation == "SQ":
            yield from self._sequence(data, tag, row, depth)
        elif representation in FORMATS:
            yield from _values(data, tag, row, representation, multiplicity)

    def _sequence(
        self, data: Data, tag: int, row: Attribute | None, depth: int
    ) -> Iterator[Breach]:
        items = sequence_of(data.dataset, tag)
        if items is None:
            yield Breach(tag, data.where, "is no sequence of items")
        elif depth >= DEEPEST:
            yield Breach(tag, data.where, "is nested too deeply")
        else:
            rows = _by_tag(row.items) if row else {}
            name = _ITEM_NAMES.get(tag, "")
            for number, item in enumerate(items):
                where = f"{data.where} {name} {_number(item, tag, number)}" if name else data.where
                inner = Data(item, where.strip())
                yield from self.dataset(inner, rows, depth + 1)
                if tag == _POINTS and number == 0:
                    yield from _missing_first(inner)


def _number(item: "Dataset", tag: int, number: int) -> str:
    """Return what people call an item: beams by their number, control points by their index."""
    if tag == _POINTS:
        return str(number)
    own = {_BEAMS: 0x300A_00C0, 0x300A_0070: 0x300A_0071, 0x300A_0180: 0x300A_0182}[tag]
    return (Data(item).text(own) or f"item {number + 1}")[:12]


def _missing(data: Data, rows: dict[int, Attribute]) -> Iterator[Breach]:
    for tag, row in rows.items():
        if row.type == OWN:
            continue
        if tag not in data.dataset:
            if row.type in ("1", "2"):
                yield Breach(tag, data.where, "is missing")
        elif row.type in ("1", "1C") and _is_empty(data, tag):
            yield Breach(tag, data.where, "is empty")


def _missing_first(point: Data) -> Iterator[Breach]:
    for tag in FIRST_POINT:
        if tag not in point.dataset:
            yield Breach(tag, point.where, "is missing")


def _is_empty(data: Data, tag: int) -> bool:
    if _known(tag)[0] == "SQ":
        return sequence_of(data.dataset, tag) == []
    return not any(text.strip(" \0") for text in raw_texts(data.dataset, tag))


def _values(
    data: Data, tag: int, row: Attribute | None, representation: str, multiplicity: str
) -> Iterator[Breach]:
    texts = raw_texts(data.dataset, tag)
    if not texts:
        return
    if representation in ONE_TEXT:
        texts = ["\\".join(texts)]
    if not fits_multiplicity(len(texts), multiplicity):
        yield Breach(tag, data.where, f"has {len(texts)} values, not {multiplicity}")
        return
    is_right, right = FORMATS[representation]
    for text in texts:
        stripped = text.strip(" \0")
        if not stripped:
            # An empty value among others says nothing, which only numbers must not.
            if representation in ("DS", "IS") and len(texts) > 1:
                yield Breach(tag, data.where, f"has an empty value, not {right}")
                return
        elif not is_right(stripped):
            yield Breach(tag, data.where, f"is {stripped[:20]!r}, not {right}")
            return
        elif row and row.allowed and stripped not in row.allowed:
            yield Breach(tag, data.where, f"is {stripped!r}, not {'/'.join(row.allowed)}")
            return


@cache
def _known(tag: int) -> tuple[str | None, str]:
    """Return representation and multiplicity; None for what the dictionary does not know."""
    try:
        return dictionary_VR(tag), dictionary_VM(tag)
    except KeyError:
        return None, ""
