"""Payloads as strict records: what does not match is refused, and the schemas are published."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linacsim.devices.llp.messages import Flag

Notice = Literal["research and test use only: an emulator, never a real machine"]
NOTICE: Notice = "research and test use only: an emulator, never a real machine"


class Payload(BaseModel):
    """A JSON payload: unknown members, NaN and infinities are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


Count = Annotated[int, Field(strict=True, ge=0, lt=2**63)]


class About(Payload):
    """Who the machine is, and what may be said to it; retained."""

    notice: Notice = NOTICE
    program: Literal["linacsim"] = "linacsim"
    version: str
    commands: list[str]
    """Names of the commands that are obeyed."""
    schemas: dict[str, Any]
    """JSON Schema of each payload, by the last part of its topic."""


class Telemetry(Payload):
    """The machine, at a decimated rate; not retained."""

    notice: Notice = NOTICE
    tick: int
    """Ticks of 10 ms since the start of the run."""
    time_s: float
    state: str
    """State of the supervisor."""
    beam_on: bool
    hold_expected: int
    hold_actual: int
    """Beam hold as in a trajectory log: 0 normal, 1 freeze, 2 hold, 3 disabled."""
    held_by: list[str]
    """Interlocks that are up, by name; a gate that is closed is among them as BEAM_HOLD."""
    holds: int
    """How many times the beam was held since the start of the run."""
    beam_on_s: float
    """How long there was beam since then."""
    control_point: float
    """Fractional."""
    mu_expected: float
    mu_actual: float
    expected: dict[str, float]
    """Single axes by their XML name, deg or cm."""
    actual: dict[str, float]


class Happened(Payload):
    """Something the machine has to say: a change of state, an interlock, a refusal."""

    tick: int
    kind: str
    text: str


class Stamped(Payload):
    """What a device measured, or saw of its lines; not retained."""

    v: Literal[1]
    seq: Count
    """Counts up by one from payload to payload, and does not wrap."""
    t: Count | None = None
    """Device time in us at that instant, 32 bits or more. A device that gives it must answer `ts`;
    without it, the time of arrival counts."""
    f: Annotated[int, Field(ge=0, le=255)] = 1
    """Flags as in LLP/1: bit 0 valid, 1 repeated, 3 degraded, 4 out of range, 5 fault, 6 simulated,
    7 restarted."""

    @property
    def flags(self) -> Flag:
        """What it says of itself."""
        return Flag(self.f)


class Sample(Stamped):
    """A position from a marker, in its own frame."""

    d: Annotated[list[float], Field(min_length=3, max_length=16)] | None = None
    """x, y, z in mm, and what else the device measures; may be left out where f is not valid."""

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.d is None and self.flags & Flag.VALID:
            raise ValueError("d is needed where f says valid")
        return self


class Gate(Stamped):
    """Lines of a gate box: at every edge and every 50 ms."""

    id: Annotated[int, Field(ge=0, le=15)]
    """Beam-hold device number."""
    ready: bool
    enable: bool
    """Permission for the beam; false asks for a hold."""
    fault: bool = False
    """The box sees that its line is broken."""


class ClockAsk(Payload):
    """What time is it on the device's clock?"""

    id: Count
    """To be echoed."""


class ClockAnswer(Payload):
    """The device's clock when it was asked."""

    v: Literal[1]
    id: Count
    t2: Count
    """Device time in us when the question came."""
    t3: Count
    """Device time in us when this was sent."""


class Command(Payload):
    """Something the operator's console is asked to do; never retained."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    """Echoed by the acknowledgement; a second command of the same id is not obeyed again."""
    args: dict[str, str | float] = Field(default_factory=dict)
    exp_ms: Annotated[int, Field(gt=0)]
    """Unix time in ms after which it must not be obeyed."""


class Ack(Payload):
    """The answer to a command."""

    id: str
    code: int
    """0 obeyed, 1 not allowed, 2 not understood, 3 too late, 4 already done."""
    text: str


SCHEMAS: dict[str, type[Payload]] = {
    "desc": About,
    "telemetry": Telemetry,
    "event": Happened,
    "sample": Sample,
    "gate": Gate,
    "ts": ClockAsk,
    "t": ClockAnswer,
    "cmd": Command,
    "ack": Ack,
}
"""By the last part of the topic."""


def schemas() -> dict[str, Any]:
    """Return the JSON Schema of each payload."""
    return {name: record.model_json_schema() for name, record in SCHEMAS.items()}


def why_not(error: ValidationError) -> str:
    """Return what does not match, in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    return f"{where}: {first['msg']}"
