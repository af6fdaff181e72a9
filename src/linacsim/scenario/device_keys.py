"""What a scenario may say about devices on wires (docs/reference/scenario.md)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from linacsim.model.findings import InputError
from linacsim.scenario.motion_keys import Coordinates, NotNegative, Positive
from linacsim.scenario.words import Strict, Text
from linacsim.stubs.faults import fault_of

STUB = "stub"
"""As a URL: the stand-in that comes with linacsim, on a simulated wire or on a pty of its own."""


def _checked_fault(text: str) -> str:
    try:
        fault_of(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    return text


FaultText = Annotated[
    str, AfterValidator(_checked_fault), WithJsonSchema({"type": "string", "pattern": ".+@.+"})
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class StubKeys(Strict):
    """How a stand-in behaves."""

    faults: Annotated[tuple[FaultText, ...], Field(strict=False)] = ()
    """What goes wrong when, `KIND@START[+DURATION][=VALUE]` in s (docs/reference/faults.md)."""


class DeviceBase(Strict):
    """What all devices have."""

    name: Name
    """Its name in events, logs and topics."""
    url: Text = STUB
    """Device name such as `/dev/ttyUSB0`, `socket://HOST:PORT`, `rfc2217://HOST:PORT`, or `stub`
    for the stand-in that comes with linacsim."""
    allow_simulated: bool = True
    """Whether a stub may release the beam of the emulator."""


class MarkerBase(DeviceBase):
    """What all devices have that see a marker."""

    source: Text = "NDI"
    """Tracking source that it stands for."""
    least_age_limit_ms: Positive = 100.0
    """A sample older than this, or than three sample periods if that is more, holds the beam."""
    speed_limit_cm_per_s: Positive = 10.0
    """Faster is a spike, which no marker on a patient does."""


class CalibrationKeys(Strict):
    """From the device's frame to the fixed room system."""

    origin_cm: Coordinates
    """The device's origin in the room."""
    x_axis: Coordinates
    """Its x axis in the room, of length 1."""
    y_axis: Coordinates
    z_axis: Coordinates


class PolarisStubKeys(StubKeys):
    """How the stand-in for a Polaris behaves."""

    noise_mm: NotNegative = 0.045
    freeze_tag: Text = "Polaris Vega 008"


class PolarisKeys(MarkerBase):
    """An NDI Polaris camera and one marker block."""

    kind: Literal["ndi-polaris"]
    baud: Literal[9600, 14400, 19200, 38400, 57600, 115200, 921600] = 115200
    """Rate to switch a serial line to."""
    rate_hz: Literal[20, 30, 60] = 60
    latency_ms: NotNegative = 14.2
    """From a frame to its earliest reply (research/hil-protocols.md 1.11, a Vega)."""
    binary: bool = True
    """Ask with BX; else with TX."""
    tool_file: Text | None = None
    """Tool definition (.rom), relative to the scenario; without it, that of the stub's block."""
    serial_number: Text | None = None
    """The camera must have it."""
    calibration: CalibrationKeys | None = None
    """Without it, a camera at the foot of the couch (docs/how-to/optical-camera.md)."""
    stub: PolarisStubKeys = PolarisStubKeys()


DeviceKeys = PolarisKeys


class LatePolicyKeys(Strict):
    """What lateness of the real-time loop does."""

    late_ms: Positive = 5.0
    hold_after: Annotated[int, Field(ge=1)] | None = 3
    """Late ticks in a row that hold the beam; null: none do."""
    release_after: Annotated[int, Field(ge=1)] = 50
    """Punctual ticks in a row that end the hold."""
    stop_ms: Positive | None = 1000.0
    """Lateness that ends the run; null: none does."""


class RealTimeKeys(Strict):
    """How the scenario is run with --realtime."""

    period_ms: Literal[10, 20] = 10
    wait_s: Positive = 30.0
    """How long devices may take to become live."""
    late: LatePolicyKeys = LatePolicyKeys()


def distinct_names(devices: tuple[DeviceKeys, ...]) -> None:
    """Raise ValueError where two devices have one name."""
    names = [device.name for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two devices are called {name}")
