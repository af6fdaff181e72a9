"""`linacsim latency`."""

from pathlib import Path
from typing import Annotated

import typer

from linacsim.cli.guard import DONE, STOPPED, complain
from linacsim.cli.options import Json
from linacsim.cli.terminal import SAFETY, Terminal


def latency(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="A scenario with the device to measure.")
    ],
    headless: Annotated[
        bool, typer.Option("--headless", help="On simulated wires, without a clock.")
    ] = False,
    rt: Annotated[
        bool, typer.Option("--rt", help="Ask the system for real-time priority.")
    ] = False,
    json: Json = False,
) -> int:
    """Measure from sensor to hold, link by link, with a stub or a real device.

    The scenario's motion crosses its gate again and again; each closing is followed through the
    device, the wire and the control loop to the hold. Without motion, each hold that a gate box
    asks for is followed from the time that the box stamped.
    """
    from rich.console import Console
    from rich.table import Table

    from linacsim.review.latency import bars
    from linacsim.scenario.compose import Stopped
    from linacsim.scenario.latency import measure_latency
    from linacsim.scenario.running import prepare

    def tell(line: str) -> None:
        if not json:
            typer.echo(line, err=True)

    terminal = Terminal(json)
    try:
        figures = measure_latency(prepare(config), realtime=not headless, ask_system=rt, tell=tell)
    except Stopped:
        complain("stopped by Ctrl-C: nothing was measured")
        return STOPPED
    table = Table("link", "median", "95 %", "max", "from 0 to max", box=None, pad_edge=False)
    for link in figures.links:
        numbers = (f"{v:.1f} ms" for v in (link.median_ms, link.p95_ms, link.max_ms))
        table.add_row(link.name, *numbers, bars(link))
    if not json:
        Console().print(table)
    terminal.say(f"{figures.edges} holds followed in {config}")
    terminal.remark(SAFETY)
    terminal.result(figures.record())
    return DONE
