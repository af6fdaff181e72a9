"""What a scenario may say about an MQTT broker (docs/reference/mqtt.md)."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from linacsim.devices.mqtt.broker import Broker
from linacsim.model.findings import InputError
from linacsim.model.messages import Action
from linacsim.scenario.device_base import (
    FaultText,
    Name,
    StubKeys,
    UnprotectedBase,
    check_faults,
)
from linacsim.scenario.llp_keys import ClockPpm, GateBoxStubKeys
from linacsim.scenario.marker_base import CalibrationKeys, MarkerBase
from linacsim.scenario.motion_keys import NotNegative, Positive
from linacsim.scenario.words import OneOf, Strict, Text

EMBEDDED = "embedded"
"""As a URL: the broker that comes with linacsim, on loopback, for this run only."""

ActionName = Annotated[str, OneOf(tuple(action.value for action in Action))]


def _checked_url(url: str) -> str:
    if url != EMBEDDED:
        try:
            Broker.of(url)
        except InputError as error:
            raise ValueError(str(error)) from None
    return url


class Behind(UnprotectedBase):
    """What all devices behind a broker have."""

    url: Literal["stub", "mqtt"] = "mqtt"
    """`stub`: linacsim publishes for it."""
    clock_ppm: ClockPpm = 200.0


class MqttStubKeys(StubKeys):
    """How the stand-in for a marker behaves."""

    noise_mm: NotNegative = 0.05
    clock_ppm: float | None = None
    """It stamps its samples by a clock that is off by this much; null: it has none."""


class MqttMarkerKeys(Behind, MarkerBase):
    """A marker that publishes JSON samples under `linacsim/v1/SITE/NAME/sample`."""

    rate_hz: Annotated[int, Field(ge=1, le=200)] = 60
    """How often it publishes."""
    calibration: CalibrationKeys | None = None
    """Without it, the device's axes are those of the fixed room system."""
    stub: MqttStubKeys = MqttStubKeys()


class MqttGateBoxKeys(Behind):
    """A gate box that publishes its lines under `linacsim/v1/SITE/NAME/gate`."""

    device: Annotated[int, Field(ge=0, le=15)]
    """Its id in the beam's BeamHoldDevices; its readiness is what the box says."""
    stub: GateBoxStubKeys = GateBoxStubKeys()


class MqttKeys(Strict):
    """A broker: telemetry out, commands and samples in. Headless, only what stubs publish is."""

    url: Annotated[Text, AfterValidator(_checked_url)] = "mqtt://127.0.0.1:1883"
    """`mqtt://USER@HOST:PORT`, or `mqtts://` for TLS; `embedded` for the broker that comes with
    linacsim."""
    password_env: Text | None = None
    """Environment variable that holds the password."""
    password_file: Text | None = None
    """File whose first line is the password, relative to the scenario."""
    ca_file: Text | None = None
    """Certificates of the authorities to trust, relative to the scenario; without it, those that
    the system trusts."""
    version: Literal["5", "3.1.1"] = "5"
    site: Name = "lab"
    device: Name = "linac"
    """Name of the machine in the topics."""
    telemetry_hz: Annotated[float, Field(ge=0, le=50)] = 20.0
    """0: none."""
    commands: Annotated[tuple[ActionName, ...], Field(strict=False)] = ()
    """Operator actions that may be asked for; needs a broker with user and password."""
    markers: Annotated[tuple[MqttMarkerKeys, ...], Field(strict=False)] = ()
    gate_boxes: Annotated[tuple[MqttGateBoxKeys, ...], Field(strict=False)] = ()
    faults: Annotated[tuple[FaultText, ...], Field(strict=False)] = ()
    """`silent@START+SECONDS`: the broker is as good as gone."""
    latency_ms: Positive = 0.4
    """Headless: from publishing to having (research/hil-protocols.md 6.3)."""

    @property
    def devices(self) -> "tuple[MqttMarkerKeys | MqttGateBoxKeys, ...]":
        """All that is behind the broker."""
        return (*self.markers, *self.gate_boxes)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for keys in self.devices:
            if keys.name == self.device:
                raise ValueError(f"two devices are called {keys.name}")
        for marker in self.markers:
            check_faults("mqtt-marker", marker.name, marker.stub)
        for box in self.gate_boxes:
            check_faults("mqtt-gate-box", box.name, box.stub)
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give password_env or password_file, not both")
        password = self.password_env or self.password_file
        if password is not None and (self.url == EMBEDDED or not Broker.of(self.url).username):
            raise ValueError("a password needs a user: write mqtt://USER@HOST:PORT")
        if any(not fault.startswith("silent@") for fault in self.faults):
            raise ValueError("faults of a broker: there is silent@START+SECONDS")
        if self.url == EMBEDDED and self.commands:
            raise ValueError("the embedded broker asks for no password, so it takes no commands")
        if self.ca_file is not None and not self.url.startswith("mqtts:"):
            raise ValueError("ca_file is for TLS: write mqtts:// in the url")
        return self
