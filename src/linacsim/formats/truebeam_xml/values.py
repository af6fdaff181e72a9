"""Simple types of the schema, text to value and back (manual, Appendix A)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_DOUBLE = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INT = re.compile(r"[-+]?[0-9]{1,10}")
_SPECIAL = {"INF": math.inf, "+INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A simple type."""

    what: str
    """Its name for people, such as `a number`."""
    parse: Callable[[str], Any]
    """Text without outer blanks to value; raises ValueError."""
    format: Callable[[Any], str]
    fallback: Any
    """Stands for a mandatory value that is missing or unreadable; an error is reported with it."""
    choices: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None
    keep_blanks: bool = False
    has_none: bool = False
    """Whether None is a value of its own, written `none`."""


def parse_double(text: str) -> float:
    """Return an xs:double; INF and NaN are legal for the type and reported by the caller."""
    if _DOUBLE.fullmatch(text):
        return float(text)
    if text in _SPECIAL:
        return _SPECIAL[text]
    raise ValueError(text)


def format_double(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    if math.isfinite(value):
        return repr(float(value)).removesuffix(".0")
    return "NaN" if math.isnan(value) else ("INF" if value > 0 else "-INF")


def _parse_int(text: str) -> int:
    if not _INT.fullmatch(text) or not -(2**31) <= int(text) < 2**32:
        raise ValueError(text)
    return int(text)


def _parse_bool(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(text)


def _parse_double_or_none(text: str) -> float | None:
    return None if text == "none" else parse_double(text)


def _format_double_or_none(value: float | None) -> str:
    return "none" if value is None else format_double(value)


def double(lower: float | None = None, upper: float | None = None) -> Scalar:
    """Return an xs:double, perhaps with limits."""
    return Scalar("a number", parse_double, format_double, math.nan, (), lower, upper)


def integer(lower: float | None = None, upper: float | None = None) -> Scalar:
    """Return an xs:int, perhaps with limits."""
    return Scalar("a whole number", _parse_int, str, 0, (), lower, upper)


def one_of(*choices: str) -> Scalar:
    """Return an enumeration."""
    return Scalar("one of " + ", ".join(choices), str, str, "", choices)


DOUBLE = double()
DOUBLE_OR_NONE = Scalar(
    "a number or none", _parse_double_or_none, _format_double_or_none, math.nan, has_none=True
)
INT = integer()
UNSIGNED = integer(lower=0)
BOOL = Scalar("true or false", _parse_bool, lambda value: "true" if value else "false", False)
TOKEN = Scalar("text", str, str, "")
TEXT = Scalar("text", str, str, "", keep_blanks=True)


def repaired(text: str, kind: Scalar) -> str | None:
    """Return what a text with an obvious slip was meant to be, or None.

    The slips are stray `>` in front, as in the manual's own examples, and wrong letter case.
    """
    bare = text.strip().lstrip(">").strip()
    alike = (choice for choice in kind.choices if choice.lower() == bare.lower())
    candidates = (bare, bare.lower(), *alike)
    return next((candidate for candidate in candidates if is_valid(candidate, kind)), None)


def is_valid(text: str, kind: Scalar) -> bool:
    """Return whether a text without outer blanks is of the type, limits aside."""
    try:
        kind.parse(text)
    except ValueError:
        return False
    return not kind.choices or text in kind.choices
