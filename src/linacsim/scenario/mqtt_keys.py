"""What a scenario may say about an MQTT broker (docs/reference/mqtt.md)."""

from typing import Annotated, Literal

from pydantic import Field

from linacsim.model.messages import Action
from linacsim.scenario.device_base import Name, StubKeys
from linacsim.scenario.marker_base import MarkerBase
from linacsim.scenario.motion_keys import NotNegative, Positive
from linacsim.scenario.words import OneOf, Strict, Text

ActionName = Annotated[str, OneOf(tuple(action.value for action in Action))]


class MqttStubKeys(StubKeys):
    """How the stand-in for a marker behaves."""

    noise_mm: NotNegative = 0.05


class MqttMarkerKeys(MarkerBase):
    """A marker that publishes JSON samples under `linacsim/v1/SITE/NAME/sample`."""

    url: Literal["stub", "mqtt"] = "mqtt"
    """`stub`: linacsim publishes for it, from what moves in the scenario."""
    rate_hz: Annotated[float, Field(gt=0, le=1000)] = 60.0
    """How often it publishes."""
    allow_unprotected: bool = False
    """Whether samples without a checksum may release the beam; without it they only hold it."""
    stub: MqttStubKeys = MqttStubKeys()


class MqttKeys(Strict):
    """A broker: telemetry out, commands and samples in. Headless, only samples of stubs are."""

    url: Text = "mqtt://127.0.0.1:1883"
    """`mqtt://HOST:PORT`, or `mqtts://` for TLS; with `USER:PASSWORD@` where the broker asks."""
    password_env: Text | None = None
    """Environment variable that holds the password, so that no file has to."""
    version: Literal["5", "3.1.1"] = "5"
    site: Name = "lab"
    device: Name = "linac"
    """Name of the machine in the topics."""
    telemetry_hz: Annotated[float, Field(ge=0, le=50)] = 20.0
    """0: none."""
    commands: Annotated[tuple[ActionName, ...], Field(strict=False)] = ()
    """Operator actions that may be asked for; needs a broker with user and password."""
    markers: Annotated[tuple[MqttMarkerKeys, ...], Field(strict=False)] = ()
    latency_ms: Positive = 0.4
    """Headless: from publishing to having (research/hil-protocols.md 6.3)."""
