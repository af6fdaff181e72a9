"""Walks the elements of a file and refuses one that is cut off.

pydicom returns what it could read of a truncated file without a word; a plan that lacks its last
control points must not pass. The walk also bounds the depth of sequences (DICOM PS3.5, 7).
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


def check_whole(data: bytes, name: str) -> None:
    """Raise InputError, with the tags on the way, if a file is not DICOM or does not end well."""
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
    walk.dataset(start, len(data), walk.is_implicit(start), ())


def _meta(data: bytes, start: int, name: str) -> tuple[bytes, int]:
    """Return the transfer syntax, empty if it is not said, and where the dataset begins."""
    walk = _Walk(data, name, "<")
    syntax = b""
    while start + 8 <= len(data) and walk.tag_at(start) >> 16 == 0x0002:
        element = walk.element(start, len(data), False, ())
        start = element.start + element.length
        if element.tag == _TRANSFER_SYNTAX:
            syntax = data[element.start : start].rstrip(b"\0 ")
    return syntax, start


class _Element(NamedTuple):
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

    def dataset(self, at: int, end: int, implicit: bool, way: tuple[str, ...]) -> int:
        """Walk a dataset up to `end` or to its delimiter; return where it ended."""
        if len(way) > 2 * MAX_DEPTH:
            raise self._error("sequences are nested too deeply", way, f"at most {MAX_DEPTH}")
        while at < end:
            element = self.element(at, end, implicit, way)
            at = element.start
            if element.tag == _ITEM_END:
                return at
            if element.length == _UNDEFINED:
                inside = (*way, label(element.tag))
                at = self._items(at, end, implicit, inside, delimited=True)
            elif self._is_sequence(element):
                stop = at + element.length
                inside = (*way, label(element.tag))
                self._items(at, stop, implicit, inside, delimited=False)
                at = stop
            else:
                at += element.length
        return at

    def element(self, at: int, end: int, implicit: bool, way: tuple[str, ...]) -> _Element:
        """Return the element at a place; raise InputError if it does not fit before `end`."""
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
        return _Element(tag, vr, start, int(length))

    def _is_sequence(self, element: _Element) -> bool:
        if element.length < 8 or element.vr not in (b"SQ", b"UN", b""):
            return False
        return self.tag_at(element.start) == _ITEM

    def _items(
        self, at: int, end: int, implicit: bool, way: tuple[str, ...], *, delimited: bool
    ) -> int:
        """Walk the items of a sequence; return where it ended."""
        number = 0
        while at < end:
            item = self.element(at, end, True, way)
            at = item.start
            if item.tag == _SEQUENCE_END:
                return at
            if item.tag != _ITEM:
                raise self._error("an item was expected in a sequence", way)
            number += 1
            inside = (*way, f"item {number}")
            inner = implicit or (at < end and item.length != 0 and self.is_implicit(at))
            if item.length == _UNDEFINED:
                at = self.dataset(at, end, inner, inside)
            else:
                self.dataset(at, at + item.length, inner, inside)
                at += item.length
        if delimited:
            raise self._cut_off(way)
        return at

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
