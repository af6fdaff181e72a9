"""Commands and replies on the wire: ASCII with CRC, and binary packets.

research/hil-protocols.md 1.1, 1.8 and 1.9. Both ends use this: the driver and the stub.
"""

import re
import struct
from enum import StrEnum
from typing import NamedTuple

from linacsim.devices.framing.counters import Counters

CR = b"\r"
START = 0xA5C4
HEADER = struct.Struct("<HHH")
"""Start sequence, payload length, CRC of these two."""
STREAM_START = 0xB5D4
STREAM_HEADER = struct.Struct("<HH")
"""Start sequence, length of the stream's name; name and CRC follow, and then a reply as any."""
LONGEST_NAME = 256
"""Of a stream; a longer one is noise."""
DAMAGED_NAME = "\0"
"""Stands for the name of a stream whose header was damaged."""
_CRC = struct.Struct("<H")
_START = re.compile(b"|".join(re.escape(_CRC.pack(start)) for start in (START, STREAM_START)))
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


def stream_packet(name: str, reply: bytes) -> bytes:
    """Return a reply that belongs to a stream."""
    head = STREAM_HEADER.pack(STREAM_START, len(name)) + name.encode("ascii")
    return head + _CRC.pack(crc16(head)) + reply


class ReplyKind(StrEnum):
    """What came back."""

    TEXT = "text"
    BINARY = "binary"
    BAD_CRC = "bad crc"


class Reply(NamedTuple):
    """One reply, without its CRC."""

    kind: ReplyKind
    payload: bytes
    stream: str = ""
    """Name of the stream that it belongs to; empty: it answers a command."""

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
        self._stream = ""
        """To which the reply belongs that comes next."""
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
            out.append(reply._replace(stream=self._stream))
            self._stream = ""
        if len(self._buffer) > LONGEST_REPLY:
            self._drop(len(self._buffer))
        return out

    def clear(self) -> None:
        """Forget what is not complete, as before a new request after a time-out."""
        self._drop(len(self._buffer))
        self._stream = ""

    def _drop(self, count: int) -> None:
        self.dropped_bytes += count
        del self._buffer[:count]

    def _next(self) -> Reply | None:
        found = _START.search(self._buffer)
        end = self._buffer.find(CR)
        if found is not None and not 0 <= end < found.start():
            part = self._binary if found[0] == _CRC.pack(START) else self._streamed
            self._drop(found.start())  # `found` looks at the buffer itself
            return part()
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return _checked(line)

    def _streamed(self) -> Reply | None:
        """Return the reply behind the header of a stream, once it is there."""
        if self._stream:  # the one behind the header before is not
            return Reply(ReplyKind.BAD_CRC, b"")
        if len(self._buffer) < STREAM_HEADER.size:
            return None
        _, length = STREAM_HEADER.unpack_from(self._buffer)
        size = STREAM_HEADER.size + length
        if length > LONGEST_NAME:
            return self._nameless()
        if len(self._buffer) < size + _CRC.size:
            return None
        head = bytes(self._buffer[:size])
        if _CRC.unpack_from(self._buffer, size)[0] != crc16(head):
            return self._nameless()
        self._stream = head[STREAM_HEADER.size :].decode("ascii", "replace")
        del self._buffer[: size + _CRC.size]
        return self._next()

    def _nameless(self) -> Reply | None:
        """Return what comes next: it belongs to some stream and must not be taken for an answer."""
        self.counters.crc_errors += 1
        self._stream = DAMAGED_NAME
        self._drop(_CRC.size)
        return self._next()

    def _binary(self) -> Reply | None:
        if len(self._buffer) < HEADER.size:
            return None
        _, length, crc = HEADER.unpack_from(self._buffer)
        if crc != crc16(bytes(self._buffer[: HEADER.size - _CRC.size])):
            self._drop(_CRC.size)
            return Reply(ReplyKind.BAD_CRC, b"")
        size = HEADER.size + length + _CRC.size
        if len(self._buffer) < size:
            return None
        payload = bytes(self._buffer[HEADER.size : HEADER.size + length])
        (crc,) = _CRC.unpack_from(self._buffer, size - _CRC.size)
        del self._buffer[:size]
        kind = ReplyKind.BINARY if crc == crc16(payload) else ReplyKind.BAD_CRC
        return Reply(kind, payload)


def _checked(line: bytes) -> Reply:
    data, digits = line[:-CRC_DIGITS], line[-CRC_DIGITS:]
    good = digits == b"%04X" % crc16(data)
    return Reply(ReplyKind.TEXT if good else ReplyKind.BAD_CRC, data)
