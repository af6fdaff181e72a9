"""What the stub's camera sees, and TX, BX and BX2 replies about it (hil-protocols 1.7 to 1.9)."""

import math
import struct
from dataclasses import dataclass

from linacsim.devices.ndi import gbf
from linacsim.devices.ndi.replies import HandleStatus, PortStatus, Pose
from linacsim.model.time import NS_PER_S

FRAME_HZ = 60
REPORT_OUTSIDE = 0x0800
TRANSFORMS = 0x0001
TOOL_INFO = 0x0002
STRAYS = 0x1000
KNOWN_MASKS = TRANSFORMS | TOOL_INFO | REPORT_OUTSIDE | STRAYS
NEAR_MM, FAR_MM = 950.0, 2400.0
"""Depth of the characterised volume of a Vega or Spectra (vendor's data sheets: pyramid volume)."""
_MISSING_CODE = 31
_OUTSIDE_CODE = 9
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
    return gbf.POSE.pack(*pose.quaternion, *pose.position_mm, pose.error_mm)


def bx2(seen: list[Seen], frame: int, time_ns: int) -> bytes:
    """Return the payload of a BX2 reply with the 6D data of all tools."""
    items = b"".join(_six_d(tool) for tool in seen)
    seconds, nanoseconds = divmod(time_ns, NS_PER_S)
    number = frame & 0xFFFFFFFF
    head = gbf.FRAME_ITEM.pack(_PASSIVE_FRAME, frame & 0xFF, 0, number, seconds, nanoseconds)
    inner = _component(gbf.TOOLS_6D, len(seen), items)
    item = head + gbf.FORMAT.pack(gbf.VERSION, 1) + inner
    return gbf.FORMAT.pack(gbf.VERSION, 1) + _component(gbf.FRAME, 1, item)


def _six_d(tool: Seen) -> bytes:
    if tool.pose is None:
        return gbf.SIX_D.pack(tool.handle, gbf.MISSING | _MISSING_CODE)
    outside = bool(tool.status & PortStatus.OUT_OF_VOLUME)
    return gbf.SIX_D.pack(tool.handle, _OUTSIDE_CODE * outside) + _floats(tool.pose)


def _component(kind: int, count: int, items: bytes) -> bytes:
    return gbf.COMPONENT.pack(kind, gbf.COMPONENT.size + len(items), 0, count) + items
