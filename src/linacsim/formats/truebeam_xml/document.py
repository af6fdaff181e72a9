"""From bytes or a file to a tree, defended (TB-3): no DTD, no entities, no network, limits."""

import re
from pathlib import Path

from lxml import etree
from lxml.etree import _Element as Element

from linacsim.model.findings import InputError, Place, os_reason

MAX_BYTES = 64 * 1024 * 1024
"""Largest file that is read; 5000 control points with 120 leaves need about 7 MB.

Depth (256 or 2048 elements, by version) and text length (10 MB) are limited by libxml2 itself,
whose guards stay switched on.
"""

_DOCTYPE = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<!DOCTYPE", re.DOTALL)
_PROLOG_BYTES = 65536
_BOM = b"\xef\xbb\xbf"


def load(path: Path) -> bytes:
    """Return the content of a file; raise InputError if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            # What is no regular file has no size before it is read, and may have no end.
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the file: {os_reason(error)}", Place(str(path))) from None
    _refuse_size(len(data), str(path))
    return data


def parse(data: bytes, name: str) -> Element:
    """Return the root element of a document; raise InputError if it cannot be read as XML."""
    _refuse_size(len(data), name)
    if _DOCTYPE.match(data[:_PROLOG_BYTES].removeprefix(_BOM)):
        raise InputError("a DOCTYPE is not accepted; remove it", Place(name))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(_told(error), Place(name, error.lineno or None)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError("a DOCTYPE is not accepted; remove it", Place(name))
    return root


_NO_XML = "a beam file starts with VarianResearchBeam or SetBeam"
_CUT_OFF = "the file seems to be cut off: copy it again"
_HINTS = {
    "Start tag expected": _NO_XML,
    "Document is empty": _NO_XML,
    "Premature end": _CUT_OFF,
    "find end of Start Tag": _CUT_OFF,
    "Comment not terminated": _CUT_OFF,
}
"""What to do, by parts of the parser's messages."""


def _told(error: etree.XMLSyntaxError) -> str:
    """Return the parser's message with what to do; the one on limits only helps programmers."""
    text = " ".join(str(error.msg).split())
    if "XML_PARSE_HUGE" in text:
        return "not well-formed XML: elements are nested too deep, or a text is too long"
    hints = [hint for part, hint in _HINTS.items() if part in text]
    return "; ".join([f"not well-formed XML: {text}", *hints])


def _refuse_size(size: int, name: str) -> None:
    if size == 0:
        raise InputError("the file is empty", Place(name))
    if size > MAX_BYTES:
        raise InputError(
            f"the file has more than {MAX_BYTES} bytes, which no beam has: is it the right one?",
            Place(name),
        )
