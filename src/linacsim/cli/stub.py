"""`linacsim stub`: stand-ins for hardware."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import DONE, guarded
from linacsim.cli.terminal import SAFETY
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.devices.peer import Peer
    from linacsim.motion.source import Motion
    from linacsim.stubs.faults import Faults
    from linacsim.stubs.wires import Wanted

app = typer.Typer(
    help="Stand-ins for hardware that speak the real protocols.", no_args_is_help=True
)

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
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="KIND@START[+SECONDS][=VALUE]",
        help="Go wrong on purpose, as dropout@10+2; may be given again.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="All chance in the stub comes from it.")]
Until = Annotated[
    float | None,
    typer.Option("--for", metavar="SECONDS", min=0.0, help="End by itself then."),
]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Move by this trace, again and again.")
]
Travel = Annotated[float, typer.Option("--travel-cm", min=0.0, help="Travel of a breath.")]
Period = Annotated[float, typer.Option("--period-s", min=0.1, help="Period of a breath.")]


def wanted_wire(
    link: str | None, pty: bool, tcp: str | None, serial: str | None, baud: int, any_host: bool
) -> "Wanted":
    """Return what the options say of the wire."""
    from linacsim.stubs.wires import Wanted

    return Wanted(link, pty, tcp, serial, baud, any_host)


def faults_of(texts: list[str] | None, seed: int) -> "Faults":
    """Return what `--fault` asks for. Raises InputError."""
    from linacsim.stubs.faults import Faults, fault_of

    return Faults([fault_of(text) for text in texts or []], seed)


def wanted_motion(trace: Path | None, travel_cm: float, period_s: float) -> "Motion":
    """Return what the options say of the motion."""
    from linacsim.stubs.bodies import breathing, recorded

    return recorded(trace) if trace is not None else breathing(travel_cm, period_s)


def run_stub(name: str, peer: "Peer", wire: "Wanted", faults: "Faults", for_s: float | None) -> int:
    """Serve until Ctrl-C, a polite kill, or the time is over; say on stdout where."""
    from linacsim.stubs.plug import Plug
    from linacsim.stubs.serving import Served, serve
    from linacsim.stubs.wires import open_wire

    running = until(for_s)
    opened = open_wire(wire)
    try:
        typer.echo(f"{name} SIM at {opened.where}")
        typer.echo(SAFETY, err=True)
        serve(Served(peer, opened, Plug(faults)), running)
    except KeyboardInterrupt:
        pass
    finally:
        opened.close()
    return DONE


def until(for_s: float | None, *, owned: bool = False) -> Callable[[], bool]:
    """Return whether to go on; SIGTERM ends it as Ctrl-C does, so that links are taken away.

    A stub that is `owned` ends with the run that started it, however that ends.
    """
    ended = False
    owner = os.getppid()

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, end)
    began_s = time.monotonic()

    def running() -> bool:
        in_time = for_s is None or time.monotonic() - began_s < for_s
        return not ended and in_time and (not owned or os.getppid() == owner)

    return running


def ndi_polaris(
    link: Link = None,
    pty: Pty = False,
    tcp: TcpPlace = None,
    serial: SerialUrl = None,
    baud: Baud = 115_200,
    any_host: AnyHost = False,
    trace: TraceFile = None,
    travel_cm: Travel = 1.5,
    period_s: Period = 4.0,
    noise_mm: Annotated[float, typer.Option("--noise-mm", min=0.0)] = 0.045,
    rate_hz: Annotated[int, typer.Option("--rate-hz", help="20, 30 or 60.")] = 60,
    freeze_tag: Annotated[
        str, typer.Option("--freeze-tag", help="Which camera it claims to be; clients look at it.")
    ] = "Polaris Vega 008",
    fault: FaultOption = None,
    seed: Seed = 0,
    for_s: Until = None,
) -> int:
    """Be an NDI Polaris camera that sees a marker block breathe."""
    from linacsim.stubs.faulty import FaultyPeer
    from linacsim.stubs.ndi.camera import Camera
    from linacsim.stubs.ndi.polaris import Polaris, model_of

    if rate_hz not in (20, 30, 60):
        raise InputError(f"--rate-hz {rate_hz}: a Polaris has 20, 30 or 60")
    motion = wanted_motion(trace, travel_cm, period_s)
    camera = Camera(
        motion, rate_hz=rate_hz, noise_mm=noise_mm, seed=seed, faults=faults_of(fault, seed)
    )
    peer = FaultyPeer(Polaris(camera, model_of(freeze_tag)), faults_of(fault, seed))
    wire = wanted_wire(link, pty, tcp, serial, baud, any_host)
    return run_stub("ndi-polaris", peer, wire, faults_of(fault, seed), for_s)


app.command("ndi-polaris")(guarded(ndi_polaris))


def bench(
    scenario: Annotated[Path, typer.Argument(help="Scenario whose stubs are served.")],
    await_epoch: Annotated[
        bool, typer.Option("--await-epoch", hidden=True, help="Read time zero from stdin.")
    ] = False,
    for_s: Until = None,
) -> int:
    """Be all stubs of a scenario, each on a pseudo terminal, sharing the world they measure."""
    from linacsim.scenario.running import prepare
    from linacsim.stubs.serving import Pty, Served, serve_all

    made = prepare(scenario).bench
    if made is None or not made.stubs:
        raise InputError(f"{scenario} has no device with url: stub")
    running = until(for_s, owned=await_epoch)
    peers, plugs = made.peers(), made.plugs()
    with TemporaryDirectory(prefix="linacsim-") as folder:  # names that survive being unplugged
        served = [
            Served(peers[keys.name], Pty(Path(folder) / keys.name), plugs[keys.name])
            for keys in made.stubs
        ]
        try:
            for keys, one in zip(made.stubs, served, strict=True):
                typer.echo(f"{keys.name} SIM at {one.wire.where}")
            typer.echo(SAFETY, err=True)
            sys.stdout.flush()
            epoch_ns = int(sys.stdin.readline()) if await_epoch else time.monotonic_ns()
            serve_all(served, running, epoch_ns)
        except (KeyboardInterrupt, ValueError):
            pass
        finally:
            for one in served:
                one.wire.close()
    return DONE


app.command("bench")(guarded(bench))


@app.callback()
def group() -> None:
    """Be a piece of hardware, as a process of its own."""
