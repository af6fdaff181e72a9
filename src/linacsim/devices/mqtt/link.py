"""A broker in an asyncio loop: connects, connects again with back-off, publishes and listens."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiomqtt

from linacsim import __version__
from linacsim.devices.device import Now, Post
from linacsim.devices.mqtt import topics
from linacsim.devices.mqtt.broker import Broker
from linacsim.devices.mqtt.client import PATIENCE_S, make_client, open_to_all
from linacsim.devices.mqtt.commands import Console
from linacsim.devices.mqtt.device import MqttDevice
from linacsim.devices.mqtt.payloads import About, Happened, Payload, schemas
from linacsim.devices.mqtt.telemetry import TelemetrySink
from linacsim.devices.peer import Health
from linacsim.model.findings import InputError
from linacsim.model.messages import Action, DeviceReport, Standing
from linacsim.model.time import NS_PER_S

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 5.0
POLL_S = 0.02
"""How often telemetry is looked at, and at least how often devices are."""
LEAST_SLEEP_S = 0.001
OPEN_TO_ALL = "commands are off: the broker lets anybody in without a password"
REST_NS = NS_PER_S
"""How long a topic that is flooded is not listened to."""


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """What is said and heard."""

    broker: Broker
    site: str = "lab"
    device: str = "linac"
    commands: frozenset[Action] = frozenset()
    """Actions that may be asked for; none unless named, and only of a broker with passwords."""


def _there(_now_ns: int) -> bool:
    return False


class MqttLink:
    """A `Device`: one broker, with the devices behind it and the machine's telemetry."""

    def __init__(
        self,
        name: str,
        settings: MqttSettings,
        devices: Sequence[MqttDevice] = (),
        telemetry: TelemetrySink | None = None,
        gone: Callable[[int], bool] = _there,
    ) -> None:
        """Take whether the broker is to be as good as gone at a time, for trying that out.

        Raises InputError for names that no topic may have, and commands without a password.
        """
        topics.checked_name(settings.site, "site")
        topics.checked_name(settings.device, "device")
        if settings.commands and settings.broker.password is None:
            raise InputError(
                "commands over MQTT need a broker with user and password: write mqtt://USER@HOST "
                "and say where the password is"
            )
        self._name = name
        self._settings = settings
        self._tls = settings.broker.tls_context()
        self._devices = {device.name: device for device in devices}
        self._telemetry = telemetry
        self._gone = gone
        self._console = Console(settings.commands)
        self._tasks: list[asyncio.Task[None]] = []
        self._trouble = "not started"
        self._commands_off = ""
        self._unheard: dict[str, int] = {}
        self.retries = 0

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._name

    async def start(self, post: Post, now: Now) -> None:
        """Begin to connect, and return at once."""
        self._post, self._now = post, now
        self._trouble = "connecting"
        self._tasks = [
            asyncio.create_task(self._whole(part))
            for part in (self._keep_connected, self._keep_watch)
        ]

    async def stop(self) -> None:
        """Say that we go, and end the tasks."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def health(self) -> Health:
        """Return how broker and devices stand; telemetry alone is never waited for."""
        if self._trouble:
            tries = f" (try {self.retries + 1})" if self.retries else ""
            return Health(not self._devices, self._trouble + tries)
        states = [device.health() for device in self._devices.values()]
        texts = [state.text for state in states] or ["live"]
        texts += [self._commands_off] if self._commands_off else []
        return Health(all(state.live for state in states), "; ".join(texts))

    async def _whole(self, part: Callable[[], Awaitable[None]]) -> None:
        """Run a task that must not end by itself."""
        try:
            await part()
        except Exception as error:
            # A defect of ours: the beam must not run on as if the devices were there.
            self._trouble = f"internal error: {error!r}"
            self._post(DeviceReport(self._name, Standing.FAULT, self._trouble))
            raise

    # The connection ------------------------------------------------------------------------

    async def _keep_connected(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            began_s = time.monotonic()
            try:
                await self._connected()
            except (aiomqtt.MqttError, OSError) as error:
                self._lost(self._settings.broker.why_not(error))
            if time.monotonic() - began_s > LONGEST_RETRY_S:
                retry_s = FIRST_RETRY_S
            self.retries += 1
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    async def _connected(self) -> None:
        """Be connected until that is over; always ends with an exception."""
        while self._gone(self._now()):
            await asyncio.sleep(POLL_S)
        broker, commands = self._settings.broker, self._settings.commands
        off = bool(commands) and await open_to_all(broker, self._tls)
        self._commands_off = OPEN_TO_ALL if off else ""
        identifier = f"linacsim-{self._settings.site}-{self._settings.device}"
        will = aiomqtt.Will(self._topic(topics.STATE), b"lost", 1, retain=True)
        async with make_client(broker, self._tls, identifier=identifier, will=will) as client:
            await self._say_hello(client)
            await self._subscribe(client)
            await self._say_state(client, b"ready")
            self._trouble, self.retries = "", 0
            for device in self._devices.values():
                device.connected(self._now())
            await self._serve(client)

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Speak and listen until one of them fails."""
        parts = [asyncio.create_task(self._speak(client)), asyncio.create_task(self._hear(client))]
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            with suppress(aiomqtt.MqttError):
                await self._say_state(client, b"disconnected", timeout_s=0.5)

    def _lost(self, reason: str) -> None:
        self._trouble = reason
        for device in self._devices.values():
            device.disconnected(self._now(), reason)
            self._pass_on(device)

    # Saying --------------------------------------------------------------------------------

    def _topic(self, *leaves: str) -> str:
        return topics.topic(self._settings.site, self._settings.device, *leaves)

    async def _publish(
        self, client: aiomqtt.Client, leaf: str, payload: Payload, *, retain: bool = False
    ) -> None:
        text = payload.model_dump_json().encode()
        await client.publish(self._topic(leaf), text, topics.QOS[leaf], retain=retain)

    async def _say_state(
        self, client: aiomqtt.Client, state: bytes, timeout_s: float = PATIENCE_S
    ) -> None:
        to = self._topic(topics.STATE)
        await client.publish(to, state, topics.QOS[topics.STATE], retain=True, timeout=timeout_s)

    async def _say_hello(self, client: aiomqtt.Client) -> None:
        allowed = () if self._commands_off else self._settings.commands
        commands = sorted(action.value for action in allowed)
        desc = About(version=__version__, commands=commands, schemas=schemas())
        await self._say_state(client, b"init")
        await self._publish(client, topics.DESC, desc, retain=True)

    async def _speak(self, client: aiomqtt.Client) -> None:
        """Publish telemetry and events, and ask devices for their time."""
        while True:
            if self._gone(self._now()):
                raise aiomqtt.MqttError("taken away, as the scenario says")
            await self._ask_clocks(client)
            await self._hear_again(client)
            if self._telemetry is not None:
                await self._tell(client, self._telemetry)
            await asyncio.sleep(POLL_S)

    async def _tell(self, client: aiomqtt.Client, telemetry: TelemetrySink) -> None:
        if (newest := telemetry.take()) is not None:
            await self._publish(client, topics.TELEMETRY, newest)
        for tick, kind, text in telemetry.take_events():
            event = Happened(tick=tick, kind=kind, text=text)
            await self._publish(client, topics.EVENT, event)

    async def _ask_clocks(self, client: aiomqtt.Client) -> None:
        for name, device in self._devices.items():
            if (question := device.question(self._now())) is not None:
                ask = topics.topic(self._settings.site, name, topics.CLOCK_ASK)
                await client.publish(ask, question, topics.QOS[topics.CLOCK_ASK])

    # Hearing -------------------------------------------------------------------------------

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        site = self._settings.site
        self._unheard.clear()
        for name, device in self._devices.items():
            for leaf in (device.leaf, topics.CLOCK_ANSWER):
                await client.subscribe(topics.topic(site, name, leaf), topics.QOS[leaf])
        if self._settings.commands and not self._commands_off:
            await client.subscribe(self._topic(topics.COMMAND, "+"), topics.QOS[topics.COMMAND])

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            retained = bool(message.retain)
            match topics.parts(str(message.topic)):
                case (name, leaf) if name in self._devices:
                    device = self._devices[name]
                    device.take(leaf, payload, self._now(), retained=retained)
                    self._pass_on(device)
                    if device.flooded and name not in self._unheard:
                        await self._turn_away(client, device)
                case (name, topics.COMMAND, command) if name == self._settings.device:
                    await self._obey(client, command, payload, retained=retained)

    async def _turn_away(self, client: aiomqtt.Client, device: MqttDevice) -> None:
        """Let the broker keep a flood to itself for a while, so that ticks stay punctual."""
        self._unheard[device.name] = self._now() + REST_NS
        await client.unsubscribe(topics.topic(self._settings.site, device.name, device.leaf))

    async def _hear_again(self, client: aiomqtt.Client) -> None:
        over = [name for name, until_ns in self._unheard.items() if until_ns <= self._now()]
        for name in over:
            leaf = self._devices[name].leaf
            topic = topics.topic(self._settings.site, name, leaf)
            await client.subscribe(topic, topics.QOS[leaf])
            del self._unheard[name]

    async def _obey(
        self, client: aiomqtt.Client, command: str, payload: bytes, *, retained: bool
    ) -> None:
        unix_ms = time.time_ns() // 1_000_000
        told, ack = self._console.obey(command, payload, retained=retained, unix_ms=unix_ms)
        if told is not None:
            self._post(told)
        await self._publish(client, topics.ACK, ack)

    async def _keep_watch(self) -> None:
        """Let devices judge silence when they want to."""
        while True:
            now_ns = self._now()
            for device in self._devices.values():
                device.wake(now_ns)
                self._pass_on(device)
            due = (device.next_ns() for device in self._devices.values())
            next_ns = min((time_ns for time_ns in due if time_ns is not None), default=None)
            sleep_s = POLL_S if next_ns is None else (next_ns - now_ns) / NS_PER_S
            await asyncio.sleep(min(max(sleep_s, LEAST_SLEEP_S), POLL_S))

    def _pass_on(self, device: MqttDevice) -> None:
        for message in device.messages():
            self._post(message)
