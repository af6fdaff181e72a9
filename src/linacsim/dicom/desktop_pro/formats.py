"""Whether values are as their value representation demands (DICOM PS3.5, 6.2)."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from math import isfinite

_is_decimal = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII).fullmatch
# Possessive: hostile values must not make it try again and again.
_PLAIN = rb" *+[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++) *+"
_plain_decimals = re.compile(_PLAIN + rb"(?:\\" + _PLAIN + rb")*\0?").fullmatch
_is_code = re.compile(r"[A-Z0-9 _]{1,16}").fullmatch
_CONTROLS = {chr(code) for code in (*range(32), 127)}
_without_designators = partial(re.compile(r"\x1b[$()*+,\-./]").sub, "")
"""Takes away the escapes that change character sets (ISO 2022), the only ones that are allowed."""
_LARGEST_IS = 2**31


def _date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{8}", text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _time(text: str) -> bool:
    found = re.fullmatch(r"(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?", text, re.ASCII)
    if not found:
        return False
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours < 24 and minutes < 60 and seconds < 61


def _decimal(text: str) -> bool:
    return len(text) <= 16 and _is_decimal(text) is not None and isfinite(float(text))


def are_plain_decimals(value: bytes) -> bool:
    """Return whether bytes are decimal strings without exponents: quick, for tens of thousands.

    False says nothing yet.
    """
    return _plain_decimals(value) is not None and max(map(len, value.split(b"\\"))) <= 16


def _integer(text: str) -> bool:
    whole = re.fullmatch(r"[+-]?[0-9]{1,11}", text) is not None
    return whole and -_LARGEST_IS <= int(text) < _LARGEST_IS


def _uid(text: str) -> bool:
    return (
        len(text) <= 64
        and re.fullmatch(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+", text, re.ASCII) is not None
    )


def _plain(most: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= most and not _controls(text)


def _long(most: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= most and not _controls(text) - set("\t\n\f\r")


def _controls(text: str) -> set[str]:
    return _CONTROLS & set(_without_designators(text))


def _person(text: str) -> bool:
    groups = text.split("=")
    return len(groups) <= 3 and all(
        len(group) <= 64 and group.count("^") <= 4 and _plain(64)(group) for group in groups
    )


FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "AE": (_plain(16), "at most 16 characters"),
    "CS": (lambda text: _is_code(text) is not None, "a code string"),
    "DA": (_date, "a date YYYYMMDD"),
    "DS": (_decimal, "a decimal string"),
    "IS": (_integer, "a whole number"),
    "LO": (_plain(64), "at most 64 characters"),
    "LT": (_long(10240), "at most 10240 characters"),
    "PN": (_person, "a person's name"),
    "SH": (_plain(16), "at most 16 characters"),
    "ST": (_long(1024), "at most 1024 characters"),
    "TM": (_time, "a time HHMMSS"),
    "UI": (_uid, "a UID"),
    "UT": (_long(2**31), "text"),
}
"""By representation: whether one value without padding is right, and what is right."""

ONE_TEXT = frozenset({"ST", "LT", "UT"})
"""Representations in which a backslash is a character like another."""


@cache
def fits_multiplicity(found: int, allowed: str) -> bool:
    """Return whether a number of values is one that the dictionary allows (`1`, `1-n`, `2-2n`)."""
    low, _, high = allowed.partition("-")
    if not high:
        return found == int(low)
    if high.endswith("n"):
        return found >= int(low) and found % int(high[:-1] or 1) == 0
    return int(low) <= found <= int(high)
