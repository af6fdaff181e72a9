"""Makes a command of each stub that is on a wire: on a pseudo terminal, TCP or a serial port."""

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, Concatenate

import typer

from linacsim.cli.guard import DONE
from linacsim.cli.stub_options import Chance, FaultOption, Seed, Until, until
from linacsim.cli.terminal import SAFETY

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer
    from linacsim.stubs.wires import Wanted

Link = Annotated[
    str | None,
    typer.Argument(metavar="LINK", help="Name for the pseudo terminal.", show_default=False),
]
Pty = Annotated[bool, typer.Option("--pty", help="Be on a pseudo terminal (the default).")]
TcpPlace = Annotated[
    str | None, typer.Option("--tcp", metavar="HOST:PORT", help="Be on a TCP port; 0: a free one.")
]
SerialUrl = Annotated[
    str | None, typer.Option("--serial", metavar="URL", help="Be on a real serial port.")
]
Baud = Annotated[int, typer.Option("--baud", help="Rate of a real serial port.")]
AnyHost = Annotated[bool, typer.Option("--any-host", help="Let other machines connect too.")]

Maker = Callable[Concatenate[Chance, ...], "Peer"]
"""Makes a stub; what it takes besides chance are the options of its command."""


def on_a_wire(name: str, make: Maker, device: str | None = None) -> Callable[..., int]:
    """Return the command that serves what `make` returns until it is stopped.

    `device` is the kind of device that it stands in for; None: as the command is called.
    """

    def command(
        link: Link = None,
        pty: Pty = False,
        tcp: TcpPlace = None,
        serial: SerialUrl = None,
        baud: Baud = 115_200,
        any_host: AnyHost = False,
        *,
        fault: FaultOption = None,
        seed: Seed = 0,
        for_s: Until = None,
        **own: Any,
    ) -> int:
        from linacsim.stubs.taken import check_taken
        from linacsim.stubs.wires import Wanted

        check_taken(device or name, fault or ())
        chance = Chance(fault, seed)
        peer = make(chance, **own)
        wire = Wanted(link, pty, tcp, serial, baud, any_host)
        return _serve(name, peer, wire, chance, for_s)

    command.__doc__ = make.__doc__
    options = _joined(signature(command), signature(make))
    command.__annotations__ = {option.name: option.annotation for option in options}
    command.__signature__ = Signature(options)  # type: ignore[attr-defined]
    return command


def _joined(shared: Signature, own: Signature) -> list[Parameter]:
    """Return the parameters of a command in the order of its help: the stub's own in the middle."""
    wire = [one for one in shared.parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    rest = [one for one in shared.parameters.values() if one.kind is one.KEYWORD_ONLY]
    _chance, *options = own.parameters.values()
    return wire + [one.replace(kind=Parameter.KEYWORD_ONLY) for one in options] + rest


def _serve(name: str, peer: "Peer", wire: "Wanted", chance: Chance, for_s: float | None) -> int:
    """Serve until Ctrl-C, a polite kill, or the time is over; say on stdout where."""
    from linacsim.stubs.plug import Plug
    from linacsim.stubs.serving import Served, serve
    from linacsim.stubs.wires import open_wire

    running = until(for_s)
    opened = open_wire(wire)
    try:
        typer.echo(f"{name} SIM at {opened.where}")
        typer.echo(SAFETY, err=True)
        serve(Served(peer, opened, Plug(chance.faults())), running)
    except KeyboardInterrupt:
        pass
    finally:
        opened.close()
    return DONE
