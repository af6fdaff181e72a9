"""The header of a TRF log (research/log-formats.md 2.1)."""

import math
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from linacsim.formats.trf.items import COLUMNS
from linacsim.model.findings import InputError

EMULATED_MACHINE = "LINACSIM"
"""How the machine ids of our own logs begin, so that nobody takes one for a real delivery."""

MOST_FIELD, MOST_MACHINE = 50, 16
"""Most characters of these texts: public readers find the header by these bounds."""

_DATE = re.compile(r"\d\d([/-])\d\d\1\d\d \d\d:\d\d:\d\d Z", re.ASCII)
_ZONE = re.compile(r"[+-]\d\d:\d\d", re.ASCII)
_PLAIN = re.compile(r"[\x20-\x7e]*")
_NUMBERS = struct.Struct("<dii")
MOST_COLUMNS = 4096
"""More item parts than this no file has: what is read is no header."""
_MOST_EXACT_TENTHS = 2**44
"""Up to here the lowest byte of a whole double is 0; readers need it unprintable."""


@dataclass(frozen=True, slots=True)
class TrfHeader:
    """What stands before the table."""

    date: str
    """`yy/mm/dd hh:mm:ss Z`, UTC."""
    time_zone: str
    """Offset of the room's clock: `+10:00`."""
    field: str
    """`label/name`, or only the name in service mode."""
    machine: str
    mu: float
    """Total of all fields in the file."""
    version: int = 3
    keys: tuple[tuple[int, int], ...] = tuple(column.key for column in COLUMNS)
    """Item and part of each column."""

    @property
    def label(self) -> str:
        """Label of the field, such as `1-1`; empty in service mode."""
        return self._halves()[0]

    @property
    def name(self) -> str:
        """Name of the field."""
        return self._halves()[1]

    @property
    def emulated(self) -> bool:
        """Whether the emulator wrote it."""
        return self.machine.startswith(EMULATED_MACHINE)

    @property
    def when(self) -> datetime:
        """The date. Raises InputError where there is no such day or hour."""
        try:
            return datetime.strptime(self.date.replace("-", "/"), "%y/%m/%d %H:%M:%S Z").replace(
                tzinfo=UTC
            )
        except ValueError:
            raise InputError(f"byte 1: the date {self.date!r} does not exist") from None

    def _halves(self) -> tuple[str, str]:
        """Split as pymedphys does: anything but exactly one slash is all name."""
        label, slash, name = self.field.partition("/")
        return (label, name) if slash and "/" not in name else ("", self.field)


def trf_date(when: datetime) -> str:
    """Return a time as a header states it. Raises InputError without a time zone."""
    if when.tzinfo is None:
        raise InputError("the date of a TRF log needs a time zone")
    return when.astimezone(UTC).strftime("%y/%m/%d %H:%M:%S Z")


def encode_header(header: TrfHeader) -> bytes:
    """Return the bytes. Raises InputError for what readers would stumble over."""
    _check(header)
    keys = np.asarray(header.keys, dtype="<i2")
    texts = (header.date, header.time_zone, header.field, header.machine)
    return (
        b"".join(bytes([len(text)]) + text.encode("ascii") for text in texts)
        + _NUMBERS.pack(_tenths(header.mu), header.version, len(keys))
        + keys.tobytes()
    )


def decode_header(data: bytes) -> tuple[TrfHeader, int]:
    """Return the header and where the table begins. Raises InputError naming the byte."""
    date, at = _text(data, 0, "date")
    if not _DATE.fullmatch(date):
        raise InputError("byte 0: this is no TRF log: it does not begin with a date")
    time_zone, at = _text(data, at, "time zone")
    field, at = _text(data, at, "field")
    machine, at = _text(data, at, "machine")
    if len(data) < at + _NUMBERS.size:
        raise InputError(f"byte {len(data)}: the file ends inside its header")
    tenths, version, count = _NUMBERS.unpack_from(data, at)
    if not math.isfinite(tenths) or tenths < 0:
        raise InputError(f"byte {at}: the total MU is not a number of 0 or more")
    if not 0 < count <= MOST_COLUMNS:
        raise InputError(f"byte {at + 12}: {count} columns cannot be: 1 to {MOST_COLUMNS}")
    start = at + _NUMBERS.size
    end = start + 4 * count
    if len(data) < end:
        raise InputError(f"byte {len(data)}: the file ends inside its list of {count} columns")
    keys = np.frombuffer(data[start:end], dtype="<i2").reshape(count, 2).tolist()
    pairs = tuple((item, part) for item, part in keys)
    return TrfHeader(date, time_zone, field, machine, tenths / 10, version, pairs), end


def _text(data: bytes, at: int, what: str) -> tuple[str, int]:
    """Return a text that its length stands before, and where it ends."""
    length = data[at] if at < len(data) else 0
    text = data[at + 1 : at + 1 + length]
    if at >= len(data) or len(text) < length:
        raise InputError(f"byte {len(data)}: the file ends inside the {what} of its header")
    if not all(0x20 <= byte < 0x7F for byte in text):
        raise InputError(f"byte {at + 1}: the {what} is no plain text: this is no TRF log")
    return text.decode("ascii"), at + 1 + length


def _check(header: TrfHeader) -> None:
    if not _DATE.fullmatch(header.date):
        raise InputError(f"date {header.date!r}: write yy/mm/dd hh:mm:ss Z")
    if not _ZONE.fullmatch(header.time_zone):
        raise InputError(f"time zone {header.time_zone!r}: write +hh:mm or -hh:mm")
    for what, text, most in (
        ("field", header.field, MOST_FIELD),
        ("machine", header.machine, MOST_MACHINE),
    ):
        if len(text) > most or not _PLAIN.fullmatch(text):
            raise InputError(f"{what} {text!r}: at most {most} plain ASCII characters")
    if not 0 <= header.mu * 10 < _MOST_EXACT_TENTHS:
        raise InputError(f"total of {header.mu} MU: a number of 0 or more")


def _tenths(mu: float) -> float:
    """Return whole tenths of an MU; a sum such as 0.1 + 0.2 must not leave odd bytes."""
    return float(round(mu * 10))
