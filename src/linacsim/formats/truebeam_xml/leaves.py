"""Reads a leaf list by itself, with findings.

A bank is a text of positions with exactly one blank between them (manual, "Note on MLC leaf
format").
"""

import re

import numpy as np
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.scalars import quoted
from linacsim.formats.truebeam_xml.values import parse_double
from linacsim.model.arrays import Floats

_BLANKS = re.compile(r"[ \t\r\n]+")


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
