"""What a scenario file may say, version 1 (docs/reference/scenario.md)."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from linacsim.scenario.device_keys import DeviceKeys, RealTimeKeys, check_devices
from linacsim.scenario.faults import Trouble
from linacsim.scenario.hold_lines import HoldDeviceKeys, HoldLineKeys
from linacsim.scenario.icom_keys import IcomKeys
from linacsim.scenario.motion_keys import MotionKeys, SensorKeys, TargetKeys, WindowKeys
from linacsim.scenario.mqtt_keys import MqttKeys
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
    trf_version: Literal[1, 3] = 3
    """Of the TRF log of an Agility."""


class GatingFigures(Strict):
    """What gating must come to (docs/how-to/gate-a-beam.md)."""

    duty_cycle: Figure | None = None
    """Share of the delivery with beam."""
    gate_duty_cycle: Figure | None = None
    """Share of the delivery in which a gate without any delay would allow the beam."""
    beam_off_latency_ms: Figure | None = None
    """Mean from leaving the gate to the end of dose."""
    beam_on_latency_ms: Figure | None = None
    """Mean from entering the gate to the begin of dose."""
    outside_mu: Figure | None = None
    """Dose delivered outside the gate."""
    residual_rms_cm: Figure | None = None
    """RMS of the target's distance from its mean place, while there is dose."""


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
    no_progress: bool = False
    """Whether `no_progress_s` ends the run."""
    gating: GatingFigures | None = None


class Scenario(Strict):
    """One scenario."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    title: Text
    machine: Text
    """Name of a shipped machine, or a file beside the scenario."""
    beam: Text
    """TrueBeam XML file or DICOM RT Plan, relative to the scenario."""
    beam_number: Annotated[int, Field(ge=0)] | None = None
    """Which beam of a plan; without it all of a fraction group, in one sequence."""
    group_number: Annotated[int, Field(ge=0)] | None = None
    """Which fraction group of a plan; without it the first (that has the beam)."""
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
    gate: Text | None = None
    """Set-up of the gating interface, one of the machine's presets: device 4 holds the beam with
    its latencies. Only of machines that deliver prescribed fields."""
    window: WindowKeys | None = None
    """In what part of `motion` a prescribed field is delivered."""
    start: dict[PositionKey, float] = Field(default_factory=dict)
    """Where axes stand at first, where that is not the machine's own start position."""
    operator: Annotated[tuple[Step, ...], Field(strict=False)] = (Default(do="default"),)
    """What the operator does, one step after another."""
    faults: Annotated[tuple[Trouble, ...], Field(strict=False)] = ()
    """Each on its own clock."""
    hold_lines: Annotated[tuple[HoldLineKeys, ...], Field(strict=False)] = ()
    """Lines of beam-hold devices, each on its own clock."""
    hold_devices: Annotated[tuple[HoldDeviceKeys, ...], Field(strict=False)] = ()
    """Beam-hold devices with a heart-beat, or with rules of their own for their lines."""
    motion: MotionKeys | None = None
    """What moves in patient or phantom: the surrogate that the sensor sees."""
    sensor: SensorKeys | None = None
    """What sees it; without it, the optical camera."""
    target: TargetKeys | None = None
    """How the target follows the surrogate; without it, the target is the surrogate."""
    devices: Annotated[tuple[DeviceKeys, ...], Field(strict=False)] = ()
    """Devices on wires. Headless, stubs on simulated wires stand in for them; with --realtime they
    are at their URLs."""
    mqtt: MqttKeys | None = None
    """A broker: telemetry, commands, and markers that publish their samples."""
    icom: IcomKeys | None = None
    """The stream of an Elekta machine, for listeners on TCP; only with --realtime."""
    real_time: RealTimeKeys = RealTimeKeys()
    """How it is run with --realtime."""
    log: LogOptions = LogOptions()
    limit_s: Annotated[float, Field(gt=0, le=86_400)] = 3600.0
    """Simulated time after which the run is ended."""
    no_progress_s: Annotated[float, Field(gt=0, le=86_400)] = 120.0
    """A beam that stands for this long, held or not, ends the run."""
    expect: Expectations

    @model_validator(mode="after")
    def _seen(self) -> Self:
        if self.motion is None:
            for name in ("sensor", "target", "window"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} needs motion")
            if self.expect.gating is not None:
                raise ValueError("expect.gating needs motion")
        check_devices(self.devices, self.mqtt)
        if self.motion is None and any(getattr(d, "play", None) for d in self.devices):
            raise ValueError("a stage that plays motion needs motion")
        ids = [keys.device for keys in self.hold_devices]
        if len(set(ids)) < len(ids):
            raise ValueError("hold_devices: each device once")
        return self
