"""What the stub's camera sees, and TX, BX and BX2 replies about it (hil-protocols 1.7 to 1.9)."""

import math
import struct
from dataclasses import dataclass

from linacsim.devices.ndi.replies import HandleStatus, PortStatus, Pose

FRAME_HZ = 60
REPORT_OUTSIDE = 0x0800
TRANSFORMS = 0x0001
TOOL_INFO = 0x0002
STRAYS = 0x1000
KNOWN_MASKS = TRANSFORMS | TOOL_INFO | REPORT_OUTSIDE | STRAYS
NEAR_MM, FAR_MM = 950.0, 2400.0
"""Depth of the characterised volume of a Vega or Spectra (vendor's data sheets: pyramid volume)."""
_MISSING_CODE = 31
_PASSIVE_FRAME = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """One tool in one frame."""

    handle: int
    pose: Pose | None
    """None: missing."""
    status: PortStatus


def out_of_volume(pose: Pose) -> bool:
    """Return whether a pose lies outside the characterised depth."""
    return not NEAR_MM <= -pose.position_mm[2] <= FAR_MM


def tx(seen: list[Seen], frame: int, mask: int) -> str:
    """Return the text of a TX reply."""
    out = f"{len(seen):02X}"
    for tool in seen:
        out += f"{tool.handle:02X}"
        pose = _shown(tool, mask)
        if mask & TRANSFORMS:
            out += "MISSING" if pose is None or not _writable(pose) else _transform(pose)
            out += f"{int(tool.status):08X}{frame & 0xFFFFFFFF:08X}"
        if mask & TOOL_INFO:
            out += "00" + ("3333" if pose else "0000").rjust(20, "0")
        out += "\n"
    if mask & STRAYS:
        out += "00"
    return out + "0000"


def _shown(tool: Seen, mask: int) -> Pose | None:
    outside = tool.pose is not None and out_of_volume(tool.pose)
    return None if outside and not mask & REPORT_OUTSIDE else tool.pose


def _writable(pose: Pose) -> bool:
    """Return whether digits can say it; binary replies can carry what is no number."""
    return all(map(math.isfinite, pose.position_mm))


def _transform(pose: Pose) -> str:
    q = "".join(f"{round(value * 1e4):+06d}" for value in pose.quaternion)
    t = "".join(f"{round(value * 100):+07d}" for value in pose.position_mm)
    return q + t + f"{round(pose.error_mm * 1e4):+06d}"


def bx(seen: list[Seen], frame: int, mask: int) -> bytes:
    """Return the payload of a BX reply."""
    out = bytes([len(seen)])
    for tool in seen:
        pose = _shown(tool, mask)
        status = HandleStatus.MISSING if pose is None else HandleStatus.VALID
        out += bytes([tool.handle, status])
        if mask & TRANSFORMS:
            out += b"" if pose is None else _floats(pose)
            out += struct.pack("<II", int(tool.status), frame & 0xFFFFFFFF)
        if mask & TOOL_INFO:
            out += bytes([0]) + (b"\x33\x33" if pose else b"\0\0").rjust(10, b"\0")
    if mask & STRAYS:
        out += b"\0"
    return out + struct.pack("<H", 0)


def _floats(pose: Pose) -> bytes:
    return struct.pack("<8f", *pose.quaternion, *pose.position_mm, pose.error_mm)


def bx2(seen: list[Seen], frame: int, time_ns: int) -> bytes:
    """Return the payload of a BX2 reply with the 6D data of all tools."""
    items = b""
    for tool in seen:
        missing = tool.pose is None
        items += struct.pack("<HH", tool.handle, 0x100 | _MISSING_CODE if missing else 0)
        items += b"" if tool.pose is None else _floats(tool.pose)
    inner = _component(2, len(seen), items)
    seconds, nanoseconds = divmod(time_ns, 10**9)
    head = struct.pack(
        "<BBHIII", _PASSIVE_FRAME, frame & 0xFF, 0, frame & 0xFFFFFFFF, seconds, nanoseconds
    )
    item = head + struct.pack("<HH", 1, 1) + inner
    return struct.pack("<HH", 1, 1) + _component(1, 1, item)


def _component(kind: int, count: int, items: bytes) -> bytes:
    return struct.pack("<HIHI", kind, 12 + len(items), 0, count) + items
