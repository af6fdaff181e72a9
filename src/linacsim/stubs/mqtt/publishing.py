"""Publishes for markers in real time, connecting again when the broker is gone."""

import asyncio
import time
from collections.abc import Callable, Mapping

import aiomqtt

from linacsim.devices.mqtt.link import NO_DELAY, Broker
from linacsim.devices.mqtt.topics import SAMPLE, topic
from linacsim.stubs.mqtt.marker import MarkerPublisher

RETRY_S = 0.25
LONGEST_SLEEP_S = 0.2


def publish(
    publishers: Mapping[str, MarkerPublisher],
    broker: Broker,
    site: str,
    running: Callable[[], bool],
    epoch_ns: int,
) -> None:
    """Publish until `running` says no; the markers' time is zero at `epoch_ns`."""
    asyncio.run(_publish(publishers, broker, site, running, epoch_ns))


async def _publish(
    publishers: Mapping[str, MarkerPublisher],
    broker: Broker,
    site: str,
    running: Callable[[], bool],
    epoch_ns: int,
) -> None:
    while running():
        try:
            async with _client(broker) as client:
                await _serve(client, publishers, site, running, epoch_ns)
        except (aiomqtt.MqttError, OSError):
            await asyncio.sleep(RETRY_S)
            for publisher in publishers.values():  # what was measured meanwhile is gone
                publisher.due(time.monotonic_ns() - epoch_ns)


async def _serve(
    client: aiomqtt.Client,
    publishers: Mapping[str, MarkerPublisher],
    site: str,
    running: Callable[[], bool],
    epoch_ns: int,
) -> None:
    while running():
        now_ns = time.monotonic_ns() - epoch_ns
        for name, publisher in publishers.items():
            for payload in publisher.due(now_ns):
                await client.publish(topic(site, name, SAMPLE), payload, qos=0)
        next_ns = min(publisher.next_ns() for publisher in publishers.values())
        sleep_s = (next_ns + epoch_ns - time.monotonic_ns()) / 1e9
        await asyncio.sleep(min(max(0.0, sleep_s), LONGEST_SLEEP_S))


def _client(broker: Broker) -> aiomqtt.Client:
    version = aiomqtt.ProtocolVersion
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        protocol=version.V5 if broker.version_5 else version.V311,
        timeout=5.0,
        socket_options=NO_DELAY,
    )
