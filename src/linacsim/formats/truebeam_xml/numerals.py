"""Texts that should hold finite numbers, many at once; None where any needs a closer look."""

import warnings

import numpy as np

from linacsim.formats.truebeam_xml.decimals import parse_decimals
from linacsim.model.arrays import Floats

_NUMERIC = b"0123456789+-.eE"
_BLANKS = b" \t\r\n"


def parse_singles(texts: list[bytes]) -> Floats | None:
    """Return (len(texts),) numbers of texts that hold one each, perhaps with blanks round it."""
    if not texts:
        return np.empty(0)
    values = parse_decimals(texts, 1)
    if values is not None:
        return values[:, 0]
    if b"".join(texts).translate(None, _NUMERIC + _BLANKS):
        return None
    try:
        numbers = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def parse_lists(texts: list[bytes], each: int) -> Floats | None:
    """Return (len(texts), each) numbers of texts with exactly one blank between two."""
    values = parse_decimals(texts, each)
    return _long_numbers(texts, each) if values is None else values


def _long_numbers(texts: list[bytes], each: int) -> Floats | None:
    """Read numbers of any length and with exponents.

    With one blank fewer than values in each text, no two blanks together and no sign other than
    digits, points, exponents and blanks, each gap is exactly one blank.
    """
    joined = b" ".join(texts)
    if any(text.count(b" ") != each - 1 for text in texts) or b"  " in joined:
        return None
    if joined != joined.strip() or joined.translate(None, _NUMERIC + b" "):
        return None
    with warnings.catch_warnings():
        # NumPy stops at the first text it cannot read and, so far, only warns of it.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(joined, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
    if len(values) != each * len(texts) or not np.isfinite(values).all():
        return None
    return values.reshape(len(texts), each)
