"""What a scenario file may say, version 1 (docs/reference/scenario.md)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from linacsim.scenario.faults import Trouble
from linacsim.scenario.positions import POSITION_PATTERN, check_key
from linacsim.scenario.script import Default, Step
from linacsim.scenario.words import Figure, InterlockName, InvariantName, StateName, Strict, Text

PositionKey = Annotated[
    str,
    AfterValidator(check_key),
    WithJsonSchema({"type": "string", "pattern": POSITION_PATTERN}),
]


class LogOptions(Strict):
    """How the trajectory log is written, where a folder for it is given."""

    version: Literal["2.1", "3.0", "4.0"] = "3.0"
    interval_ms: Literal[10, 20] = 20


class Expectations(Strict):
    """What must come out; what is not stated is not looked at, but for the invariants."""

    state: StateName
    """Final state of the supervisor."""
    mu: Figure | None = None
    """MU of the dose monitor at the end."""
    total_time_s: Figure | None = None
    """From beam-on to the end of delivery, holds and interruptions included."""
    beam_on_time_s: Figure | None = None
    """The operator's clock: time with beam only."""
    positions: dict[PositionKey, Figure] = Field(default_factory=dict)
    """Where axes stand at the end."""
    interlocks: tuple[InterlockName, ...] | None = Field(default=None, strict=False)
    """All interlocks that came up, in any order."""
    holds: Annotated[int, Field(ge=0)] | None = None
    """How many times the beam was held and went on by itself."""
    refused: tuple[Text, ...] | None = Field(default=None, strict=False)
    """Part of the reason of each refused action, in order; empty: none was refused."""
    events: tuple[Text, ...] = Field(default=(), strict=False)
    """Each is part of some event's text."""
    invariants: tuple[InvariantName, ...] = Field(default=(), strict=False)
    """Invariants that this scenario is meant to break."""


class Scenario(Strict):
    """One scenario."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    title: Text
    machine: Text
    """Name of a shipped machine, or a file beside the scenario."""
    beam: Text
    """TrueBeam XML file, relative to the scenario."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    """All chance in the run comes from it."""
    rights: Literal["basic", "service"] = "basic"
    """Rights of whoever is logged in at the console."""
    room: Literal["as_planned", "empty"] = "as_planned"
    """`as_planned`: the accessories that the beam asks for are mounted and the beam-hold devices
    that it lists are ready; `empty`: none is."""
    check: bool = True
    """Whether the beam must pass the checker before it is loaded. A file that cannot be read
    without errors is refused in any case."""
    start: dict[PositionKey, float] = Field(default_factory=dict)
    """Where axes stand at first, where that is not the machine's own start position."""
    operator: Annotated[tuple[Step, ...], Field(strict=False)] = (Default(do="default"),)
    """What the operator does, one step after another."""
    faults: Annotated[tuple[Trouble, ...], Field(strict=False)] = ()
    """Each on its own clock."""
    log: LogOptions = LogOptions()
    limit_s: Annotated[float, Field(gt=0, le=86_400)] = 3600.0
    """Simulated time after which the run is ended."""
    expect: Expectations
