"""A dataset read without pydicom's conversions: texts and numbers, quick and never raising.

Values are taken from the raw bytes where pydicom has not converted them: a plan has tens of
thousands of numbers. Whether they are well formed is judged beforehand (`whole`); what is not,
reads as absent here. Items of sequences are made once and kept, with what they are called.
"""

import math
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

Tag = int

_BEAMS, _POINTS, _GROUPS, _SETUPS = 0x300A_00B0, 0x300A_0111, 0x300A_0070, 0x300A_0180
_NAMES = {_BEAMS: "Beam", _POINTS: "CP", _GROUPS: "Group", _SETUPS: "Setup"}
_OWN_NUMBERS = {_BEAMS: 0x300A_00C0, _GROUPS: 0x300A_0071, _SETUPS: 0x300A_0182}
_MOST_NUMBER = 12
"""Characters of a number that a place shows."""


class Data:
    """A dataset or an item of a sequence, with its place for people."""

    def __init__(self, dataset: "Dataset", where: str = "") -> None:
        """Take a dataset; `where` is such as `Beam 2 CP 3`, empty for the plan itself."""
        self.where = where
        self._dataset = dataset
        self._sequences: dict[Tag, list[Data] | None] = {}

    @cached_property
    def elements(self) -> dict[Tag, Any]:
        """pydicom's elements, converted or not, by whole numbers, which compare far quicker."""
        return {int(tag): element for tag, element in self._dataset.items()}

    def holds(self, tag: Tag) -> bool:
        """Return whether the attribute is there, empty or not."""
        return tag in self.elements

    def items(self, tag: Tag) -> list["Data"]:
        """Return the items of a sequence, or none.

        RecursionError goes up where sequences are nested too deeply for Python.
        """
        return self.sequence(tag) or []

    def sequence(self, tag: Tag) -> list["Data"] | None:
        """Return the items of a sequence; None where the attribute is absent or no sequence."""
        if tag not in self._sequences:
            found = _sequence_of(self._dataset, tag) if tag in self.elements else None
            made = None if found is None else [Data(item) for item in found]
            for k, item in enumerate(made or ()):
                item.where = self._place(tag, k, item)
            self._sequences[tag] = made
        return self._sequences[tag]

    def _place(self, tag: Tag, k: int, item: "Data") -> str:
        """Return what people call an item: beams by their number, control points by their index."""
        name = _NAMES.get(tag)
        if name is None:
            return self.where
        number = item.text(_OWN_NUMBERS[tag]) or f"item {k + 1}" if tag != _POINTS else str(k)
        return f"{self.where} {name} {number[:_MOST_NUMBER]}".strip()

    def raw(self, tag: Tag) -> Any:
        """Return the value as pydicom has it: bytes, or converted; None where there is none."""
        element = self.elements.get(tag)
        return None if element is None else element.value

    def texts(self, tag: Tag) -> list[str]:
        """Return the values as texts without blanks around them; none if there are none."""
        return [text.strip(" \0") for text in texts_of(self.raw(tag))]

    def text(self, tag: Tag) -> str:
        """Return all values as one text; empty where there is none."""
        return "\\".join(self.texts(tag))

    def numbers(self, tag: Tag) -> list[float]:
        """Return finite numbers; none where there are none or one is not a number."""
        value = self.raw(tag)
        if not value and value != 0:
            return []
        parts = value.split(b"\\") if isinstance(value, bytes) else texts_of(value)
        try:
            numbers = list(map(float, parts))
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


def _sequence_of(dataset: "Dataset", tag: Tag) -> list["Dataset"] | None:
    """Return the items of a sequence; None where the attribute is no sequence."""
    try:
        value = dataset[tag].value
    except RecursionError:
        raise
    except Exception:
        # pydicom lets many kinds of exception out for bytes that mean nothing.
        return None
    if value is None or (isinstance(value, bytes) and not value):
        return []
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return None
    items = list(value)
    return items if all(hasattr(item, "get_item") for item in items) else None


def texts_of(value: Any) -> list[str]:
    """Return values as pydicom has them as texts, padding included; none for an empty value."""
    if isinstance(value, bytes):
        return _decoded(value).split("\\") if value.strip(b" \0") else []
    if value is None or value == "":
        return []
    if isinstance(value, str) or not isinstance(value, Iterable) or hasattr(value, "components"):
        return str(value).split("\\")
    return [str(one) for one in value]


def _decoded(value: bytes) -> str:
    """Return bytes as text. The console has no extended character sets (section 7): it reads what
    is not UTF-8 as Latin 1, so that nothing is lost."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
