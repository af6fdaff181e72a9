"""The MQTT side of a scenario: a link when live, simulated publishing when headless."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.devices.box_lines import EVERY_NS, box_limits
from linacsim.devices.llp.marker import AS_IN_THE_ROOM
from linacsim.devices.mqtt.broker import Broker
from linacsim.devices.mqtt.device import Behind, MqttDevice
from linacsim.devices.mqtt.gate_box import MqttGateBox
from linacsim.devices.mqtt.marker import MqttMarker
from linacsim.devices.mqtt.telemetry import TelemetrySink
from linacsim.engines.simulated import SimulatedDevices
from linacsim.model.findings import InputError, Place
from linacsim.model.messages import Action
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS
from linacsim.motion.source import Motion
from linacsim.scenario.device_base import STUB
from linacsim.scenario.llp import gate_script
from linacsim.scenario.markers import allowed_of, calibration_of, limits_of
from linacsim.scenario.mqtt_keys import EMBEDDED, MqttGateBoxKeys, MqttKeys, MqttMarkerKeys
from linacsim.scenario.mqtt_simulated import MqttSimulated
from linacsim.stubs.faults import Faults, Kind, fault_of
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import GateLines
from linacsim.stubs.llp.marker import Marker
from linacsim.stubs.mqtt.box import MqttBox

if TYPE_CHECKING:
    from linacsim.devices.mqtt.link import MqttLink

NAME = "mqtt"
TICKS_PER_S = NS_PER_S // TICK_NS
FLOOD = 4
"""Times the messages expected."""

DeviceKeys = MqttMarkerKeys | MqttGateBoxKeys


@dataclass(frozen=True, slots=True)
class MqttSide:
    """Broker, devices and telemetry of a scenario."""

    keys: MqttKeys
    motion: Motion
    """What stubs see."""
    seed: int
    path: Path
    """The scenario."""

    @property
    def devices(self) -> tuple[DeviceKeys, ...]:
        """All that is behind the broker."""
        return self.keys.devices

    @property
    def markers(self) -> tuple[MqttMarkerKeys, ...]:
        """Devices that publish where a marker is."""
        return tuple(self.keys.markers)

    @property
    def sources(self) -> frozenset[str]:
        """Tracking sources that markers stand for."""
        return frozenset(marker.source for marker in self.markers)

    @property
    def boxes(self) -> frozenset[int]:
        """Beam-hold devices whose readiness a box tells."""
        return frozenset(box.device for box in self.keys.gate_boxes)

    @property
    def embedded(self) -> bool:
        """Whether it brings its own broker."""
        return self.keys.url == EMBEDDED

    def broker(self, embedded_at: str = "") -> Broker:
        """Return the broker; `embedded_at` is the URL of the one brought along.

        Raises InputError where the password is not to be had.
        """
        keys = self.keys
        broker = Broker.of(embedded_at or keys.url)
        return replace(
            broker,
            password=self._password(),
            ca_file=None if keys.ca_file is None else self.path.parent / keys.ca_file,
            version_5=keys.version == "5" and not self.embedded,
        )

    def link(self, embedded_at: str = "") -> tuple["MqttLink", TelemetrySink | None]:
        """Return the device of a live run and its telemetry. Raises InputError."""
        # The MQTT client takes a tenth of a second to import, which headless runs need not pay.
        from linacsim.devices.mqtt.link import MqttLink, MqttSettings

        keys = self.keys
        every = round(TICKS_PER_S / keys.telemetry_hz) if keys.telemetry_hz else 0
        telemetry = TelemetrySink(every) if every else None
        commands = frozenset(map(Action, keys.commands))
        settings = MqttSettings(self.broker(embedded_at), keys.site, keys.device, commands)
        devices = [_device(one) for one in self.devices]
        lost = _faults(keys.faults, self.seed)

        def gone(now_ns: int) -> bool:
            return lost.on(Kind.SILENT, now_ns) is not None

        try:
            link = MqttLink(NAME, settings, devices, telemetry, gone)
        except InputError as error:
            raise InputError(str(error), Place(str(self.path), element=NAME)) from None
        return link, telemetry

    def stubs(self) -> Mapping[str, MqttBox]:
        """Return what stands in for the devices that are stubs, by name."""
        return {keys.name: self._stub(keys) for keys in self.devices if keys.url == STUB}

    def simulated(self) -> SimulatedDevices:
        """Return the devices as a headless run has them.

        Raises InputError for one that is not a stub.
        """
        for keys in self.devices:
            if keys.url != STUB:
                text = f"{keys.name} is no stub: run this scenario with --realtime"
                raise InputError(text, Place(str(self.path), element=NAME))
        latency_ns = round(self.keys.latency_ms * NS_PER_MS)
        lost = _faults(self.keys.faults, self.seed)
        return SimulatedDevices(
            [
                MqttSimulated(_device(keys), self._stub(keys), latency_ns, lost)
                for keys in self.devices
            ]
        )

    def _stub(self, keys: DeviceKeys) -> MqttBox:
        faults = _faults(keys.stub.faults, self.seed)
        ppm = keys.stub.clock_ppm
        clock = None if ppm is None else DeviceClock(ppm=ppm)
        if isinstance(keys, MqttGateBoxKeys):
            return MqttBox(GateLines(gate_script(keys.device, keys.stub), faults), faults, clock)
        noise_mm = keys.stub.noise_mm
        marker = Marker(self.motion, faults, rate_hz=keys.rate_hz, noise_mm=noise_mm)
        return MqttBox(marker, faults, clock)

    def _password(self) -> str | None:
        keys = self.keys
        place = Place(str(self.path), element=NAME)
        if keys.password_env is not None:
            password = os.environ.get(keys.password_env)
            if not password:
                raise InputError(f"environment variable {keys.password_env} is not set", place)
            return password
        if keys.password_file is None:
            return None
        file = self.path.parent / keys.password_file
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InputError(f"cannot read the password: {reason}", Place(str(file))) from None
        if not lines or not lines[0]:
            raise InputError("the first line holds no password", Place(str(file)))
        return lines[0]


def _device(keys: DeviceKeys) -> MqttDevice:
    if isinstance(keys, MqttGateBoxKeys):
        most = FLOOD * NS_PER_S // EVERY_NS
        use = Behind(box_limits(allowed_of(keys)), most, keys.clock_ppm)
        return MqttGateBox(keys.name, use, keys.device)
    use = Behind(limits_of(keys), FLOOD * keys.rate_hz, keys.clock_ppm)
    calibration = calibration_of(keys.calibration, AS_IN_THE_ROOM)
    return MqttMarker(keys.name, use, keys.source, calibration)


def _faults(texts: tuple[str, ...], seed: int) -> Faults:
    return Faults([fault_of(text) for text in texts], seed)
