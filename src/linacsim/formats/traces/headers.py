"""Headers of `key=value` lines, as VXP files and CBCT traces have them."""

from collections.abc import Mapping
from dataclasses import dataclass

from linacsim.model.findings import InputError, Place

DATA = "[data]"
_PERSONAL = ("patient", "name", "birth", "date", "operator", "physician")
"""Keys with these words may lead to a person and are not kept."""


@dataclass(frozen=True, slots=True)
class Header:
    """Entries up to `[Data]`, with keys in lower case."""

    entries: Mapping[str, str]
    line: Mapping[str, int]
    """Line of each entry."""
    rows: int
    """Index of the first line after `[Data]`."""

    def number(self, key: str, file: str | None) -> float | None:
        """Return an entry as a number, None where it is absent.

        Raises InputError where it is not a positive number.
        """
        text = self.entries.get(key)
        if text is None:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = float("nan")
        if not 0 < value < float("inf"):
            place = Place(file, self.line[key], key)
            raise InputError(f"must be a positive number, not {text!r}", place)
        return value

    def kept(self) -> dict[str, str]:
        """Return the entries that cannot lead to a person."""
        return {
            key: value
            for key, value in self.entries.items()
            if not any(word in key for word in _PERSONAL)
        }


def read_header(lines: list[str]) -> Header | None:
    """Return the header, or None where no `[Data]` follows it within 100 lines."""
    entries: dict[str, str] = {}
    line: dict[str, int] = {}
    for index, text in enumerate(lines[:100]):
        stripped = text.strip()
        if stripped.lower() == DATA:
            return Header(entries, line, index + 1)
        key, equals, value = stripped.partition("=")
        if equals:
            entries[key.strip().lower()] = value.strip()
            line[key.strip().lower()] = index + 1
    return None
