"""The MQTT client as we use it: small messages at once, huge ones never, no words of its own."""

import logging
import socket
import ssl

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from linacsim.devices.mqtt.broker import Broker

KEEP_ALIVE_S = 5
PATIENCE_S = 5.0
UNREAD = 1024
"""Messages that wait to be read; more are thrown away, which is a flood in any case."""
BIGGEST_BYTES = 65_536
"""An MQTT 5 broker is asked to keep bigger messages to itself."""
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it small messages wait 40 ms for an acknowledgement (research/libraries.md section 2)."""
_SILENT = logging.Logger("linacsim.mqtt")
"""What the client says of its troubles, `Broker.why_not` says better."""
_SILENT.addHandler(logging.NullHandler())


def make_client(
    broker: Broker,
    tls: ssl.SSLContext | None,
    *,
    identifier: str | None = None,
    will: aiomqtt.Will | None = None,
    nobody: bool = False,
) -> aiomqtt.Client:
    """Return a client that is not connected yet; `nobody` gives neither user nor password.

    `tls` is that of the broker, made once because it reads files.
    """
    wish = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wish.MaximumPacketSize = BIGGEST_BYTES
    version = aiomqtt.ProtocolVersion
    return aiomqtt.Client(
        broker.host,
        broker.port,
        identifier=identifier,
        username=None if nobody else broker.username,
        password=None if nobody else broker.password,
        protocol=version.V5 if broker.version_5 else version.V311,
        properties=wish if broker.version_5 else None,
        keepalive=KEEP_ALIVE_S,
        timeout=PATIENCE_S,
        will=will,
        tls_context=tls,
        socket_options=NO_DELAY,
        max_queued_incoming_messages=UNREAD,
        logger=_SILENT,
    )


async def open_to_all(broker: Broker, tls: ssl.SSLContext | None) -> bool:
    """Return whether a broker lets in who has no password. Raises MqttError where it is gone."""
    try:
        async with make_client(broker, tls, nobody=True):
            return True
    except MqttConnectError:
        return False
