"""The MQTT side of a scenario: a link when live, simulated publishing when headless."""

import os
from collections import deque
from dataclasses import dataclass, replace

from linacsim.devices.mqtt.link import Broker, MqttLink, MqttSettings
from linacsim.devices.mqtt.source import MarkerSettings, MqttMarker
from linacsim.devices.mqtt.telemetry import TelemetrySink
from linacsim.devices.sample import Limits, Mark
from linacsim.model.findings import InputError
from linacsim.model.messages import Action, Message
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS
from linacsim.motion.source import Motion
from linacsim.scenario.device_base import STUB
from linacsim.scenario.mqtt_keys import MqttKeys, MqttMarkerKeys
from linacsim.stubs.faults import fault_of
from linacsim.stubs.mqtt.marker import MarkerPublisher

NAME = "mqtt"
TICKS_PER_S = NS_PER_S // TICK_NS


@dataclass(frozen=True, slots=True)
class MqttSide:
    """Broker, markers and telemetry of a scenario."""

    keys: MqttKeys
    motion: Motion
    seed: int

    @property
    def sources(self) -> frozenset[str]:
        """Tracking sources that markers stand for."""
        return frozenset(marker.source for marker in self.keys.markers)

    def link(self) -> tuple[MqttLink, TelemetrySink | None]:
        """Return the device of a live run and its telemetry. Raises InputError."""
        keys = self.keys
        every = round(TICKS_PER_S / keys.telemetry_hz) if keys.telemetry_hz else 0
        telemetry = TelemetrySink(every) if every else None
        settings = MqttSettings(
            broker_of(keys), keys.site, keys.device, frozenset(map(Action, keys.commands))
        )
        markers = [_marker(marker) for marker in keys.markers]
        return MqttLink(NAME, settings, markers, telemetry), telemetry

    def publishers(self) -> dict[str, MarkerPublisher]:
        """Return what stands in for the markers that are stubs, by name."""
        return {k.name: self._publisher(k) for k in self.keys.markers if k.url == STUB}

    def simulated(self) -> "SimulatedMqtt":
        """Return markers as a headless run has them.

        Raises InputError for one that is not a stub.
        """
        for keys in self.keys.markers:
            if keys.url != STUB:
                raise InputError(f"marker {keys.name} is real: run this scenario with --realtime")
        latency_ns = round(self.keys.latency_ms * NS_PER_MS)
        pairs = [(_marker(keys), self._publisher(keys)) for keys in self.keys.markers]
        return SimulatedMqtt(pairs, latency_ns)

    def _publisher(self, keys: MqttMarkerKeys) -> MarkerPublisher:
        return MarkerPublisher(
            self.motion,
            rate_hz=keys.rate_hz,
            noise_mm=keys.stub.noise_mm,
            seed=self.seed,
            faults=[fault_of(text) for text in keys.stub.faults],
        )


class SimulatedMqtt:
    """Markers fed by publishers in simulated time; something that messages arrive from."""

    def __init__(self, pairs: list[tuple[MqttMarker, MarkerPublisher]], latency_ns: int) -> None:
        """Begin with the broker there."""
        self._pairs = pairs
        self._latency_ns = latency_ns
        self._on_the_way: list[deque[tuple[int, bytes]]] = [deque() for _ in pairs]
        self.known_ns = 0
        for marker, _ in pairs:
            marker.connected(0)

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Let payloads arrive up to now; return what markers have for the machine."""
        self.known_ns = now_ns + TICK_NS
        messages: tuple[Message, ...] = ()
        for (marker, publisher), lots in zip(self._pairs, self._on_the_way, strict=True):
            while publisher.next_ns() <= now_ns:
                taken_ns = publisher.next_ns()
                lots.extend((taken_ns + self._latency_ns, p) for p in publisher.due(taken_ns))
            while lots and lots[0][0] <= now_ns:
                arrived_ns, payload = lots.popleft()
                marker.wake(arrived_ns)
                marker.take(payload, arrived_ns, retained=False)
            marker.wake(now_ns)
            messages += marker.messages()
        return messages


def broker_of(keys: MqttKeys) -> Broker:
    """Return the broker. Raises InputError where the password is not there."""
    broker = replace(Broker.of(keys.url), version_5=keys.version == "5")
    if keys.password_env is None:
        return broker
    password = os.environ.get(keys.password_env)
    if password is None:
        raise InputError(f"the environment variable {keys.password_env} is not set")
    return replace(broker, password=password)


def _marker(keys: MqttMarkerKeys) -> MqttMarker:
    allowed = Mark.SIMULATED if keys.allow_simulated else Mark.NONE
    allowed |= Mark.UNPROTECTED if keys.allow_unprotected else Mark.NONE
    limits = Limits(
        period_ns=round(NS_PER_S / keys.rate_hz),
        least_age_ns=round(keys.least_age_limit_ms * NS_PER_MS),
        speed_cm_per_s=keys.speed_limit_cm_per_s,
        allowed=allowed,
    )
    most = round(4 * keys.rate_hz)
    return MqttMarker(keys.name, MarkerSettings(keys.name, limits, keys.source, most))
