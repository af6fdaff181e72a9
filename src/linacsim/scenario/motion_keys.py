"""What a scenario may say about motion and the sensor that sees it (docs/reference/scenario.md)."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from linacsim.formats.traces import policy_from
from linacsim.motion.presets import sensor_names
from linacsim.motion.waveforms import MOST_POWER
from linacsim.scenario.words import Fraction, OneOf, Seconds, Strict, Text

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Lasting = Annotated[float, Field(gt=0, le=86_400)]
"""Seconds, at most a day."""
FAR = 10_000
"""Centimetres; nothing in a room is farther."""
Way = Annotated[float, Field(ge=0, le=FAR)]
Bounded = Annotated[float, Field(ge=-FAR, le=FAR)]
"""What may be below zero too: far wider than anything that makes sense, and never infinite."""
Coordinates = Annotated[tuple[Bounded, Bounded, Bounded], Field(strict=False)]
"""X, Y, Z of the fixed room system."""
Polynomial = Annotated[tuple[Bounded, Bounded, Bounded, Bounded], Field(strict=False)]
TraceAxis = Literal["x", "y", "z", "-x", "-y", "-z", "0"]
Angle = Annotated[float, Field(ge=0, le=360)]
GantrySpan = Annotated[tuple[Angle, Angle], Field(strict=False)]


def _checked_policy(word: str) -> str:
    policy_from([word])
    return word


PolicyWord = Annotated[str, AfterValidator(_checked_policy)]
SensorName = Annotated[str, OneOf(sensor_names())]


class Breath(Strict):
    """What all motion to and fro along a line has."""

    period_s: Lasting
    travel_cm: Way
    """From full exhale to full inhale."""
    power: Annotated[int, Field(ge=1, le=MOST_POWER)] = 1
    """n of cos^2n: 1 is a sine, more rests longer in exhale."""
    direction: Coordinates = (0.0, 0.0, 1.0)
    """Along which breathing in moves; need not have length 1."""
    origin_cm: Coordinates = (0.0, 0.0, 0.0)
    """Where displacement is 0."""
    tilt_deg_per_cm: Coordinates = (0.0, 0.0, 0.0)
    """Turning about X, Y, Z with displacement."""


class SineMotion(Breath):
    """The same breath again and again."""

    kind: Literal["sine"]
    start_phase_deg: float = 0.0
    """Phase at time 0; 0 is full inhale."""
    exhale_cm: Bounded = 0.0
    """Displacement at full exhale."""


class CoughKeys(Strict):
    """A short burst on top of breathing."""

    at_s: Seconds
    height_cm: Bounded = 0.8


class BreathHoldKeys(Strict):
    """The patient is asked to hold the next full inhale."""

    asked_s: Seconds
    duration_s: Lasting
    travel_cm: Positive | None = None
    """Depth of the breath that is held; without it, as it comes."""


class PatientMotion(Breath):
    """No breath like the last. Shares are standard deviations over means."""

    kind: Literal["patient"]
    power: Annotated[int, Field(ge=1, le=MOST_POWER)] = 2
    """n of cos^2n: 1 is a sine, more rests longer in exhale."""
    period_share: Fraction = 0.10
    travel_share: Fraction = 0.15
    exhale_deviation_cm: Way = 0.05
    """Standard deviation of the level of full exhale."""
    exhale_memory: Annotated[float, Field(ge=0, lt=1)] = 0.8
    """Correlation of that level from breath to breath."""
    drift_cm_per_min: Bounded = 0.0
    coughs: Annotated[tuple[CoughKeys, ...], Field(strict=False)] = ()
    breath_holds: Annotated[tuple[BreathHoldKeys, ...], Field(strict=False)] = ()


class ConstantMotion(Strict):
    """Constant velocity; without one it stands still."""

    kind: Literal["constant"]
    velocity_cm_per_s: Coordinates = (0.0, 0.0, 0.0)
    origin_cm: Coordinates = (0.0, 0.0, 0.0)


class TraceMotion(Strict):
    """A recorded trace, replayed at its own rate."""

    kind: Literal["trace"]
    file: Text
    """Relative to the scenario."""
    columns: Text | None = None
    """Columns of a CSV file, as for `linacsim trace --columns`."""
    policy: Annotated[tuple[PolicyWord, ...], Field(strict=False)] = ()
    """What is done with defects of the file, as for `linacsim trace --policy`: `lost=keep`."""
    rate_hz: Positive | None = None
    """For files without time or with a wrong clock."""
    amplitude_axis: Literal["x", "y", "z"] = "z"
    """Axis of a file with a single amplitude."""
    invert: bool = False
    """Turns the sign of what the file says."""
    crop_from_s: Seconds = 0.0
    crop_to_s: Seconds | None = None
    resample_hz: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Linear interpolation to an even rate; without it, samples stay as they are."""
    axes: Annotated[tuple[TraceAxis, TraceAxis, TraceAxis], Field(strict=False)] = ("x", "y", "z")
    """What moves X, Y and Z: an axis of the trace, turned round with `-`, or `"0"`."""
    scale: Bounded = 1.0
    offset_cm: Coordinates = (0.0, 0.0, 0.0)
    loop: bool = False
    start_s: Seconds = 0.0
    """When the trace begins, on the machine's clock."""


