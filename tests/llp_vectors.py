"""Test vectors of LLP/1, as the specification prints them."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "llp.md"
_TEXT = re.compile(r"^@[A-Z]{1,4},.*\*[0-9A-F]{4}$", re.MULTILINE)
_WIRE = re.compile(r"^wire +((?:[0-9A-F]{2} ?)+)$", re.MULTILINE)
_PLAIN = re.compile(r"^plain +((?:[0-9A-F]{2} ?)+)$", re.MULTILINE)


def text_vectors() -> list[str]:
    """Return the frames of the page, without their line ends."""
    return _TEXT.findall(PAGE.read_text("utf-8"))


def binary_vectors() -> list[tuple[bytes, bytes]]:
    """Return (plain, wire) of the binary frames of the page."""
    page = PAGE.read_text("utf-8")
    plain = [bytes.fromhex(found) for found in _PLAIN.findall(page)]
    wire = [bytes.fromhex(found) for found in _WIRE.findall(page)]
    return list(zip(plain, wire, strict=True))
