"""Runs by the clock without a scenario, told as the iCom stream."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from linacsim.cli.terminal import Terminal
from linacsim.model.time import NS_PER_S

if TYPE_CHECKING:
    from linacsim.scenario.compose import Engine, Job

PATIENCE_NS = 600 * NS_PER_S
"""How long it is waited for a listener."""


def told_live(at: str, running: ExitStack, terminal: Terminal) -> "Callable[[Job], Engine]":
    """Return what makes the engine of each run, all told by one stream, open from now on.

    Raises InputError where it cannot listen there.
    """
    from linacsim.devices.addresses import host_and_port
    from linacsim.engines.realtime.engine import RealTimeOptions
    from linacsim.scenario.icom import icom_side, stream_of
    from linacsim.scenario.icom_keys import IcomKeys
    from linacsim.scenario.live import RealTime

    host, port = host_and_port("--icom", at)
    keys = IcomKeys(host=host, port=port, await_listener=True)
    stream = running.enter_context(stream_of(keys))

    def tell(line: str) -> None:
        if not terminal.quiet:
            typer.echo(line, err=True)

    def engine_for(job: "Job") -> "Engine":
        link, sink = icom_side(stream, keys, job)
        options = RealTimeOptions(wait_ns=PATIENCE_NS)
        return RealTime(options, devices=(link,), watchers=(sink,), tell=tell)

    return engine_for
