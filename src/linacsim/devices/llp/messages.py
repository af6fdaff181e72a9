"""What hosts and devices say to each other, as records (docs/reference/llp.md, "Messages")."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag


class Flag(IntFlag):
    """Flags of a frame."""

    NONE = 0
    VALID = 0x01
    REPEAT = 0x02
    SYNCED = 0x04
    DEGRADED = 0x08
    RANGE = 0x10
    FAULT = 0x20
    SIM = 0x40
    BOOT = 0x80


class NakCode(IntEnum):
    """Why a command was refused."""

    UNKNOWN_TYPE = 1
    SYNTAX = 2
    VERSION = 3
    CRC = 4
    WRONG_STATE = 5
    BUSY = 6
    NOT_HOMED = 7
    OUT_OF_TRAVEL = 8
    TOO_FAST = 9
    TOO_LATE = 10
    BUFFER_FULL = 11
    BAD_KEY = 12
    BAD_VALUE = 13
    HARDWARE = 14
    NOT_WITH_BEAM = 15


@dataclass(frozen=True, slots=True)
class Channel:
    """One value of a sample."""

    name: str
    unit: str
    """`mm`, `deg`, ...; `1` for a number without one."""


@dataclass(frozen=True, slots=True)
class Helo:
    """A device says what it is."""

    protocol: str
    kind: str
    """`marker`, `stage`, `gate`, `adc` or `combo`."""
    model: str
    serial: str
    firmware: str
    channels: tuple[Channel, ...]
    rate_hz: float
    max_frame: int
    """Longest frame it takes, bytes."""
    features: tuple[str, ...] = ()
    """`t32`: its time wraps at 32 bits; `bin`: it can send binary frames."""


@dataclass(frozen=True, slots=True)
class HostHelo:
    """The host asks who is there, and says the highest protocol it speaks."""

    protocol: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One value a channel, in the order of HELO; NaN: absent."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DeviceBeat:
    """A device is alive, and how it fares."""

    rate_hz: float
    rx_errors: int
    overruns: int
    temperature_c: float
    """0 where it cannot tell."""


@dataclass(frozen=True, slots=True)
class HostBeat:
    """The host is alive; without it outputs go safe after 600 ms."""

    state: str
    """`I` idle, `A` armed, `B` beam on, `H` held, `F` fault."""


@dataclass(frozen=True, slots=True)
class ClockAsk:
    """The host asks for the device's time."""

    id: int
    host_ns: int


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """The device's time when it got the question and when it answered."""

    id: int
    host_ns: int
    """As asked."""
    received_us: int
    sent_us: int


@dataclass(frozen=True, slots=True)
class Configure:
    """Set a key of the device to a value."""

    command: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Run:
    """Begin to send samples."""

    command: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop sending samples; right at any time."""

    command: str


@dataclass(frozen=True, slots=True)
class Ack:
    """A command was carried out; also the host's answer to HELO."""

    command: str
    code: int = 0
    text: str = ""
    """The value taken, where it was rounded."""


@dataclass(frozen=True, slots=True)
class Nak:
    """A command was refused."""

    command: str
    code: int
    """One of `NakCode`, or a later one."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """The lines of a gate box, at each edge and every 50 ms."""

    device: int
    """0 to 15, as in BeamHoldDevices."""
    ready: bool
    enable: bool
    """True: permission to treat; False: hold."""
    line_fault: bool


@dataclass(frozen=True, slots=True)
class Outputs:
    """Set digital outputs; they go safe with the host's beat."""

    mask: int
    levels: int


@dataclass(frozen=True, slots=True)
class Move:
    """Go to a position."""

    command: str
    axis: int
    position: float
    speed: float


@dataclass(frozen=True, slots=True)
class Jog:
    """Move as long as this is repeated."""

    command: str
    axis: int
    speed: float
    max_ms: int


@dataclass(frozen=True, slots=True)
class SetPoints:
    """Be at these positions at a device time."""

    command: str
    number: int
    time_us: int
    positions: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """Find the origin of an axis."""

    command: str
    axis: int


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """Stop all motion at once; sent three times, not answered."""


@dataclass(frozen=True, slots=True)
class StagePosition:
    """Where an axis is."""

    axis: int
    position: float
    speed: float
    state: str
    """`I` idle, `R` running, `H` homing, `A` alarm, `F` without origin."""


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """A device has something to tell."""

    level: int
    """0 note, 1 warning, 2 fault."""
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame of a type that this version does not know; to be ignored."""

    type: str
    fields: tuple[str, ...] = field(default=())


Body = (
    Helo
    | HostHelo
    | Sample
    | DeviceBeat
    | HostBeat
    | ClockAsk
    | ClockAnswer
    | Configure
    | Run
    | Stop
    | Ack
    | Nak
    | Gate
    | Outputs
    | Move
    | Jog
    | SetPoints
    | Home
    | EmergencyStop
    | StagePosition
    | DeviceEvent
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, text or binary."""

    body: Body
    seq: int = 0
    """0 to 65535, one more for each frame sent in this direction."""
    t_us: int = 0
    """Sender's monotonic time at the instant of measurement; hosts send 0."""
    flags: Flag = Flag.NONE
