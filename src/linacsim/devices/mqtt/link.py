"""A broker in an asyncio loop: connects, connects again with back-off, publishes and listens."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import aiomqtt

from linacsim import __version__
from linacsim.devices.device import Now, Post
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.commands import Console
from linacsim.devices.mqtt.payloads import schemas
from linacsim.devices.mqtt.source import MqttMarker
from linacsim.devices.mqtt.telemetry import TelemetrySink
from linacsim.devices.peer import Health
from linacsim.model.findings import InputError
from linacsim.model.messages import Action, DeviceReport, Standing

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 5.0
KEEP_ALIVE_S = 5
POLL_S = 0.02
"""How often telemetry and silence are looked at."""
UNREAD = 1024
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it small messages wait 40 ms for an acknowledgement (research/libraries.md section 2)."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    version_5: bool = True
    """MQTT 5; else 3.1.1, for brokers that know no better."""

    @staticmethod
    def of(url: str) -> "Broker":
        """Read `mqtt://user:password@host:port` or `mqtts://...`. Raises InputError."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise InputError(f"{url}: write mqtt://HOST:PORT or mqtts://HOST:PORT")
        tls = parts.scheme == "mqtts"
        return Broker(
            parts.hostname,
            parts.port or (8883 if tls else 1883),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
        )

    def __str__(self) -> str:
        """Return it without the password."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """What is said and heard."""

    broker: Broker
    site: str = "lab"
    device: str = "linac"
    commands: frozenset[Action] = frozenset()
    """Actions that may be asked for; none unless named, and only of a broker with a password."""


class MqttLink:
    """A `Device`: one broker, with the markers behind it and the machine's telemetry."""

    def __init__(
        self,
        name: str,
        settings: MqttSettings,
        markers: Sequence[MqttMarker] = (),
        telemetry: TelemetrySink | None = None,
    ) -> None:
        """Raises InputError for names that no topic may have, and commands without a password."""
        topics.checked_name(settings.site, "site")
        topics.checked_name(settings.device, "device")
        if settings.commands and settings.broker.password is None:
            raise InputError(
                "commands over MQTT need a broker with user and password: "
                "write mqtt://USER:PASSWORD@HOST"
            )
        self._name = name
        self._settings = settings
        self._markers = {marker.settings.device: marker for marker in markers}
        self._telemetry = telemetry
        self._console = Console(settings.commands)
        self._task: asyncio.Task[None] | None = None
        self._trouble = "not started"
        self.retries = 0

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._name

    async def start(self, post: Post, now: Now) -> None:
        """Begin to connect, and return at once."""
        self._post, self._now = post, now
        self._trouble = "connecting"
        self._task = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Say that we go, and end the task."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def health(self) -> Health:
        """Return how broker and markers stand; telemetry alone is never waited for."""
        if self._trouble:
            tries = f" (try {self.retries + 1})" if self.retries else ""
            return Health(not self._markers, self._trouble + tries)
        states = [marker.health() for marker in self._markers.values()]
        return Health(all(s.live for s in states), "; ".join(s.text for s in states) or "live")

    async def _keep_connected(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            try:
                async with self._client() as client:
                    retry_s = FIRST_RETRY_S
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                self._lost(_reason(error, self._settings.broker))
            except Exception as error:
                # A defect of ours: the beam must not run on as if the devices were there.
                self._trouble = f"internal error: {error!r}"
                self._post(DeviceReport(self._name, Standing.FAULT, self._trouble))
                raise
            self.retries += 1
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _client(self) -> aiomqtt.Client:
        broker, settings = self._settings.broker, self._settings
        state = topics.topic(settings.site, settings.device, topics.STATE)
        version = aiomqtt.ProtocolVersion
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            protocol=version.V5 if broker.version_5 else version.V311,
            keepalive=KEEP_ALIVE_S,
            timeout=5.0,
            will=aiomqtt.Will(state, b"lost", qos=1, retain=True),
            tls_context=ssl.create_default_context() if broker.tls else None,
            socket_options=NO_DELAY,
            max_queued_incoming_messages=UNREAD,
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        site, device = self._settings.site, self._settings.device
        await self._say_hello(client)
        for name in self._markers:
            await client.subscribe(topics.topic(site, name, topics.SAMPLE), qos=0)
        if self._settings.commands:
            await client.subscribe(topics.topic(site, device, topics.COMMAND, "+"), qos=1)
        await client.publish(topics.topic(site, device, topics.STATE), b"ready", 1, retain=True)
        self._trouble = ""
        for marker in self._markers.values():
            marker.connected(self._now())
        speaker = asyncio.create_task(self._speak(client))
        try:
            async for message in client.messages:
                await self._hear(client, message)
                if speaker.done():
                    speaker.result()
        finally:
            speaker.cancel()
            with suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await speaker
            with suppress(aiomqtt.MqttError):
                state = topics.topic(site, device, topics.STATE)
                await client.publish(state, b"disconnected", 1, retain=True, timeout=0.5)

    async def _say_hello(self, client: aiomqtt.Client) -> None:
        site, device = self._settings.site, self._settings.device
        about = {
            "program": "linacsim",
            "version": __version__,
            "notice": "research and test use only: an emulator, never a real machine",
            "commands": sorted(self._settings.commands),
            "schemas": schemas(),
        }
        await client.publish(topics.topic(site, device, topics.STATE), b"init", 1, retain=True)
        text = json.dumps(about).encode()
        await client.publish(topics.topic(site, device, topics.DESC), text, 1, retain=True)

    async def _hear(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        payload = message.payload if isinstance(message.payload, bytes) else b""
        parts = str(message.topic).split("/")[3:]
        if len(parts) == 2 and parts[1] == topics.SAMPLE and parts[0] in self._markers:
            marker = self._markers[parts[0]]
            marker.take(payload, self._now(), retained=bool(message.retain))
            self._pass_on(marker)
        elif len(parts) == 3 and parts[:2] == [self._settings.device, topics.COMMAND]:
            unix_ms = time.time_ns() // 1_000_000
            told, answer = self._console.obey(
                parts[2], payload, retained=bool(message.retain), unix_ms=unix_ms
            )
            if told is not None:
                self._post(told)
            ack = topics.topic(self._settings.site, self._settings.device, topics.ACK)
            await client.publish(ack, answer.model_dump_json().encode(), qos=1)

    async def _speak(self, client: aiomqtt.Client) -> None:
        """Publish telemetry and events, and let markers judge silence."""
        site, device = self._settings.site, self._settings.device
        to_telemetry = topics.topic(site, device, topics.TELEMETRY)
        to_event = topics.topic(site, device, topics.EVENT)
        while True:
            await asyncio.sleep(POLL_S)
            for marker in self._markers.values():
                marker.wake(self._now())
                self._pass_on(marker)
            if self._telemetry is None:
                continue
            if (newest := self._telemetry.take()) is not None:
                await client.publish(to_telemetry, newest.model_dump_json().encode(), qos=0)
            for tick, kind, text in self._telemetry.take_events():
                event = json.dumps({"tick": tick, "kind": kind, "text": text}).encode()
                await client.publish(to_event, event, qos=1)

    def _pass_on(self, marker: MqttMarker) -> None:
        for message in marker.messages():
            self._post(message)

    def _lost(self, reason: str) -> None:
        self._trouble = reason
        for marker in self._markers.values():
            marker.disconnected(self._now(), reason)
            self._pass_on(marker)


def _reason(error: Exception, broker: Broker) -> str:
    text = (str(error).splitlines() or [type(error).__name__])[0]
    if "Not authorized" in text or "Bad user name" in text:
        return f"{broker} refuses user or password"
    if isinstance(error, ConnectionRefusedError) or "refused" in text:
        return f"{broker}: no broker listens there"
    if "protocol version" in text.lower():
        return f"{broker} does not speak MQTT 5; set version: 3.1.1"
    return f"{broker}: {text}"