MotionKeys = Annotated[
    SineMotion | PatientMotion | ConstantMotion | TraceMotion, Field(discriminator="kind")
]


class TargetKeys(Strict):
    """How the target follows the surrogate that the sensor sees: a0 to a3 of its amplitude."""

    x: Polynomial = (0.0, 0.0, 0.0, 0.0)
    y: Polynomial = (0.0, 0.0, 0.0, 0.0)
    z: Polynomial = (0.0, 0.0, 0.0, 0.0)
    lag_s: Seconds = 0.0
    """The target does what the surrogate did this long ago."""
    direction: Coordinates = (0.0, 0.0, 1.0)
    """Along which the surrogate's amplitude is taken."""


class Outage(Strict):
    """The sensor sends nothing for a while."""

    from_s: Seconds
    to_s: Seconds

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to_s <= self.from_s:
            raise ValueError("to_s must be after from_s")
        return self


class SensorKeys(Strict):
    """A sensor that comes with linacsim, with numbers of one's own.

    What a preset or a key says of the chain behind the sensor takes the place of the machine's own.
    """

    preset: SensorName = "NDI"
    source: Text | None = None
    """Tracking source that it stands for; without it, that of the preset."""
    rate_hz: Positive | None = None
    latency_ms: NotNegative | None = None
    latency_jitter_ms: NotNegative | None = None
    clock_jitter_ms: NotNegative | None = None
    noise_cm: NotNegative | None = None
    angle_noise_deg: NotNegative | None = None
    quantum_cm: NotNegative | None = None
    loss_share: Fraction | None = None
    """Share of single samples in which the marker is not seen."""
    max_age_ms: Positive | None = None
    """Samples older than this do not allow the beam; the machine's own limit holds too."""
    transport_ms: NotNegative | None = None
    """From the sensor to the gating system, on top of `latency_ms`."""
    decision_ms: NotNegative | None = None
    """From the arrival of a sample to the edge of the gate's line."""
    beam_on_ms: NotNegative | None = None
    """The linac's own, from the edge to the first dose."""
    beam_off_ms: NotNegative | None = None
    """The linac's own, from the edge to the end of dose."""
    occluded_gantry_deg: Annotated[tuple[GantrySpan, ...], Field(strict=False)] | None = None
    """Gantry angles (Varian internal scale) at which the marker is hidden, each from and to, over
    0 where from is more than to."""
    outages: Annotated[tuple[Outage, ...], Field(strict=False)] = ()


class WindowKeys(Strict):
    """In what part of the motion a field is delivered: of its amplitude, or of its phase."""

    amplitude_cm: Annotated[tuple[float, float], Field(strict=False)] | None = None
    """Lowest and highest."""
    phase_deg: Annotated[tuple[Angle, Angle], Field(strict=False)] | None = None
    """From the first on through rising phases to the second, also across 360."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amplitude_cm is None) == (self.phase_deg is None):
            raise ValueError("give one of amplitude_cm and phase_deg")
        if self.amplitude_cm is not None and not self.amplitude_cm[0] < self.amplitude_cm[1]:
            raise ValueError("amplitude_cm: give the lowest first, then the highest")
        return self
