"""A small broker for those who have none: MQTT 3.1.1, loopback, no passwords."""

import asyncio
import logging
from collections.abc import Callable
from importlib.util import find_spec

from linacsim.devices.addresses import is_this_computer
from linacsim.model.findings import InputError

LOOK_S = 0.2
_ANYBODY = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


def run_broker(
    host: str, port: int, running: Callable[[], bool], ready: Callable[[], None]
) -> None:
    """Serve until `running` says no, and say when clients may come.

    Raises InputError where amqtt is not installed, the port is taken, or others could connect.
    """
    if not is_this_computer(host):
        raise InputError(
            f"{host}: this broker asks for no password, so it serves this computer only; "
            "for others take Mosquitto"
        )
    need_amqtt()
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    asyncio.run(_serve(f"{host}:{port}", running, ready))


def need_amqtt() -> None:
    """Raise InputError where amqtt is not installed."""
    if find_spec("amqtt") is None:
        raise InputError(
            "the broker that comes with linacsim needs amqtt: pip install 'linacsim[broker]', "
            "or take Mosquitto and give its url"
        )


async def _serve(place: str, running: Callable[[], bool], ready: Callable[[], None]) -> None:
    from amqtt.broker import Broker
    from amqtt.errors import BrokerError

    listener = {"type": "tcp", "bind": place}
    broker = Broker({"listeners": {"default": listener}, "plugins": _ANYBODY})
    try:
        await broker.start()
    except (BrokerError, OSError) as error:
        raise InputError(f"cannot serve at {place}: {error.__cause__ or error}") from error
    try:
        ready()
        while running():
            await asyncio.sleep(LOOK_S)
    finally:
        await broker.shutdown()
