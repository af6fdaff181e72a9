"""`linacsim stub icom`: a delivery again, as the iCom stream of an Elekta machine."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import DONE
from linacsim.cli.log_subject import LogMachine
from linacsim.cli.stub_on_wire import AnyHost
from linacsim.cli.stub_options import Until
from linacsim.cli.terminal import SAFETY

if TYPE_CHECKING:
    from linacsim.devices.icom.record import IcomRecord
    from linacsim.devices.icom.server import IcomServer

IDLE_RECORDS = 4
"""Without a field, between deliveries: so that listeners keep one before the next."""


def icom(
    delivery: Annotated[
        Path, typer.Argument(metavar="LOG", help="Log, TRF log, journal or beam to be told.")
    ],
    tcp: Annotated[
        str,
        typer.Option(
            "--tcp", metavar="HOST:PORT", help="Where to be; the public listener wants 1706."
        ),
    ] = "127.0.0.1:1706",
    any_host: AnyHost = False,
    machine: LogMachine = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=100.0, help="Times real time.")
    ] = 1.0,
    for_s: Until = None,
) -> int:
    """Tell a delivery as the iCom stream, again and again while somebody listens."""
    from linacsim.devices.addresses import guarded_place
    from linacsim.machines import load_machine
    from linacsim.scenario.icom_replay import records_of_file

    host, port = guarded_place("--tcp", tcp, any_host=any_host)
    records = records_of_file(delivery, load_machine(machine) if machine else None)
    asyncio.run(_serve(records, host, port, speed, for_s))
    return DONE


async def _serve(
    records: "list[IcomRecord]", host: str, port: int, speed: float, for_s: float | None
) -> None:
    from linacsim.devices.icom.server import IcomServer
    from linacsim.scenario.icom_replay import PER_S

    server = IcomServer()
    taken = await server.start(host, port)
    typer.echo(f"icom SIM at {host}:{taken}")
    typer.echo(SAFETY, err=True)
    telling = asyncio.create_task(_tell(server, records, 1 / (PER_S * speed)))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, telling.cancel)
    try:
        await asyncio.wait_for(telling, for_s)
    except (TimeoutError, asyncio.CancelledError):
        # A message is whole for the listener only when the next one comes.
        for _ in range(2):
            server.send(replace(records[-1], field=None))
    finally:
        await server.stop()


async def _tell(server: "IcomServer", records: "list[IcomRecord]", pause_s: float) -> None:
    """Tell without end; a delivery begins only while somebody listens."""
    idle = replace(records[0], field=None)
    while True:
        for _ in range(IDLE_RECORDS):
            server.send(idle)
            await asyncio.sleep(pause_s)
        if server.listeners:
            for record in records:
                server.send(record)
                await asyncio.sleep(pause_s)


STUBS: dict[str, Callable[..., int]] = {"icom": icom}
