"""A dataset read without pydicom's conversions: texts and numbers, quick and never raising.

Values are taken from the raw bytes where pydicom has not converted them: a plan has tens of
thousands of numbers. Whether they are well formed is judged beforehand (`whole`); what is not,
reads as absent here.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

Tag = int


class Data:
    """A dataset or an item of a sequence, with its place for people."""

    __slots__ = ("dataset", "where")

    def __init__(self, dataset: "Dataset", where: str = "") -> None:
        """Take a dataset; `where` is such as `Beam 2 CP 3`, empty for the plan itself."""
        self.dataset = dataset
        self.where = where

    def holds(self, tag: Tag) -> bool:
        """Return whether the attribute is there, empty or not."""
        return tag in self.dataset

    def items(self, tag: Tag, name: str = "") -> list["Data"]:
        """Return the items of a sequence, each called `name` and its number; or none.

        RecursionError goes up where sequences are nested too deeply for Python.
        """
        found = sequence_of(self.dataset, tag)
        return [
            Data(item, f"{self.where} {name} {k}".strip() if name else self.where)
            for k, item in enumerate(found or (), 1)
        ]

    def texts(self, tag: Tag) -> list[str]:
        """Return the values as texts without blanks around them; none if there are none."""
        return [text.strip(" \0") for text in raw_texts(self.dataset, tag)]

    def text(self, tag: Tag) -> str:
        """Return all values as one text; empty where there is none."""
        return "\\".join(self.texts(tag))

    def numbers(self, tag: Tag) -> list[float]:
        """Return finite numbers; none where there are none or one is not a number."""
        try:
            values = [float(text) for text in raw_texts(self.dataset, tag)]
        except ValueError:
            return []
        return values if all(map(math.isfinite, values)) else []

    def number(self, tag: Tag) -> float | None:
        """Return the first number; None where there is none."""
        values = self.numbers(tag)
        return values[0] if values else None

    def integer(self, tag: Tag) -> int | None:
        """Return the first number as a whole one; None where there is none."""
        value = self.number(tag)
        return None if value is None else int(value)


def element_of(dataset: "Dataset", tag: Tag) -> Any:
    """Return an element as it is, converted or not; None where it cannot be read."""
    try:
        return dataset.get_item(tag)
    except RecursionError:
        raise
    except Exception:
        # pydicom lets many kinds of exception out for bytes that mean nothing.
        return None


def sequence_of(dataset: "Dataset", tag: Tag) -> list["Dataset"] | None:
    """Return the items of a sequence; None where the attribute is absent or no sequence."""
    if tag not in dataset:
        return None
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


def raw_texts(dataset: "Dataset", tag: Tag) -> list[str]:
    """Return the values as texts, padding included; none where the attribute is absent or empty."""
    if tag not in dataset:
        return []
    element = element_of(dataset, tag)
    value = None if element is None else element.value
    if isinstance(value, bytes):
        return decoded(value).split("\\") if value.strip(b" \0") else []
    if value is None or value == "":
        return []
    if isinstance(value, str) or not isinstance(value, Iterable) or hasattr(value, "components"):
        return str(value).split("\\")
    return [str(one) for one in value]


def decoded(value: bytes) -> str:
    """Return bytes as text. The console has no extended character sets (section 7): it reads what
    is not UTF-8 as Latin 1, so that nothing is lost."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
