"""`linacsim serve`."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from linacsim.cli.guard import DONE
from linacsim.cli.terminal import SAFETY, shown

ConfigArgument = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="YAML configuration.", show_default=False)
]


def serve(config: ConfigArgument) -> int:
    """Run the network node of a console until Ctrl-C.

    Each association and each plan that comes in makes one line on stdout, with the status that
    the sender was told. Stored plans are for `linacsim prescriptions`.
    """
    from linacsim.scenario.service import open_service, read_config

    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    keys = read_config(config).node
    service = open_service(keys, config)
    from linacsim.scenario.node import start_node

    try:
        node = start_node(keys, service, _line)
        try:
            _line(f"{keys.ae_title!r} listens at {keys.host or 'all addresses'}:{node.port}")
            typer.echo(SAFETY, err=True)
            stopped.wait()
        finally:
            node.close()
    finally:
        service.close()
    _line("stopped")
    return DONE


def _line(text: str) -> None:
    from datetime import datetime

    typer.echo(f"{datetime.now():%Y-%m-%d %H:%M:%S} {shown(text)}")
