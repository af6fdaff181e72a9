"""What a BX2 reply says: the General Binary Format (research/hil-protocols.md 1.9).

Components within components, each with its size; those that are not asked for are passed over.
Restriction: the format has no place for the status of the whole system that TX and BX tell.
"""

import math
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from linacsim.devices.ndi.replies import (
    BadReply,
    PortStatus,
    Pose,
    ToolState,
    Tracking,
)

FORMAT = struct.Struct("<HH")
"""Version, count of components."""
COMPONENT = struct.Struct("<HIHI")
"""Type, size with this header, format of items, count of items."""
FRAME_ITEM = struct.Struct("<BBHIII")
"""Type, sequence, status, frame number, s, ns; a nested format follows."""
SIX_D = struct.Struct("<HH")
"""Handle, status; eight floats follow unless the tool is missing."""
POSE = struct.Struct("<8f")
VERSION = 1
FRAME, TOOLS_6D = 1, 2
MISSING = 0x100
NOT_ENABLED, NOT_THERE = 32, 33
USED = PortStatus.OCCUPIED | PortStatus.INITIALISED | PortStatus.ENABLED
STATUS_OF_CODE = {
    0: PortStatus(0),
    3: PortStatus.PARTLY_OUT,
    9: PortStatus.OUT_OF_VOLUME,
    14: PortStatus.IR_INTERFERENCE,
    18: PortStatus.BUFFER_LIMIT,
    19: PortStatus.ALGORITHM_LIMIT,
}
"""Codes of 6D items with which a place may come, as BX tells them."""
_OFFERS = re.compile(r"G\.(\d{3})\.")
_FIRST_REVISION = 3


class _Component(NamedTuple):
    kind: int
    n_items: int
    items: bytes


def offers_bx2(revision: str) -> bool:
    """Return whether a camera of this API revision, as APIREV tells it, answers BX2.

    The first to do so was the Polaris Vega, of revision G.003 (vendor's API guide, APIREV).
    """
    known = _OFFERS.match(revision)
    return known is not None and int(known[1]) >= _FIRST_REVISION


def parse_bx2(payload: bytes) -> Tracking:
    """Read the payload of a BX2 reply; of several frames, the newest of each tool.

    Raises BadReply. A reply without tools is good: there was no new frame.
    """
    try:
        tools = {tool.handle: tool for tool in _tools(payload)}
    except struct.error as error:
        raise BadReply(f"not a BX2 reply: {error}") from error
    return Tracking(tuple(tools.values()), None)


def _tools(payload: bytes) -> Iterator[ToolState]:
    components, end = _format(payload, 0)
    if end != len(payload):
        raise BadReply(f"a BX2 reply of {len(payload)} bytes where {end} were due")
    for component in components:
        if component.kind == FRAME:
            yield from _frames(component)


def _format(data: bytes, at: int) -> tuple[list[_Component], int]:
    """Return the components of a format at a place, and where it ends."""
    version, count = FORMAT.unpack_from(data, at)
    if version != VERSION:
        raise BadReply(f"not a BX2 reply: version {version} of its format")
    at += FORMAT.size
    components = []
    for _ in range(count):
        kind, size, _, items = COMPONENT.unpack_from(data, at)
        if not COMPONENT.size <= size <= len(data) - at:
            raise BadReply(f"not a BX2 reply: a component of {size} bytes")
        components.append(_Component(kind, items, data[at + COMPONENT.size : at + size]))
        at += size
    return components, at


def _frames(frames: _Component) -> Iterator[ToolState]:
    at = 0
    for _ in range(frames.n_items):
        number = FRAME_ITEM.unpack_from(frames.items, at)[3]
        components, at = _format(frames.items, at + FRAME_ITEM.size)
        for component in components:
            if component.kind == TOOLS_6D:
                yield from _six_d(component, number)
    if at != len(frames.items):
        raise BadReply("not a BX2 reply: bytes behind its frames")


def _six_d(tools: _Component, frame: int) -> Iterator[ToolState]:
    at = 0
    for _ in range(tools.n_items):
        handle, status = SIX_D.unpack_from(tools.items, at)
        at += SIX_D.size
        pose = None
        if not status & MISSING:
            pose = _pose(tools.items, at)
            at += POSE.size
        yield _tool(handle, status & 0xFF, pose, frame)
    if at != len(tools.items):
        raise BadReply("not a BX2 reply: bytes behind its tools")


def _pose(data: bytes, at: int) -> Pose | None:
    values = POSE.unpack_from(data, at)
    if not all(map(math.isfinite, values)):
        return None
    return Pose(values[:4], values[4:7], values[7])


def _tool(handle: int, code: int, pose: Pose | None, frame: int) -> ToolState:
    """Return a tool; a place that comes with any other code is not used."""
    if code in (NOT_ENABLED, NOT_THERE):
        return ToolState(handle, None, PortStatus(0), 0)
    status = STATUS_OF_CODE.get(code)
    if status is None:
        return ToolState(handle, None, USED, frame)
    return ToolState(handle, pose, USED | status, frame)
