"""The elements of a plan as they stand in its bytes: texts and numbers, quick and never raising.

A plan has tens of thousands of numbers. Whether they are well formed is judged beforehand
(`whole`); what is not, reads as absent here. Items of sequences are made once and kept, with what
they are called.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

Tag = int


class Element(Protocol):
    """An attribute."""

    @property
    def vr(self) -> str:
        """Value representation as it is stated; empty where none is."""

    @property
    def value(self) -> "bytes | Sequence[Elements]":
        """Bytes with their padding, or the items of a sequence."""


Elements = Mapping[Tag, Element]
"""A dataset."""

_BEAMS, _POINTS, _GROUPS, _SETUPS = 0x300A_00B0, 0x300A_0111, 0x300A_0070, 0x300A_0180
_NAMES = {_BEAMS: "Beam", _POINTS: "CP", _GROUPS: "Group", _SETUPS: "Setup"}
_OWN_NUMBERS = {_BEAMS: 0x300A_00C0, _GROUPS: 0x300A_0071, _SETUPS: 0x300A_0182}
_MOST_NUMBER = 12
"""Characters of a number that a place shows."""


class Data:
    """A dataset or an item of a sequence, with its place for people."""

    def __init__(self, elements: Elements, where: str = "") -> None:
        """Take a dataset; `where` is such as `Beam 2 CP 3`, empty for the plan itself."""
        self.elements = elements
        self.where = where
        self._sequences: dict[Tag, list[Data] | None] = {}

    def holds(self, tag: Tag) -> bool:
        """Return whether the attribute is there, empty or not."""
        return tag in self.elements

    def items(self, tag: Tag) -> list["Data"]:
        """Return the items of a sequence, or none."""
        return self.sequence(tag) or []

    def sequence(self, tag: Tag) -> list["Data"] | None:
        """Return the items of a sequence; None where the attribute is absent or no sequence."""
        if tag not in self._sequences:
            self._sequences[tag] = self._made(tag)
        return self._sequences[tag]

    def _made(self, tag: Tag) -> list["Data"] | None:
        element = self.elements.get(tag)
        if element is None:
            return None
        if isinstance(element.value, bytes):
            return None if element.value else []
        items = [Data(item) for item in element.value]
        for k, item in enumerate(items):
            item.where = self._place(tag, k, item)
        return items

    def _place(self, tag: Tag, k: int, item: "Data") -> str:
        """Return what people call an item: beams by their number, control points by their index."""
        name = _NAMES.get(tag)
        if name is None:
            return self.where
        number = str(k) if tag == _POINTS else item.text(_OWN_NUMBERS[tag]) or f"item {k + 1}"
        return f"{self.where} {name} {number[:_MOST_NUMBER]}".strip()

    def raw(self, tag: Tag) -> bytes:
        """Return the bytes of a value; none where it is absent or a sequence."""
        element = self.elements.get(tag)
        if element is None or not isinstance(element.value, bytes):
            return b""
        return element.value

    def texts(self, tag: Tag) -> list[str]:
        """Return the values as texts without blanks around them; none if there are none."""
        value = self.raw(tag)
        if not value.strip(b" \0"):
            return []
        return [text.strip(" \0") for text in _decoded(value).split("\\")]

    def text(self, tag: Tag) -> str:
        """Return all values as one text; empty where there is none."""
        return "\\".join(self.texts(tag))

    def numbers(self, tag: Tag) -> list[float]:
        """Return finite numbers; none where there are none or one is not a number."""
        value = self.raw(tag)
        if not value:
            return []
        try:
            numbers = [float(part) for part in value.rstrip(b"\0").split(b"\\")]
        except ValueError:
            return []
        return numbers if all(map(math.isfinite, numbers)) else []

    def number(self, tag: Tag) -> float | None:
        """Return the first number; None where there is none."""
        values = self.numbers(tag)
        return values[0] if values else None

    def integer(self, tag: Tag) -> int | None:
        """Return the first number as a whole one; None where there is none."""
        value = self.number(tag)
        return None if value is None else int(value)


def _decoded(value: bytes) -> str:
    """Return bytes as text. The console has no extended character sets (section 7): it reads what
    is not UTF-8 as Latin 1, so that nothing is lost."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
