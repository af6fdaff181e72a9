"""`linacsim stub mqtt`, `mqtt-marker`, `mqtt-gate-box` and `broker`: what publishes JSON."""

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import DONE, complain
from linacsim.cli.stub_llp import MOST_PPM, HoldEvery, HoldOption, script_of
from linacsim.cli.stub_options import (
    Chance,
    FaultOption,
    Period,
    Seed,
    TraceFile,
    Travel,
    Until,
    begin_ns,
    until,
    wanted_motion,
)
from linacsim.cli.terminal import SAFETY
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.devices.mqtt.broker import Broker
    from linacsim.stubs.llp.clock import DeviceClock
    from linacsim.stubs.mqtt.box import MqttBox

BrokerUrl = Annotated[
    str, typer.Option("--broker", metavar="URL", help="As mqtt://127.0.0.1:1883.")
]
V311 = Annotated[bool, typer.Option("--v311", help="MQTT 3.1.1, for brokers that know no better.")]
Site = Annotated[str, typer.Option("--site", help="Its site in the topics.")]
ClockPpm = Annotated[
    float | None,
    typer.Option(
        "--clock-ppm",
        min=-MOST_PPM,
        max=MOST_PPM,
        help="Stamp by a clock that is off by this; without it, none.",
    ),
]
LOCAL = "mqtt://127.0.0.1:1883"


def mqtt(
    scenario: Annotated[Path, typer.Argument(help="Scenario whose stubs publish.")],
    broker: Annotated[
        str, typer.Option("--broker", metavar="URL", help="The broker, if it is embedded.")
    ] = "",
    await_epoch: Annotated[
        bool, typer.Option("--await-epoch", hidden=True, help="Read time zero from stdin.")
    ] = False,
    for_s: Until = None,
) -> int:
    """Publish for the MQTT devices of a scenario that are stubs."""
    from linacsim.scenario.running import prepare

    side = prepare(scenario).mqtt
    boxes = side.stubs() if side else {}
    if side is None or not boxes:
        raise InputError(f"{scenario} has no MQTT device with url: stub")
    if side.embedded and not broker:
        raise InputError(f"{scenario} brings its own broker: say with --broker where it is")
    running = until(for_s, owned=await_epoch)
    return _publish(boxes, side.broker(broker), side.keys.site, running, await_epoch=await_epoch)


def mqtt_marker(
    broker: BrokerUrl = LOCAL,
    v311: V311 = False,
    site: Site = "lab",
    name: Annotated[str, typer.Option("--name", help="Its name in the topics.")] = "marker",
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    rate_hz: Annotated[int, typer.Option("--rate-hz", min=1, max=200)] = 60,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.05,
    clock_ppm: ClockPpm = None,
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be a marker that breathes and publishes its position as JSON."""
    from linacsim.stubs.llp.marker import Marker
    from linacsim.stubs.mqtt.box import MqttBox
    from linacsim.stubs.taken import check_taken

    check_taken("mqtt-marker", fault or ())
    faults = Chance(fault, seed).faults()
    motion = wanted_motion(trace, travel_cm, period_s)
    marker = Marker(motion, faults, rate_hz=rate_hz, noise_mm=noise_mm)
    boxes = {name: MqttBox(marker, faults, _clock(clock_ppm))}
    return _publish(boxes, _broker(broker, v311=v311), site, until(for_s))


def mqtt_gate_box(
    broker: BrokerUrl = LOCAL,
    v311: V311 = False,
    site: Site = "lab",
    name: Annotated[str, typer.Option("--name", help="Its name in the topics.")] = "box",
    device: Annotated[int, typer.Option("--device", min=0, max=15)] = 0,
    hold: HoldOption = None,
    every_s: HoldEvery = None,
    clock_ppm: ClockPpm = None,
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be a box with the lines of a beam-hold device, published as JSON."""
    from linacsim.stubs.llp.gate_lines import GateLines
    from linacsim.stubs.mqtt.box import MqttBox
    from linacsim.stubs.taken import check_taken

    check_taken("mqtt-gate-box", fault or ())
    faults = Chance(fault, seed).faults()
    lines = GateLines(script_of(device, hold, every_s), faults)
    boxes = {name: MqttBox(lines, faults, _clock(clock_ppm))}
    return _publish(boxes, _broker(broker, v311=v311), site, until(for_s))


def broker(
    tcp: Annotated[
        str, typer.Option("--tcp", metavar="HOST:PORT", help="Where; port 0 takes a free one.")
    ] = "127.0.0.1:1883",
    owned: Annotated[
        bool, typer.Option("--owned", hidden=True, help="End with whoever started it.")
    ] = False,
    for_s: Until = None,
) -> int:
    """Be an MQTT broker (3.1.1, this computer only) for those who have none."""
    from linacsim.devices.addresses import host_and_port
    from linacsim.stubs.mqtt.broker import run_broker

    host, port = host_and_port("--tcp", tcp)
    port = port or _free_port(host)

    def ready() -> None:
        typer.echo(f"broker at mqtt://{host}:{port}")
        sys.stdout.flush()

    with suppress(KeyboardInterrupt):
        run_broker(host, port, until(for_s, owned=owned), ready)
    return DONE


def _publish(
    boxes: "Mapping[str, MqttBox]",
    broker: "Broker",
    site: str,
    running: Callable[[], bool],
    *,
    await_epoch: bool = False,
) -> int:
    from linacsim.devices.mqtt.topics import checked_name
    from linacsim.stubs.mqtt.publishing import Publishing

    for name in (site, *boxes):
        checked_name(name, "name")
    try:
        for name in boxes:
            typer.echo(f"{name} SIM at {broker}")
        typer.echo(SAFETY, err=True)
        sys.stdout.flush()
        epoch_ns = begin_ns(awaited=await_epoch)
        if epoch_ns is not None:
            publishing = Publishing(boxes, broker, site, running, epoch_ns, complain)
            asyncio.run(publishing.run())
    except KeyboardInterrupt:
        pass
    return DONE


def _broker(url: str, *, v311: bool) -> "Broker":
    from dataclasses import replace

    from linacsim.devices.mqtt.broker import Broker

    return replace(Broker.of(url), version_5=not v311)


def _clock(ppm: float | None) -> "DeviceClock | None":
    from linacsim.stubs.llp.clock import DeviceClock

    return None if ppm is None else DeviceClock(ppm=ppm)


def _free_port(host: str) -> int:
    try:
        with socket.create_server((host, 0)) as free:
            return int(free.getsockname()[1])
    except OSError as error:
        raise InputError(f"cannot listen on {host}: {error.strerror}") from error


STUBS: dict[str, Callable[..., int]] = {
    "mqtt": mqtt,
    "mqtt-marker": mqtt_marker,
    "mqtt-gate-box": mqtt_gate_box,
    "broker": broker,
}
