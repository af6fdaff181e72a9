"""One dataset of a plan: attributes as plain values; what cannot be read becomes a finding.

Numbers are taken from the raw bytes where pydicom has not converted them yet: a plan has tens of
thousands, and a decimal string object for each would cost seconds.
"""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.reading import Reading
from linacsim.model.findings import Severity

if TYPE_CHECKING:
    from pydicom import Dataset


MOST = 1e9
"""No number of a plan is larger, in degrees, millimetres, MU, MU/min or as a weight."""


class Item:
    """A dataset with its place in the plan."""

    __slots__ = ("_dataset", "point", "reading", "where")

    def __init__(
        self, dataset: "Dataset", reading: Reading, where: str = "", point: int | None = None
    ) -> None:
        """Take a dataset; `where` names the beam or group that it belongs to."""
        self._dataset = dataset
        self.reading = reading
        self.where = where
        self.point = point

    def report(
        self, rule: str, tag: int | None, found: str, *, allowed: str = "", mend: str = ""
    ) -> None:
        """Report an error at an attribute of this dataset."""
        self.reading.report(
            rule, self.where, tag, found, allowed=allowed, mend=mend, point=self.point
        )

    def warn(self, rule: str, tag: int | None, found: str) -> None:
        """Report something at an attribute of this dataset that is probably not meant."""
        self.reading.report(
            rule, self.where, tag, found, point=self.point, severity=Severity.WARNING
        )

    def holds(self, tag: int) -> bool:
        """Return whether the attribute is there, empty or not."""
        return tag in self._dataset

    def is_empty(self, tag: int) -> bool:
        """Return whether the attribute is absent or says nothing."""
        if tag not in self._dataset:
            return True
        value = self._dataset.get_item(tag).value
        if isinstance(value, bytes):
            return not value.strip(b" \0")
        return value is None or not str(value).strip()

    def items(self, tag: int, where: str | None = None) -> list["Item"]:
        """Return the items of a sequence; none where it is absent, empty or no sequence."""
        try:
            value = self._dataset[tag].value if tag in self._dataset else None
        except Exception as error:
            self.report("unreadable", tag, f"the sequence cannot be read: {error}")
            return []
        if value is None:
            return []
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            self.report("unreadable", tag, "this should be a sequence")
            return []
        if not all(hasattr(one, "get_item") for one in value):
            self.report("unreadable", tag, "this should be a sequence of items")
            return []
        place = self.where if where is None else where
        return [Item(one, self.reading, place, self.point) for one in value]

    def text(self, tag: int) -> str:
        """Return a text without blanks at its ends; empty where there is none."""
        if tag not in self._dataset:
            return ""
        try:
            value = self._dataset[tag].value
        except Exception as error:
            self.report("unreadable", tag, f"the text cannot be read: {error}")
            return ""
        if value is None:
            return ""
        # pydicom takes a backslash for the end of one value and the start of another.
        parts = [value] if isinstance(value, str | bytes) else value
        text = "\\".join(map(str, parts)) if isinstance(parts, Iterable) else str(parts)
        text = text.strip(" \0")
        return "".join(mark if mark.isprintable() else " " for mark in text)

    def word(self, tag: int) -> str:
        """Return a code string; empty where there is none. Quick for raw values."""
        value = self._raw(tag)
        text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
        return "".join(mark if mark.isprintable() else " " for mark in text).strip()

    def number(self, tag: int) -> float | None:
        """Return a finite number; None where there is none, after a finding if it is bad."""
        values = self.numbers(tag)
        if not values:
            return None
        if len(values) > 1:
            self.report("value", tag, f"there are {len(values)} values", allowed="one number")
            return None
        return values[0]

    def integer(self, tag: int) -> int | None:
        """Return a whole number; None where there is none, after a finding if it is bad."""
        value = self.number(tag)
        if value is None:
            return None
        if value != int(value):
            self.report("value", tag, f"{value:g} is no whole number")
            return None
        return int(value)

    def numbers(self, tag: int) -> list[float]:
        """Return finite numbers; none where there are none, after a finding if one is bad."""
        try:
            values = [_number(one) for one in _parts(self._raw(tag))]
        except (TypeError, ValueError, OverflowError):
            self.report("value", tag, f"{self._told(tag)} is no number", allowed="numbers")
            return []
        if not all(map(math.isfinite, values)):
            bad = next(one for one in values if not math.isfinite(one))
            self.report("not-finite", tag, f"the value is {bad}", allowed="finite numbers")
            return []
        if values and max(map(abs, values)) > MOST:
            self.report("huge", tag, f"a value is beyond {MOST:g}", allowed="numbers of a plan")
            return []
        return values

    def _raw(self, tag: int) -> Any:
        """Return the bytes of a string that pydicom has not converted yet, else the value.

        Raises ValueError for a binary number that cannot be read.
        """
        if tag not in self._dataset:
            return None
        element = self._dataset.get_item(tag)
        value = element.value
        if not isinstance(value, bytes):
            return value
        if tag not in tags.BINARY or element.VR not in _BINARY:
            return value
        try:
            return self._dataset[tag].value
        except Exception as error:
            raise ValueError(str(error)) from None

    def _told(self, tag: int) -> str:
        value = self._dataset.get_item(tag).value
        text = value[:40].decode("ascii", "replace") if isinstance(value, bytes) else str(value)
        return repr(text[:40])


_BINARY = ("FL", "FD", "UN", None)
"""None: the file leaves it to the dictionary."""


def _parts(value: Any) -> Iterator[Any]:
    if value is None or value == b"" or value == "":
        return
    if isinstance(value, bytes):
        # A decimal string has no underscores, but Python's float takes them.
        if b"_" in value:
            raise ValueError
        text = value.rstrip(b" \0")
        if text:
            yield from text.split(b"\\")
    elif isinstance(value, str):
        yield from value.split("\\")
    elif isinstance(value, Iterable):
        yield from value
    else:
        yield value


def _number(value: Any) -> float:
    return float(value)
