"""Tool definition files (.rom) of 752 bytes: made for our own marker block, or read from a user's.

research/hil-protocols.md 1.12. NDI's own files are not shipped.
"""

import struct
from collections.abc import Sequence

from linacsim.model.findings import InputError

SIZE = 752
UPLOAD_SIZE = 1024
"""Clients send the file padded to 16 blocks of 64 bytes."""
BLOCK = 64
MARKERS = range(3, 21)
PASSIVE_SPHERE = 41
MAX_ANGLE_DEG = 90
MAX_ERROR_MM = 0.75

Point = tuple[float, float, float]

BLOCK_MARKERS: tuple[Point, ...] = (
    (0.0, 0.0, 0.0),
    (0.0, 25.0, 23.0),
    (0.0, -19.0, -43.0),
    (0.0, -42.0, 43.0),
)
"""Our marker block, mm: four spheres at distances that differ by more than 9 mm."""


def checksum(data: bytes) -> int:
    """Return the sum of all bytes from the seventh on, mod 65536."""
    return sum(data[6:SIZE]) & 0xFFFF


def make_tool_file(
    markers: Sequence[Point] = BLOCK_MARKERS,
    *,
    manufacturer: str = "LINACSIM",
    part_number: str = "BLOCK-1",
) -> bytes:
    """Return the definition of a passive rigid tool. Raises InputError for 2 or 21 markers."""
    if len(markers) not in MARKERS:
        raise InputError(f"{len(markers)} markers: a tool has 3 to 20")
    rom = bytearray(SIZE)
    rom[0:3] = b"NDI"
    rom[8] = 1
    rom[12] = 2
    rom[15] = 4
    rom[24] = MAX_ANGLE_DEG
    rom[28] = len(markers)
    rom[32] = 3
    struct.pack_into("<f", rom, 36, MAX_ERROR_MM)
    for k, (marker, at) in enumerate(zip(markers, range(72, 312, 12), strict=False)):
        struct.pack_into("<3f", rom, at, *marker)
        struct.pack_into("<3f", rom, 312 + 12 * k, 1.0, 0.0, 0.0)
    rom[552 : 552 + len(markers)] = bytes(range(len(markers)))
    rom[572:576] = bytes([31] * 4)
    rom[576] = rom[612] = 9
    rom[580:592] = manufacturer.encode("ascii").ljust(12, b"\0")[:12]
    rom[592:612] = part_number.encode("ascii").ljust(20, b"\0")[:20]
    rom[613 : 613 + len(markers)] = bytes([1] * len(markers))
    rom[653] = 0x80
    rom[655] = PASSIVE_SPHERE
    struct.pack_into("<3f", rom, 656, 1.0, 0.0, 0.0)
    struct.pack_into("<H", rom, 4, checksum(bytes(rom)))
    return bytes(rom)


def check_tool_file(data: bytes) -> None:
    """Raise InputError, saying why, for what is no tool definition."""
    if len(data) < SIZE or data[:3] != b"NDI":
        raise InputError("not a tool definition: it must begin with NDI and have 752 bytes")
    (stated,) = struct.unpack_from("<H", data, 4)
    if stated != checksum(data):
        raise InputError(
            f"the checksum of this tool definition is {checksum(data):04X}, it says {stated:04X}"
        )
    if data[28] not in MARKERS:
        raise InputError(f"{data[28]} markers: a tool has 3 to 20")


def upload_blocks(data: bytes) -> list[tuple[int, str]]:
    """Return address and 128 hex digits of each block that PVWR sends."""
    padded = data.ljust(UPLOAD_SIZE, b"\0")[:UPLOAD_SIZE]
    return [(at, padded[at : at + BLOCK].hex().upper()) for at in range(0, UPLOAD_SIZE, BLOCK)]


def part_number(data: bytes) -> str:
    """Return the part number of a tool definition."""
    return data[592:612].rstrip(b"\0").decode("ascii", "replace")
