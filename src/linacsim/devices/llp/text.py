"""Frames as text: `@TYPE,seq,t_us,flags[,field...]*CRC4<LF>` (docs/reference/llp.md).

The checksum is CRC-16/CCITT-FALSE, which the standard library has as `crc_hqx` from 0xFFFF.
"""

import re
from binascii import crc_hqx
from collections.abc import Iterable
from string import hexdigits

from linacsim.devices.framing.marked import MarkedFramer
from linacsim.devices.llp.layout import WrongSyntax, body_of, fields_of, read_whole
from linacsim.devices.llp.messages import Flag, Frame

LONGEST = 256
"""Bytes of a whole frame, marks and line end included."""
SHORTEST = len("@S,0,0,00*0000\n")
_TYPE = re.compile(r"[A-Z]{1,4}")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})?")
_TO_ESCAPE = re.compile(r"[^ -~]|[@*,%]")


class WrongChecksum(ValueError):
    """What arrived is not what was sent."""


def crc(data: bytes) -> int:
    """Return CRC-16/CCITT-FALSE; that of b"123456789" is 0x29B1."""
    return crc_hqx(data, 0xFFFF)


def text_framer() -> MarkedFramer:
    """Return a framer that gives what stands between `@` and the end of the line."""
    return MarkedFramer(b"@", b"\n", LONGEST - 2, SHORTEST - 2)


def encode(frame: Frame) -> bytes:
    """Return a frame as it goes over the wire. Raises ValueError if it is too long."""
    frame_type, fields = fields_of(frame.body)
    return encode_fields(frame_type, frame.seq, frame.t_us, frame.flags, fields)


def encode_fields(frame_type: str, seq: int, t_us: int, flags: int, fields: Iterable[str]) -> bytes:
    """Return a frame of fields given as text, be they against the grammar. Raises ValueError."""
    parts = [frame_type, str(seq), str(t_us), f"{flags:02X}", *map(_escape, fields)]
    body = ",".join(parts).encode("ascii")
    frame = b"@%b*%04X\n" % (body, crc(body))
    if len(frame) > LONGEST:
        raise ValueError(f"{frame_type} has {len(frame)} bytes, {LONGEST} are allowed")
    return frame


def decode(between: bytes) -> Frame:
    """Return the frame of what stands between `@` and the line end.

    Raises WrongChecksum or WrongSyntax; whatever the bytes, nothing else.
    """
    body, star, given = between.rpartition(b"*")
    if not star or not _is_crc(given) or crc(body) != int(given, 16):
        raise WrongChecksum(f"checksum {given[:8]!r} is not that of the frame")
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError as error:
        raise WrongSyntax("a byte beyond ASCII") from error
    frame_type, *parts = text.split(",")
    if len(parts) < 3 or _TYPE.fullmatch(frame_type) is None:
        raise WrongSyntax("a frame begins with TYPE,seq,t_us,flags")
    if "%" in text:
        parts = [_unescape(part) for part in parts]
    seq, t_us = read_whole(parts[0]), read_whole(parts[1])
    if seq > 0xFFFF or t_us >> 64:
        raise WrongSyntax("seq has 16 bits, t_us 64")
    return Frame(body_of(frame_type, parts[3:]), seq, t_us, _flags(parts[2]))


def _is_crc(given: bytes) -> bool:
    return len(given) == 4 and all(chr(digit) in hexdigits for digit in given)


def _flags(text: str) -> Flag:
    if len(text) != 2 or not set(text) <= set(hexdigits):
        raise WrongSyntax(f"flags {text!r} are not two hex digits")
    return Flag(int(text, 16))


def _escape(field: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"%{ord(found[0]):02X}", field)


def _unescape(field: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[1] is None:
            raise WrongSyntax("% must be followed by two hex digits")
        return chr(int(found[1], 16))

    return _ESCAPED.sub(character, field)
