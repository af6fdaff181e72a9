"""Publishes for devices in real time, connecting again when the broker is gone."""

import asyncio
import time
from collections.abc import Callable, Mapping

import aiomqtt

from linacsim.devices.mqtt.broker import Broker
from linacsim.devices.mqtt.client import make_client
from linacsim.devices.mqtt.topics import CLOCK_ANSWER, QOS, parts, topic
from linacsim.devices.unawaited import await_no_thread
from linacsim.stubs.mqtt.box import MqttBox

RETRY_S = 0.25
LONGEST_SLEEP_S = 0.2

Running = Callable[[], bool]


class Publishing:
    """Devices of one site, until `running` says no; their time is zero at `epoch_ns`."""

    def __init__(
        self,
        boxes: Mapping[str, MqttBox],
        broker: Broker,
        site: str,
        running: Running,
        epoch_ns: int,
        tell: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Take devices by their names in the topics, and whom to tell why nothing is published."""
        self._boxes = boxes
        self._broker = broker
        self._site = site
        self._running = running
        self._epoch_ns = epoch_ns
        self._tell = tell

    async def run(self) -> None:
        """Publish."""
        await_no_thread()  # connecting to a broker that is silent blocks for seconds
        tls = self._broker.tls_context()
        told = ""
        while self._running():
            try:
                async with make_client(self._broker, tls) as client:
                    told = ""
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                if (why := self._broker.why_not(error)) != told:
                    told = why
                    self._tell(f"{why}; it is tried again")
                await asyncio.sleep(RETRY_S)
                for box in self._boxes.values():  # what was measured meanwhile is gone
                    box.wake(self._now_ns())
                    box.said(self._now_ns())

    def _now_ns(self) -> int:
        return time.monotonic_ns() - self._epoch_ns

    async def _serve(self, client: aiomqtt.Client) -> None:
        for name, box in self._boxes.items():
            if box.asked_by is not None:
                await client.subscribe(topic(self._site, name, box.asked_by))
        listener = asyncio.create_task(self._listen(client))
        try:
            while self._running() and not listener.done():
                for name, box in self._boxes.items():
                    box.wake(self._now_ns())
                    for payload in box.said(self._now_ns()):
                        to = topic(self._site, name, box.leaf)
                        await client.publish(to, payload, QOS[box.leaf])
                await asyncio.sleep(self._rest_s())
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            name = parts(str(message.topic))[0]
            question = message.payload if isinstance(message.payload, bytes) else b""
            answer = self._boxes[name].answer(question, self._now_ns())
            if answer is not None:
                to = topic(self._site, name, CLOCK_ANSWER)
                await client.publish(to, answer, QOS[CLOCK_ANSWER])

    def _rest_s(self) -> float:
        due = [time_ns for box in self._boxes.values() if (time_ns := box.next_ns()) is not None]
        rest_s = (min(due) - self._now_ns()) / 1e9 if due else LONGEST_SLEEP_S
        return min(max(0.0, rest_s), LONGEST_SLEEP_S)
