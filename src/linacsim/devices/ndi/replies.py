"""What TX, BX, PHSR and VER replies say (research/hil-protocols.md 1.5 to 1.8)."""

import math
import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

TRANSFORM_CHARS = 51
Q_SCALE = 1e-4
MM_SCALE = 1e-2
MISSING_TEXT = "MISSING"
DISABLED_TEXT = "DISABLED"


class PortStatus(IntFlag):
    """Status of a port or tool handle."""

    OCCUPIED = 1
    SWITCH_1 = 1 << 1
    SWITCH_2 = 1 << 2
    SWITCH_3 = 1 << 3
    INITIALISED = 1 << 4
    ENABLED = 1 << 5
    OUT_OF_VOLUME = 1 << 6
    PARTLY_OUT = 1 << 7
    ALGORITHM_LIMIT = 1 << 8
    IR_INTERFERENCE = 1 << 9
    EXCEPTION = 1 << 12
    FELL_BEHIND = 1 << 14
    BUFFER_LIMIT = 1 << 15


class SystemStatus(IntFlag):
    """Status of the whole system."""

    SYNC_ERROR = 1
    TOO_MUCH_IR = 1 << 1
    SYSTEM_CRC = 1 << 2
    RECOVERABLE = 1 << 3
    HARDWARE_FAILURE = 1 << 4
    HARDWARE_CHANGE = 1 << 5
    PORT_OCCUPIED = 1 << 6
    PORT_UNOCCUPIED = 1 << 7
    DIAGNOSTIC = 1 << 8
    TEMPERATURE = 1 << 9
    CONFIGURATION = 1 << 10


class HandleStatus(IntEnum):
    """Status byte of a handle in a BX reply."""

    VALID = 1
    MISSING = 2
    DISABLED = 4


class BadReply(ValueError):
    """A reply does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a tool is: quaternion (scalar first) and mm, in the camera's frame."""

    quaternion: tuple[float, float, float, float]
    position_mm: tuple[float, float, float]
    error_mm: float


@dataclass(frozen=True, slots=True)
class ToolState:
    """One tool in a tracking reply."""

    handle: int
    pose: Pose | None
    """None: missing or disabled."""
    status: PortStatus
    frame: int
    """Counts at 60 Hz whatever the rate; 0 for a disabled tool."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """One tracking reply."""

    tools: tuple[ToolState, ...]
    system: SystemStatus | None
    """None: not told, as in BX2 replies."""

    def tool(self, handle: int) -> ToolState | None:
        """Return the state of a handle; None if the reply does not have it."""
        return next((tool for tool in self.tools if tool.handle == handle), None)


def parse_tx(text: str) -> Tracking:
    """Read a TX reply of mask 0001 or 0801. Raises BadReply."""
    try:
        count, at = int(text[:2], 16), 2
        tools = []
        for _ in range(count):
            tool, at = _tx_tool(text, at)
            tools.append(tool)
        return Tracking(tuple(tools), SystemStatus(int(text[at : at + 4], 16)))
    except (ValueError, IndexError) as error:
        raise BadReply(f"not a TX reply: {error}") from error


def _tx_tool(text: str, at: int) -> tuple[ToolState, int]:
    handle, at = int(text[at : at + 2], 16), at + 2
    pose = None
    if text.startswith(DISABLED_TEXT, at):
        at += len(DISABLED_TEXT)
        if text[at : at + 1] == "\n":
            return ToolState(handle, None, PortStatus(0), 0), at + 1
    elif text.startswith(MISSING_TEXT, at):
        at += len(MISSING_TEXT)
    else:
        pose, at = _tx_pose(text[at : at + TRANSFORM_CHARS]), at + TRANSFORM_CHARS
    status, frame = int(text[at : at + 8], 16), int(text[at + 8 : at + 16], 16)
    return ToolState(handle, pose, PortStatus(status), frame), at + 17


def _tx_pose(text: str) -> Pose:
    q = tuple(int(text[6 * k : 6 * k + 6]) * Q_SCALE for k in range(4))
    t = tuple(int(text[24 + 7 * k : 31 + 7 * k]) * MM_SCALE for k in range(3))
    return Pose((q[0], q[1], q[2], q[3]), (t[0], t[1], t[2]), int(text[45:51]) * Q_SCALE)


def parse_bx(payload: bytes) -> Tracking:
    """Read the payload of a BX reply of mask 0001 or 0801. Raises BadReply."""
    try:
        at, tools = 1, []
        for _ in range(payload[0]):
            tool, at = _bx_tool(payload, at)
            tools.append(tool)
        (system,) = struct.unpack_from("<H", payload, at)
    except (struct.error, IndexError, ValueError) as error:
        raise BadReply(f"not a BX reply: {error}") from error
    if at + 2 != len(payload):
        raise BadReply(f"a BX reply of {len(payload)} bytes where {at + 2} were due")
    return Tracking(tuple(tools), SystemStatus(system))


def _bx_tool(payload: bytes, at: int) -> tuple[ToolState, int]:
    handle, status = payload[at], HandleStatus(payload[at + 1])
    at += 2
    if status is HandleStatus.DISABLED:
        return ToolState(handle, None, PortStatus(0), 0), at
    pose = None
    if status is HandleStatus.VALID:
        values = struct.unpack_from("<8f", payload, at)
        at += 32
        if all(map(math.isfinite, values)):
            pose = Pose(
                (values[0], values[1], values[2], values[3]),
                (values[4], values[5], values[6]),
                values[7],
            )
    port, frame = struct.unpack_from("<II", payload, at)
    return ToolState(handle, pose, PortStatus(port), frame), at + 8


def parse_handles(text: str) -> tuple[int, ...]:
    """Return the handles that a PHSR reply lists. Raises BadReply."""
    try:
        return tuple(int(text[2 + 5 * k : 4 + 5 * k], 16) for k in range(int(text[:2], 16)))
    except ValueError as error:
        raise BadReply(f"not a PHSR reply: {error}") from error


@dataclass(frozen=True, slots=True)
class Identity:
    """What VER 0 says of the camera."""

    product: str
    serial: str
    version: str
    """The freeze tag, such as `Polaris Vega 008`."""


def parse_version(text: str) -> Identity:
    """Read a VER 0 reply: product, serial number, date, freeze tag, ... one a line."""
    lines = [line.strip() for line in text.split("\n")] + [""] * 4
    serial = lines[1].split(":", 1)[-1].strip()
    tag = next((line for line in lines if line.lower().startswith("freeze tag")), "")
    return Identity(lines[0], serial, tag.split(":", 1)[-1].strip())


ERRORS = {
    "01": "unknown command",
    "02": "command too long",
    "03": "command too short",
    "04": "bad CRC in the command",
    "05": "time-out in the camera",
    "06": "communication parameters refused",
    "07": "wrong number of parameters",
    "08": "invalid handle",
    "09": "invalid priority",
    "0C": "not possible in the present mode",
    "0D": "no tool",
    "0E": "tool not initialised",
    "10": "camera not initialised",
    "12": "tracking cannot be started",
    "13": "tool cannot be initialised",
    "1A": "internal error of the camera",
    "28": "too many tools",
    "2D": "no tool handle left",
    "32": "invalid operation",
    "33": "feature not available",
    "34": "unknown parameter",
    "36": "parameter out of range",
    "39": "no permission",
    "40": "bad tool definition",
    "42": "no device",
}
"""Codes of ERROR replies that a client may meet (research/hil-protocols.md 1.10)."""


def error_text(code: str) -> str:
    """Return what an error code means, for people."""
    return f"ERROR{code} ({ERRORS.get(code, 'unknown code')})"
