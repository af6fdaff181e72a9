"""One message of the stream as bytes; nothing here knows of sockets or clocks.

A message is 8 bytes of unknown meaning, 18 characters of date and time, a counter, and items. An
item is group and element (as in DICOM), two letters of value representation, a zero, `P`
(prescribed) or `R` (running), the length and the text (research/hil-protocols.md 5.1, 5.2).
"""

import math
import re
import struct
from collections.abc import Iterator
from datetime import datetime

from linacsim.devices.icom.record import IcomRecord

MARK = b"LSIM"
"""First of the bytes of unknown meaning: tells our stream from a machine's."""
DATE_AT, COUNTER_AT, ITEMS_AT = 8, 26, 27
COUNTS = 256
NULL = "-32767"
"""What stands for no value."""

_ITEM = struct.Struct("<HH2sBcI")
_LENGTH = struct.Struct("<I")
_UNFIT_LENGTH = 10
"""The public listener takes this length for the end of a line."""
_UNFIT = re.compile(r"[^A-Za-z0-9 ,.'\"-]+")
_LONGEST = 64

_PRESCRIBED, _RUNNING = b"P", b"R"
_FIELD = (
    (0x0010, 0x0020, b"LO", "patient_id"),
    (0x0010, 0x0010, b"PN", "patient_name"),
    (0x3009, 0x1001, b"LO", "site"),
    (0x3009, 0x1003, b"LO", "field_id"),
)
_BEAM = (
    (0x300A, 0x00C6, b"CS", "radiation"),
    (0x300A, 0x0114, b"SH", "energy"),
    (0x300A, 0x0118, b"CS", "wedge"),
)
_DOSE = (
    (0x3009, 0x1009, b"DS", "total_mu"),
    (0x3008, 0x0032, b"DS", "delivered_mu"),
    (0x3008, 0x0033, b"DS", "backup_mu"),
    (0x3008, 0x0038, b"SH", "beam_min"),
    (0x3008, 0x000B, b"DS", "segment_mu"),
)
_TABLE = (
    (0x300A, 0x0128, b"DS", "table_vertical_cm"),
    (0x300A, 0x0129, b"DS", "table_longitudinal_cm"),
    (0x300A, 0x012A, b"DS", "table_lateral_cm"),
)


def encode_message(record: IcomRecord, when: datetime, counter: int) -> bytes:
    """Return the bytes of a message; the counter goes round after 255.

    Characters that the public listener stops at become spaces, texts are cut at 64 characters and
    empty ones left out. A number that is none is sent as -32767.
    """
    items = b"".join(_items(record))
    head = f"{when:%Y-%m-%d%H:%M:%S}".encode("ascii") + bytes([counter % COUNTS])
    length = ITEMS_AT + len(items)
    return MARK + _LENGTH.pack(length) + head + items


def plain(text: str) -> str:
    """Return a text as listeners can read it."""
    return _UNFIT.sub(" ", text).strip()[:_LONGEST]


def _items(record: IcomRecord) -> Iterator[bytes]:
    if record.field is not None:
        for group, element, kind, name in _FIELD:
            yield _text(group, element, kind, _PRESCRIBED, getattr(record.field, name))
    yield _text(0x300A, 0x00B2, b"SH", _PRESCRIBED, record.machine)
    for group, element, kind, name in _BEAM:
        yield _text(group, element, kind, _RUNNING, getattr(record, name))
    yield _text(0x3009, 0x1007, b"DS", _RUNNING, str(record.segment))
    for group, element, kind, name in _DOSE:
        yield _number(group, element, kind, getattr(record, name))
    yield _number(0x300A, 0x011E, b"DS", record.gantry_deg, 1)
    yield _number(0x300A, 0x0120, b"DS", record.collimator_deg, 1)
    yield from _limiters(record)
    # Whole degrees: the public listener reads these two as integers.
    yield _text(0x300A, 0x0122, b"DS", _RUNNING, "0")
    yield _number(0x300A, 0x0125, b"DS", record.table_isocentric_deg, 0)
    for group, element, kind, name in _TABLE:
        yield _number(group, element, kind, getattr(record, name), 1)
    for interlock in record.interlocks:
        yield _text(0x3009, 0x1016, b"LO", _RUNNING, interlock)


def _limiters(record: IcomRecord) -> Iterator[bytes]:
    """Yield leaves and diaphragms: a name, and then at once its positions."""
    for name, positions in (("MLCX", record.leaves_cm), ("ASYMY", record.diaphragms_cm)):
        yield _text(0x300A, 0x00B8, b"DS", _RUNNING, name)
        for position in positions.ravel().tolist():
            yield _number(0x300A, 0x011C, b"DS", position)


def _number(group: int, element: int, kind: bytes, value: float, decimals: int = 2) -> bytes:
    text = f"{value + 0.0:.{decimals}f}"
    if not math.isfinite(value):
        text = NULL
    # A minus zero is a zero; the listener's patterns want no sign there.
    elif float(text) == 0.0:
        text = text.lstrip("-")
    return _item(group, element, kind, _RUNNING, text)


def _text(group: int, element: int, kind: bytes, flag: bytes, text: str) -> bytes:
    readable = plain(text)
    return _item(group, element, kind, flag, readable) if readable else b""


def _item(group: int, element: int, kind: bytes, flag: bytes, text: str) -> bytes:
    if len(text) == _UNFIT_LENGTH:
        text += " "
    return _ITEM.pack(group, element, kind, 0, flag, len(text)) + text.encode("ascii")
