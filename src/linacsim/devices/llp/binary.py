"""Frames as binary: a header, 32-bit floats and a checksum, coded by COBS (docs/reference/llp.md).

S, H, G and P have a binary form. In a direction that is binary all other frames are text inside a
block; a block that begins with `@` is such a one.
"""

import math
import struct

from linacsim.devices.framing.cobs_blocks import CobsFramer, cobs_block
from linacsim.devices.llp import text
from linacsim.devices.llp.layout import WrongSyntax
from linacsim.devices.llp.messages import DeviceBeat, Flag, Frame, Gate, Sample, StagePosition
from linacsim.devices.llp.text import WrongChecksum, crc

_HEAD = struct.Struct("<BBHQB")
_CRC = struct.Struct("<H")
_TEXT_MARK = b"@"
_STATES = "IRHAF"
LONGEST_CODED = text.LONGEST
MOST_FIELDS = (LONGEST_CODED - 2 - _HEAD.size - _CRC.size - 1) // 4


def binary_framer() -> CobsFramer:
    """Return a framer that gives the content of blocks."""
    return CobsFramer(LONGEST_CODED)


def encode(frame: Frame) -> bytes:
    """Return a frame as it goes over the wire. Raises ValueError if it is too long."""
    numbers = _numbers(frame)
    if numbers is None:
        return cobs_block(text.encode(frame).removesuffix(b"\n"))
    letter, values = numbers
    return encode_numbers(letter, frame.seq, frame.t_us, frame.flags, values)


def encode_numbers(
    letter: str, seq: int, t_us: int, flags: int, values: tuple[float, ...]
) -> bytes:
    """Return a frame of a type letter and numbers, be they against the grammar."""
    if len(values) > MOST_FIELDS:
        raise ValueError(f"{letter} has {len(values)} numbers, {MOST_FIELDS} are allowed")
    plain = _HEAD.pack(ord(letter), flags, seq, t_us, len(values))
    plain += struct.pack(f"<{len(values)}f", *values)
    return cobs_block(plain + _CRC.pack(crc(plain)))


def decode(content: bytes) -> Frame:
    """Return the frame of a block's content. Raises WrongChecksum or WrongSyntax."""
    if content.startswith(_TEXT_MARK):
        return text.decode(content[1:])
    if len(content) < _HEAD.size + _CRC.size:
        raise WrongChecksum("too short for a binary frame")
    plain = content[: -_CRC.size]
    if crc(plain) != _CRC.unpack(content[-_CRC.size :])[0]:
        raise WrongChecksum("checksum is not that of the frame")
    letter, flags, seq, t_us, n = _HEAD.unpack_from(plain)
    if len(plain) != _HEAD.size + 4 * n:
        raise WrongSyntax(f"{n} numbers announced, {len(plain) - _HEAD.size} bytes there")
    values = struct.unpack_from(f"<{n}f", plain, _HEAD.size)
    return Frame(_body(chr(letter), values), seq, t_us, Flag(flags))


def _numbers(frame: Frame) -> tuple[str, tuple[float, ...]] | None:
    """Return the binary form of a frame, if there is one."""
    match frame.body:
        case Sample(values):
            return "S", values
        case DeviceBeat(rate, errors, overruns, temperature):
            return "H", (rate, errors, overruns, temperature)
        case Gate(device, ready, enable, fault):
            return "G", (device, ready, enable, fault)
        case StagePosition(axis, position, speed, state):
            return "P", (axis, position, speed, _STATES.index(state))
    return None


def _body(letter: str, values: tuple[float, ...]) -> Sample | DeviceBeat | Gate | StagePosition:
    if letter == "S":
        return Sample(values)
    if letter not in "HGP" or len(values) < 4 or not all(map(math.isfinite, values[:4])):
        raise WrongSyntax(f"binary frame {letter!r} with {len(values)} numbers")
    a, b, c, d = values[:4]
    if letter == "H":
        return DeviceBeat(a, int(b), int(c), d)
    if letter == "G":
        if not {b, c, d} <= {0.0, 1.0} or a < 0 or a != int(a):
            raise WrongSyntax("a line of a gate is neither 0 nor 1")
        return Gate(int(a), bool(b), bool(c), bool(d))
    if not 0 <= d < len(_STATES):
        raise WrongSyntax(f"state {d:g} of a stage is unknown")
    return StagePosition(int(a), b, c, _STATES[int(d)])
