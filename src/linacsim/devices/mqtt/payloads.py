"""Payloads as strict records: what does not match is refused, and the schemas are published."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Payload(BaseModel):
    """A JSON payload: unknown members, NaN and infinities are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Telemetry(Payload):
    """The machine, at a decimated rate; not retained."""

    notice: Literal["research and test use only: an emulator"] = (
        "research and test use only: an emulator"
    )
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
    """Interlocks that are up, by name."""
    control_point: float
    """Fractional."""
    mu_expected: float
    mu_actual: float
    expected: dict[str, float]
    """Single axes by their XML name, deg or cm."""
    actual: dict[str, float]


class Sample(Payload):
    """A position from a marker, in its own frame; not retained."""

    v: Literal[1]
    seq: Annotated[int, Field(ge=0)]
    """Counts up by one from sample to sample."""
    t: Annotated[int, Field(ge=0)] | None = None
    """Device time in us at the instant of measurement; without it, arrival time counts."""
    f: Annotated[int, Field(ge=0, le=255)] = 1
    """Flags as in LLP/1: bit 0 valid, 4 out of range, 5 fault, 6 simulated."""
    d: Annotated[list[float], Field(min_length=3, max_length=16)]
    """x, y, z in mm, and what else the device measures."""


class Gate(Payload):
    """Lines of a gate box: at every edge and every 50 ms; not retained."""

    v: Literal[1]
    seq: Annotated[int, Field(ge=0)]
    id: Annotated[int, Field(ge=0, le=15)]
    """Beam-hold device number."""
    ready: bool
    enable: bool
    """Permission for the beam; false asks for a hold."""
    fault: bool = False


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
    "telemetry": Telemetry,
    "sample": Sample,
    "gate": Gate,
    "cmd": Command,
    "ack": Ack,
}


def schemas() -> dict[str, Any]:
    """Return the JSON Schema of each payload."""
    return {name: record.model_json_schema() for name, record in SCHEMAS.items()}


def why_not(error: ValidationError) -> str:
    """Return what does not match, in one line."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "payload"
    return f"{where}: {first['msg']}"
