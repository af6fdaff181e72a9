"""Walks the elements of a file and refuses one that is cut off.

pydicom returns what it could read of a truncated file without a word; a plan that lacks its last
control points must not pass. The walk also bounds the depth of sequences (DICOM PS3.5, 7). What it
finds, as it stands in the file, serves those who judge a file rather than read it.
"""

import re
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from linacsim.formats.rtplan.tag_names import label
from linacsim.model.findings import InputError, Place

MAX_DEPTH = 32
"""Sequences within sequences; an RT Plan has at most six."""

_PREAMBLE = 132
_UNDEFINED = 0xFFFF_FFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFE_E000, 0xFFFE_E00D, 0xFFFE_E0DD
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_VR = re.compile(rb"[A-Z]{2}")
_TRANSFER_SYNTAX = 0x0002_0010
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_BIG_ENDIAN = b"1.2.840.10008.1.2.2"


class Element(NamedTuple):
    """An attribute as it stands in a file."""

    vr: str
    """As stated; empty where the file states none."""
    value: "bytes | list[Elements]"
    """Bytes with their padding, or the items of a sequence."""


Elements = dict[int, Element]
"""A dataset without its meta information, by tag; of a tag that is there twice, the last."""


def whole_elements(data: bytes, name: str) -> Elements:
    """Return all elements of a file; `name` stands for it in errors.

    Raises InputError, with the tags on the way, if it is not DICOM or does not end well.
    """
    start = _PREAMBLE if data[128:132] == b"DICM" else 0
    syntax, start = _meta(data, start, name)
    if syntax == _DEFLATED:
        raise InputError(
            "the file is deflated, which is not read: rewrite it with another transfer syntax",
            Place(name),
        )
    big = syntax == _BIG_ENDIAN
    walk = _Walk(data, name, ">" if big else "<")
    if not start and walk.tag_at(0) >> 16 not in (0x0000, 0x0008):
        raise InputError(
            "the file is not DICOM: no element of group 0008 at its start", Place(name)
        )
    found, _ = walk.dataset(start, len(data), walk.is_implicit(start), ())
    return found


def _meta(data: bytes, start: int, name: str) -> tuple[bytes, int]:
    """Return the transfer syntax, empty if it is not said, and where the dataset begins."""
    walk = _Walk(data, name, "<")
    syntax = b""
    while start + 8 <= len(data) and walk.tag_at(start) >> 16 == 0x0002:
        element = walk.head(start, len(data), False, ())
        start = element.start + element.length
        if element.tag == _TRANSFER_SYNTAX:
            syntax = data[element.start : start].rstrip(b"\0 ")
    return syntax, start


class _Head(NamedTuple):
    tag: int
    vr: bytes
    start: int
    """Of the value."""
    length: int


class _Walk:
    def __init__(self, data: bytes, name: str, order: str) -> None:
        self._data, self._name = data, name
        self._tag = Struct(order + "HH").unpack_from
        self._short = Struct(order + "H").unpack_from
        self._long = Struct(order + "I").unpack_from

    def tag_at(self, at: int) -> int:
        """Return the tag at a place; -1 where the data end before it does."""
        if at + 4 > len(self._data):
            return -1
        group, element = self._tag(self._data, at)
        return int(group) << 16 | int(element)

    def is_implicit(self, at: int) -> bool:
        """Return whether no value representation follows the tag at a place."""
        return _VR.match(self._data, at + 4, at + 6) is None

    def dataset(
        self, at: int, end: int, implicit: bool, way: tuple[str, ...]
    ) -> tuple[Elements, int]:
        """Walk a dataset up to `end` or to its delimiter; return it and where it ended."""
        if len(way) > 2 * MAX_DEPTH:
            raise self._error("sequences are nested too deeply", way, f"at most {MAX_DEPTH}")
        found: Elements = {}
        while at < end:
            head = self.head(at, end, implicit, way)
            tag, vr, at, length = head
            if tag == _ITEM_END:
                break
            value: bytes | list[Elements]
            if length == _UNDEFINED:
                inside = (*way, label(tag))
                value, at = self._items(at, end, implicit, inside, delimited=True)
            elif self._is_sequence(head):
                inside = (*way, label(tag))
                value, _ = self._items(at, at + length, implicit, inside, delimited=False)
                at += length
            else:
                value = self._data[at : at + length]
                at += length
            found[tag] = Element(vr.decode(), value)
        return found, at

    def head(self, at: int, end: int, implicit: bool, way: tuple[str, ...]) -> _Head:
        """Return what stands before a value; raise InputError if it does not fit before `end`."""
        if at + 8 > end:
            raise self._cut_off(way)
        tag = self.tag_at(at)
        explicit = not implicit and tag >> 16 != 0xFFFE and not self.is_implicit(at)
        vr = self._data[at + 4 : at + 6] if explicit else b""
        start = at + 8
        if vr in _LONG:
            start += 4
            if start > end:
                raise self._cut_off((*way, label(tag)))
            (length,) = self._long(self._data, at + 8)
        elif explicit:
            (length,) = self._short(self._data, at + 6)
        else:
            (length,) = self._long(self._data, at + 4)
        if length != _UNDEFINED and start + length > end:
            raise self._cut_off((*way, label(tag)))
        return _Head(tag, vr, start, int(length))

    def _is_sequence(self, head: _Head) -> bool:
        if head.length < 8 or head.vr not in (b"SQ", b"UN", b""):
            return False
        return self.tag_at(head.start) == _ITEM

    def _items(
        self, at: int, end: int, implicit: bool, way: tuple[str, ...], *, delimited: bool
    ) -> tuple[list[Elements], int]:
        """Walk the items of a sequence; return them and where it ended."""
        found: list[Elements] = []
        while at < end:
            item = self.head(at, end, True, way)
            at = item.start
            if item.tag == _SEQUENCE_END:
                return found, at
            if item.tag != _ITEM:
                raise self._error("an item was expected in a sequence", way)
            inside = (*way, f"item {len(found) + 1}")
            inner = implicit or (at < end and item.length != 0 and self.is_implicit(at))
            if item.length == _UNDEFINED:
                elements, at = self.dataset(at, end, inner, inside)
            else:
                elements, _ = self.dataset(at, at + item.length, inner, inside)
                at += item.length
            found.append(elements)
        if delimited:
            raise self._cut_off(way)
        return found, at

    def _cut_off(self, way: tuple[str, ...]) -> InputError:
        return self._error("the file is cut off or broken", way, "copy or export it again")

    def _error(self, what: str, way: tuple[str, ...], mend: str = "") -> InputError:
        where = " > ".join(_shortened(way)) or "its first element"
        return InputError(f"{what} in {where}" + (f": {mend}" if mend else ""), Place(self._name))


def _shortened(way: tuple[str, ...]) -> Iterator[str]:
    """Leave out what is deeper than anyone wants to read."""
    yield from way[:8]
    if len(way) > 8:
        yield "..."
