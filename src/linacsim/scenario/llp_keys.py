"""What a scenario may say about devices that speak LLP/1 (docs/reference/llp.md)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.scenario.device_base import DeviceBase, StubKeys
from linacsim.scenario.marker_base import CalibrationKeys, MarkerBase
from linacsim.scenario.motion_keys import NotNegative, Positive
from linacsim.scenario.words import Seconds, Strict, Text

ClockPpm = Annotated[float, Field(ge=1, le=5000)]
"""How far the device's clock may be off: 200 for a crystal, 5000 for a ceramic resonator."""


class LlpMarkerStubKeys(StubKeys):
    """How the stand-in for a marker behaves."""

    noise_mm: NotNegative = 0.02
    clock_ppm: float = 30.0
    """By how much its clock is off."""


class LlpMarkerKeys(MarkerBase):
    """A home-made marker that speaks LLP/1."""

    kind: Literal["llp-marker"]
    baud: Annotated[int, Field(ge=9600, le=4_000_000)] = 115_200
    rate_hz: Annotated[int, Field(ge=1, le=200)] = 60
    """Rate that the device is set to."""
    serial_number: Text | None = None
    """The device must have it."""
    binary: bool = False
    """COBS frames instead of text, where the device can."""
    clock_ppm: ClockPpm = 200.0
    calibration: CalibrationKeys | None = None
    """Without it, the device's axes are those of the fixed room system."""
    stub: LlpMarkerStubKeys = LlpMarkerStubKeys()


class HoldSpan(Strict):
    """The box asks for a hold for a while."""

    from_s: Seconds
    to_s: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to_s <= self.from_s:
            raise ValueError("a hold ends after it begins: to_s must be above from_s")
        return self


class GateBoxStubKeys(StubKeys):
    """How the stand-in for a gate box behaves."""

    ready_after_s: NotNegative = 0.5
    holds: Annotated[tuple[HoldSpan, ...], Field(strict=False)] = ()
    repeat_s: Positive | None = None
    """After this time the holds begin anew."""
    clock_ppm: float = 30.0

    @model_validator(mode="after")
    def _before_they_begin_anew(self) -> Self:
        if self.repeat_s is not None and any(hold.to_s > self.repeat_s for hold in self.holds):
            raise ValueError("holds must end before they begin anew, after repeat_s")
        return self


class GateBoxKeys(DeviceBase):
    """A box with the lines of one beam-hold device, which speaks LLP/1."""

    kind: Literal["gate-box"]
    device: Annotated[int, Field(ge=0, le=15)]
    """Its id in the beam's BeamHoldDevices; its readiness is what the box says."""
    baud: Annotated[int, Field(ge=9600, le=4_000_000)] = 115_200
    serial_number: Text | None = None
    clock_ppm: ClockPpm = 200.0
    stub: GateBoxStubKeys = GateBoxStubKeys()
