"""Messages into the machine (plans, operator actions, faults) and events out of it."""

from dataclasses import dataclass
from enum import StrEnum

from linacsim.model.beam import Beam
from linacsim.model.elekta import Field
from linacsim.model.samples import PositionSample


class Action(StrEnum):
    """Operator actions (manual, "Loading and delivering an XML Beam")."""

    UNLOAD = "unload"
    PREPARE = "prepare"
    GO_TO = "go_to"
    MV_READY_PRESS = "mv_ready_press"
    MV_READY_RELEASE = "mv_ready_release"
    MV_BEAM_ON = "mv_beam_on"
    KV_BEAM_ON = "kv_beam_on"
    BEAM_OFF = "beam_off"
    ACKNOWLEDGE = "acknowledge"
    """Clear latched interlocks whose cause is gone."""
    OPEN_DOOR = "open_door"
    CLOSE_DOOR = "close_door"
    OVERRIDE = "override"
    """Override the interlock named by `argument`; Service rights only."""
    MOVE = "move"
    """Move the axis named by `argument` by `value` (deg or cm) from the pendant."""
    MOUNT = "mount"
    """Mount accessory code `value` in the slot named by `argument`."""
    PARTIAL_BEAM = "partial_beam"
    """Ask for the last `value` MU only; a TrueBeam refuses it with that reason."""
    APPROVE = "approve"
    """Approve going on after a segmental window was left (manual, "Tracking Action Windows")."""
    DRY_RUN = "dry_run"
    """Ask for motion without MU; not supported by the machine, refused with that reason."""
    TERMINATE = "terminate"
    """End a field for good before all of its MU are delivered."""


class GoToGroup(StrEnum):
    """Groups in which target positions are activated (manual, same section)."""

    GANTRY_COLLIMATOR = "gantry_collimator"
    COUCH_LINEAR = "couch_linear"
    COUCH_ROTATION = "couch_rotation"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Load:
    """A beam arrives at the console."""

    beam: Beam


@dataclass(frozen=True, slots=True)
class Prescribe:
    """A field arrives at the console of a machine that delivers prescribed fields."""

    field: Field


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator presses something."""

    action: Action
    argument: str = ""
    value: float = 0.0


class FaultKind(StrEnum):
    """Faults that a scenario may inject into the plant or the console."""

    AXIS_STUCK = "axis_stuck"
    """The axis named stops responding."""
    AXIS_SLOW = "axis_slow"
    """The axis named reaches only the fraction `value` of commanded speed."""
    AXIS_PUSHED = "axis_pushed"
    """The axis named is displaced by `value` (deg or cm) from outside."""
    DOSE_RATE = "dose_rate"
    """The beam gives only the fraction `value` of the dose asked for."""
    BEAM_HOLD_READY = "beam_hold_ready"
    """Beam-hold device number `target` changes readiness: value 1 ready, 0 not ready."""
    DOSE_CHANNEL = "dose_channel"
    """Dose channel `target`, 1 or 2, reads only the fraction `value` of the dose given."""
    KV_COLLIMATION = "kv_collimation"
    """kV blades or filters do not match the beam: value 1 mismatch, 0 match."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault begins (or, with `clear`, ends)."""

    kind: FaultKind
    target: str = ""
    value: float = 0.0
    clear: bool = False


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A beam-hold device raises or drops its line."""

    device: int
    hold: bool
    """True: the device asks for the beam to be held."""
    time_ns: int
    """When the line changed, by the machine's clock; may lie within the tick to come."""


@dataclass(frozen=True, slots=True)
class HeartBeats:
    """A beam-hold device shows that it lives.

    Many beats may be told at once, ahead of their time; nobody looks at one before. A count of 0
    takes back those told for after `first_ns`.
    """

    device: int
    first_ns: int
    """By the machine's clock."""
    every_ns: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of a tracking source, in the order in which they are received.

    They may be received later than this message comes, so that many ticks can run at once; nobody
    looks at a sample before its time.
    """

    source: str
    samples: tuple[PositionSample, ...]


class Standing(StrEnum):
    """How far something outside may be relied on."""

    GOOD = "good"
    HOLD = "hold"
    """Not now: the beam is held, and goes on by itself once this is over."""
    FAULT = "fault"
    """Not until the operator has acknowledged it."""


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """How a device on a real wire stands, or the real-time loop itself."""

    device: str
    """Its name in the scenario; `REAL_TIME` for the loop."""
    standing: Standing
    text: str = ""
    """Why, for people."""


REAL_TIME = "real time"


@dataclass(frozen=True, slots=True)
class DeviceNote:
    """Something that a device was seen to do, for the log; it changes nothing."""

    device: str
    text: str


Message = (
    Load
    | Prescribe
    | Operator
    | Fault
    | HoldLine
    | HeartBeats
    | Samples
    | DeviceReport
    | DeviceNote
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something the supervisor tells, at a tick."""

    tick: int
    kind: str
    """`state`, `refused`, `interlock`, `cleared`, `overridden`, `progress`, `note`."""
    text: str
    """One line for people."""
