"""Commands and replies on the wire: ASCII with CRC, and binary packets.

research/hil-protocols.md 1.1 and 1.8. Both ends use this: the driver and the stub.
"""

import struct
from enum import StrEnum
from typing import NamedTuple

from linacsim.devices.framing.counters import Counters

CR = b"\r"
START = 0xA5C4
HEADER = struct.Struct("<HHH")
"""Start sequence, payload length, CRC of these two."""
CRC_DIGITS = 4
LONGEST_COMMAND = 1024
LONGEST_REPLY = 65_536
"""More than any reply: a longer one is noise that happened to look like a beginning."""


def _crc_table() -> tuple[int, ...]:
    """Return the table of CRC-16/ARC: polynomial 0x8005 reflected, initial value 0."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


def crc16(data: bytes) -> int:
    """Return CRC-16/ARC."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def command(name: str, arguments: str = "") -> bytes:
    """Return a command with its CRC: the colon announces that one follows."""
    text = f"{name}:{arguments}".encode("ascii")
    return text + b"%04X" % crc16(text) + CR


def ascii_reply(text: str) -> bytes:
    """Return an ASCII reply with its CRC."""
    data = text.encode("ascii")
    return data + b"%04X" % crc16(data) + CR


def binary_reply(payload: bytes) -> bytes:
    """Return a binary packet."""
    head = struct.pack("<HH", START, len(payload))
    body = head + struct.pack("<H", crc16(head)) + payload
    return body + struct.pack("<H", crc16(payload))


class ReplyKind(StrEnum):
    """What came back."""

    TEXT = "text"
    BINARY = "binary"
    BAD_CRC = "bad crc"


class Reply(NamedTuple):
    """One reply, without its CRC."""

    kind: ReplyKind
    payload: bytes

    @property
    def text(self) -> str:
        """The reply as text."""
        return self.payload.decode("ascii", "replace")

    @property
    def error(self) -> str:
        """The two digits of an ERROR reply; empty for any other."""
        return self.text[5:7] if self.kind is ReplyKind.TEXT and self.text[:5] == "ERROR" else ""

    @property
    def is_warning(self) -> bool:
        """Whether it was done, but not as it should have been (research/hil-protocols.md 1.10)."""
        return self.kind is ReplyKind.TEXT and self.text.startswith("WARNING")


class ReplyFramer:
    """Finds replies in a stream of bytes, whatever garbage comes between them."""

    def __init__(self) -> None:
        """Start with nothing received."""
        self._buffer = bytearray()
        self.dropped_bytes = 0
        self.counters = Counters()

    def receive(self, data: bytes) -> list[Reply]:
        """Take bytes in any chunking; return the replies that are complete."""
        self._buffer += data
        out: list[Reply] = []
        while (reply := self._next()) is not None:
            good = reply.kind is not ReplyKind.BAD_CRC
            self.counters.frames += good
            self.counters.crc_errors += not good
            out.append(reply)
        if len(self._buffer) > LONGEST_REPLY:
            self._drop(len(self._buffer))
        return out

    def clear(self) -> None:
        """Forget what is not complete, as before a new request after a time-out."""
        self._drop(len(self._buffer))

    def _drop(self, count: int) -> None:
        self.dropped_bytes += count
        del self._buffer[:count]

    def _next(self) -> Reply | None:
        start = self._buffer.find(struct.pack("<H", START))
        end = self._buffer.find(CR)
        if start == 0 or (0 < start < end) or (start > 0 and end < 0):
            return self._binary(start)
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return _checked(line)

    def _binary(self, start: int) -> Reply | None:
        if start:
            self._drop(start)
        if len(self._buffer) < HEADER.size:
            return None
        _, length, crc = HEADER.unpack_from(self._buffer)
        if crc != crc16(bytes(self._buffer[: HEADER.size - 2])):
            self._drop(2)
            return Reply(ReplyKind.BAD_CRC, b"")
        size = HEADER.size + length + 2
        if len(self._buffer) < size:
            return None
        payload = bytes(self._buffer[HEADER.size : HEADER.size + length])
        (crc,) = struct.unpack_from("<H", self._buffer, size - 2)
        del self._buffer[:size]
        kind = ReplyKind.BINARY if crc == crc16(payload) else ReplyKind.BAD_CRC
        return Reply(kind, payload)


def _checked(line: bytes) -> Reply:
    data, digits = line[:-CRC_DIGITS], line[-CRC_DIGITS:]
    good = digits == b"%04X" % crc16(data)
    return Reply(ReplyKind.TEXT if good else ReplyKind.BAD_CRC, data)
