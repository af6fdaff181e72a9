"""What a scenario may say about motion stages (docs/reference/scenario.md)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.scenario.device_base import DeviceBase, StubKeys
from linacsim.scenario.llp_keys import ClockPpm
from linacsim.scenario.motion_keys import NotNegative, Positive
from linacsim.scenario.words import Strict, Text

Travel = Annotated[tuple[float, float], Field(strict=False)]
RoomAxis = Literal["x", "y", "z", "-x", "-y", "-z"]


class StageAxisKeys(Strict):
    """One axis of a stage: how it stands in the room and what it can do."""

    axis: Text
    """As the device calls it: `X`, `Y`, `Z` for GRBL, `"1"` and on for Zaber, `"0"` and on for
    LLP/1."""
    along: RoomAxis
    """Axis of the room that it moves along, turned round with `-`."""
    zero_mm: float
    """Position of the stage at which its marker has room coordinate 0 on that axis."""
    travel_mm: Travel
    """Lower and upper end, in positions of the stage."""
    speed_mm_per_s: Positive = 100.0
    acceleration_mm_per_s2: Positive = 1000.0


class StageStubKeys(StubKeys):
    """How the stand-in for a stage behaves."""

    start_mm: NotNegative = 30.0
    """How far from its homing switch it stands at first."""


class StageBase(DeviceBase):
    """What all stages have. A stage plays the motion of the scenario or follows the couch."""

    axes: Annotated[tuple[StageAxisKeys, ...], Field(strict=False)]
    """One to three, each along another axis of the room."""
    baud: Annotated[int, Field(ge=300)] = 115200
    play: Literal["motion"] | None = None
    """`motion`: the scenario's own, by the machine's clock."""
    follow: Literal["couch"] | None = None
    """`couch`: whatever the couch does, `follow_delay_ms` later."""
    follow_delay_ms: Positive = 300.0
    shift_ms: Annotated[float, Field(ge=-500, le=500)] = 0.0
    """How much later than told the stage gets anywhere, as measured once: it is told earlier."""
    homing: bool = True
    """Whether it is homed before it plays. Without, its position is taken on trust."""
    homing_s: Positive = 120.0
    """The longest that homing may take."""
    rehome_s: NotNegative | None = None
    """How long after a fault the stage homes by itself and plays on; null: it stays where it is."""
    identity: Text | None = None
    """What must be part of what the device says it is."""
    stub: StageStubKeys = StageStubKeys()

    @model_validator(mode="after")
    def _one_course(self) -> Self:
        if (self.play is None) is (self.follow is None):
            raise ValueError("a stage needs either play: motion or follow: couch")
        names = [axis.axis for axis in self.axes]
        if len(set(names)) < len(names):
            raise ValueError("an axis stands twice in axes")
        return self


class GrblStageKeys(StageBase):
    """A stage with a GRBL 1.1 controller, or grblHAL or FluidNC."""

    kind: Literal["grbl-stage"]
    period_ms: Annotated[float, Field(ge=20, le=500)] = 50.0
    """Between set-points."""
    depth: Annotated[int, Field(ge=1, le=14)] = 4
    """Set-points that wait in the controller; the stage stops this many periods late at most."""
    poll_ms: Annotated[float, Field(ge=50, le=1000)] = 100.0
    """Between questions where it is."""


class ZaberStageKeys(StageBase):
    """A Zaber stage with ASCII protocol and firmware 7.25 or newer."""

    kind: Literal["zaber-stage"]
    period_ms: Annotated[float, Field(ge=10, le=500)] = 25.0
    """Between set-points."""
    microstep_mm: Positive
    """How far it moves in one microstep: from its data sheet."""
    device: Annotated[int, Field(ge=1, le=99)] = 1
    """Its address."""


class LlpStageKeys(StageBase):
    """A home-made stage that speaks LLP/1; it follows set-points by its own clock."""

    kind: Literal["llp-stage"]
    period_ms: Annotated[float, Field(ge=20, le=500)] = 50.0
    """Between set-points."""
    depth: Annotated[int, Field(ge=2, le=14)] = 6
    """Set-points that wait in the stage; it stops this many periods late at most."""
    rate_hz: Annotated[int, Field(ge=5, le=200)] = 50
    """How often it is to say where it is."""
    serial_number: Text | None = None
    """The stage must have it."""
    clock_ppm: ClockPpm = 200.0


StageKeys = GrblStageKeys | ZaberStageKeys | LlpStageKeys
