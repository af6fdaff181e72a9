"""`linacsim devices`."""

from typing import Annotated

import typer

from linacsim.cli.guard import DONE, NOT_MET, guarded
from linacsim.cli.options import Json
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError

app = typer.Typer(help="Hardware on serial ports and sockets.", no_args_is_help=True)

NEEDED = "needs the extra `devices`: pip install 'linacsim[devices]'"


def list_ports(json: Json = False) -> int:
    """List the serial ports of this computer."""
    try:
        from serial.tools import list_ports as ports
    except ImportError as error:
        raise InputError(NEEDED) from error
    terminal = Terminal(json)
    found = sorted(ports.comports(), key=lambda port: str(port.device))
    for port in found:
        serial = f", serial number {port.serial_number}" if port.serial_number else ""
        terminal.say(f"{port.device}  {port.description}{serial}")
    if not found:
        terminal.say("no serial port; a stub makes one: linacsim stub ndi-polaris")
    terminal.result(
        [
            {"url": p.device, "description": p.description, "serial_number": p.serial_number}
            for p in found
        ]
    )
    return DONE


def probe_port(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="/dev/ttyUSB0, socket://HOST:PORT, rfc2217://HOST:PORT"),
    ],
    json: Json = False,
) -> int:
    """Find out which device is at a URL; nothing that is sent moves or resets one.

    The exit code is 0 if somebody answered, 1 if nobody did, 2 if there is no such port.
    """
    try:
        from linacsim.devices.probe import probe
    except ImportError as error:
        raise InputError(NEEDED) from error
    terminal = Terminal(json)
    probed = probe(url)
    found = probed.found
    if found is not None:
        terminal.say(f"{url}: {found.kind} at {found.baud} baud says: {found.said}")
    elif probed.heard:
        text = probed.heard[:60].decode("ascii", "backslashreplace").replace("\n", "\\n")
        terminal.say(f"{url}: nobody who is known here; heard {len(probed.heard)} bytes: {text!r}")
    else:
        terminal.say(f"{url}: silence: nobody there, or another baud rate")
    terminal.result(
        {
            "url": url,
            "kind": found.kind if found else None,
            "baud": found.baud if found else None,
            "said": found.said if found else None,
            "heard_bytes": len(probed.heard),
        }
    )
    return DONE if found else NOT_MET


app.command("list")(guarded(list_ports))
app.command("probe")(guarded(probe_port))


@app.callback()
def group() -> None:
    """Find hardware."""
