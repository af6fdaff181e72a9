"""Leaf lists: many banks at once where they are well formed, one by one with findings otherwise.

A bank is a text of positions with exactly one blank between them (manual, "Note on MLC leaf
format").
"""

import re
import warnings

import numpy as np
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.decimals import parse_decimals
from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.scalars import quoted
from linacsim.formats.truebeam_xml.values import parse_double
from linacsim.model.arrays import Floats

_NUMERIC = b"0123456789+-.eE "
_BLANKS = re.compile(r"[ \t\r\n]+")


def parse_banks(texts: list[str], pairs: int) -> Floats | None:
    """Return (len(texts), pairs) positions, or None if any text is not as it should be."""
    values = parse_decimals(texts, pairs)
    return _long_numbers(texts, pairs) if values is None else values


def _long_numbers(texts: list[str], pairs: int) -> Floats | None:
    """Read numbers of any length and with exponents.

    With one blank fewer than values in each text, no two blanks together and no sign other than
    digits, points, exponents and blanks, each gap is exactly one blank.
    """
    joined = " ".join(texts)
    if (
        any(text.count(" ") != pairs - 1 for text in texts)
        or not joined.isascii()
        or "  " in joined
        or joined != joined.strip(" ")
    ):
        return None
    octets = joined.encode()
    if octets.translate(None, _NUMERIC):
        return None
    with warnings.catch_warnings():
        # NumPy stops at the first text it cannot read and, so far, only warns of it.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(octets, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
    if len(values) != pairs * len(texts) or not np.isfinite(values).all():
        return None
    return values.reshape(len(texts), pairs)


def read_bank(element: Element, pairs: int, reading: Reading, point: int) -> Floats:
    """Return (pairs,) positions of one bank, NaN where they cannot be used; report why."""
    text = element.text or ""
    name = str(element.tag)
    tokens = [token for token in _BLANKS.split(text) if token]
    _check_separators(text, len(tokens), element, reading, point)
    if len(tokens) != pairs:
        reading.report(
            "leaf-count",
            element,
            name,
            f"bank {name} has {len(tokens)} leaves",
            allowed=f"{pairs} leaves",
            point=point,
        )
        return np.full(pairs, np.nan)
    return np.array([_leaf(token, element, reading, point) for token in tokens])


def _check_separators(
    text: str, count: int, element: Element, reading: Reading, point: int
) -> None:
    blanks = text.count(" ") + sum(text.count(sign) for sign in "\t\r\n")
    if count == 0 or (blanks == count - 1 and text.count(" ") == blanks):
        return
    reading.report(
        "leaf-separator",
        element,
        str(element.tag),
        f"leaves of bank {element.tag} are separated by {_what_separates(text)}",
        allowed="exactly one blank between leaves, none before or after",
        mend="linacsim check --fix writes a copy with single blanks",
        point=point,
    )


def _what_separates(text: str) -> str:
    kinds = {
        "several blanks": "  " in text.strip(),
        "tabs": "\t" in text,
        "line breaks": "\n" in text or "\r" in text,
        "blanks before the first or after the last": text != text.strip(),
    }
    return " and ".join(kind for kind, present in kinds.items() if present)


def _leaf(token: str, element: Element, reading: Reading, point: int) -> float:
    try:
        value = parse_double(token)
    except ValueError:
        value = np.nan
        reading.report(
            "type",
            element,
            str(element.tag),
            f"bank {element.tag} holds {quoted(token)}",
            allowed="numbers",
            point=point,
        )
        return value
    if not np.isfinite(value):
        reading.report(
            "not-finite",
            element,
            str(element.tag),
            f"bank {element.tag} holds {token}",
            allowed="finite numbers",
            point=point,
        )
    return value
