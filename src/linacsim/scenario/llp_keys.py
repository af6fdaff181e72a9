"""What a scenario may say about devices that speak LLP/1 (docs/reference/llp.md)."""

from typing import Annotated, Literal

from pydantic import Field

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


class GateBoxStubKeys(StubKeys):
    """How the stand-in for a gate box behaves."""

    ready_after_s: NotNegative = 0.5
    holds: Annotated[tuple[HoldSpan, ...], Field(strict=False)] = ()
    repeat_s: Positive | None = None
    """After this time the holds begin anew."""
    clock_ppm: float = 30.0


class GateBoxKeys(DeviceBase):
    """A box with the lines of one beam-hold device, which speaks LLP/1."""

    kind: Literal["gate-box"]
    device: Annotated[int, Field(ge=0, le=15)]
    """Its id in the beam's BeamHoldDevices; its readiness is what the box says."""
    baud: Annotated[int, Field(ge=9600, le=4_000_000)] = 115_200
    serial_number: Text | None = None
    clock_ppm: ClockPpm = 200.0
    stub: GateBoxStubKeys = GateBoxStubKeys()
