"""What a scenario may say about devices on wires (docs/reference/scenario.md)."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.devices.ndi.forms import STREAMED_BYTES
from linacsim.scenario.csv_keys import CsvMarkerKeys
from linacsim.scenario.device_base import STUB, Name, StubKeys, check_faults
from linacsim.scenario.llp_keys import GateBoxKeys, LlpMarkerKeys
from linacsim.scenario.marker_base import CalibrationKeys, MarkerBase
from linacsim.scenario.motion_keys import NotNegative, Positive
from linacsim.scenario.mqtt_keys import MqttKeys
from linacsim.scenario.stage_keys import StageBase, StageKeys
from linacsim.scenario.words import Strict, Text

TAKEN_NAMES = frozenset({"writer", "mqtt", "icom", "checks"})
"""Of what reports on itself in a run as devices do; the machine knows them by name alone."""
_BITS_PER_BYTE = 10
"""On a serial line: start bit, eight bits, stop bit."""


class PolarisStubKeys(StubKeys):
    """How the stand-in for a Polaris behaves."""

    noise_mm: NotNegative = 0.045
    freeze_tag: Text = "Polaris Vega 008"
    carried_by: Name | None = None
    """The stage whose stand-in carries the marker; without it the marker moves by itself."""


class PolarisKeys(MarkerBase):
    """An NDI Polaris camera and one marker block."""

    kind: Literal["ndi-polaris"]
    baud: Literal[9600, 14400, 19200, 38400, 57600, 115200, 921600] = 115200
    """Rate to switch a serial line to."""
    rate_hz: Literal[20, 30, 60] = 60
    latency_ms: NotNegative = 14.2
    """From a frame to its earliest reply (research/hil-protocols.md 1.11, a Vega)."""
    reply: Literal["tx", "bx", "bx2", "stream"] = "bx"
    """Ask with TX, BX, or BX2 where the camera offers that, or let it send each frame by itself."""
    tool_file: Text | None = None
    """Tool definition (.rom), relative to the scenario; without it, that of the stub's block."""
    serial_number: Text | None = None
    """The camera must have it."""
    calibration: CalibrationKeys | None = None
    """Without it, a camera at the foot of the couch (docs/how-to/optical-camera.md)."""
    stub: PolarisStubKeys = PolarisStubKeys()

    @model_validator(mode="after")
    def _fast_enough(self) -> Self:
        needed = self.rate_hz * STREAMED_BYTES * _BITS_PER_BYTE
        if self.reply == "stream" and self.baud < needed:
            raise ValueError(
                f"reply stream at {self.rate_hz} Hz needs {needed} baud or more: "
                "raise baud, lower rate_hz, or ask with bx"
            )
        return self


DeviceKeys = Annotated[
    PolarisKeys | LlpMarkerKeys | CsvMarkerKeys | GateBoxKeys | StageKeys,
    Field(discriminator="kind"),
]


class LatePolicyKeys(Strict):
    """What lateness of the real-time loop does."""

    late_ms: Positive | None = None
    """From when on a tick is late; null: half a period."""
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


def check_devices(devices: tuple[DeviceKeys, ...], mqtt: MqttKeys | None) -> None:
    """Raise ValueError where two devices cannot be told apart, a marker is carried by no stand-in,
    or a stand-in is asked for a fault that it cannot commit."""
    _check_names([device.name for device in (*devices, *(mqtt.devices if mqtt else ()))])
    boxes = [device.device for device in devices if isinstance(device, GateBoxKeys)]
    boxes += [box.device for box in mqtt.gate_boxes] if mqtt else []
    if len(set(boxes)) < len(boxes):
        raise ValueError("two gate boxes are the same beam-hold device")
    for device in devices:
        check_faults(device.kind, device.name, device.stub)
    carriers = {d.name for d in devices if isinstance(d, StageBase) and d.url == STUB}
    for device in devices:
        carrier = device.stub.carried_by if isinstance(device, PolarisKeys) else None
        if carrier is not None and (carrier not in carriers or device.url != STUB):
            raise ValueError(
                f"{device.name}: carried_by {carrier}: both must be devices with url: stub, and "
                f"{carrier} a stage"
            )


def _check_names(names: Sequence[str]) -> None:
    """Raise ValueError for a name that reports of two would share."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two devices are called {name}")
        if name in TAKEN_NAMES:
            raise ValueError(f"no device can be called {name}: a part of linacsim is")
