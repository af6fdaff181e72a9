"""`linacsim stub`: stand-ins for hardware."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from linacsim.cli.guard import DONE, guarded
from linacsim.cli.stub_options import Until, begin_ns, until
from linacsim.cli.terminal import SAFETY
from linacsim.model.findings import InputError

app = typer.Typer(
    help="Stand-ins for hardware that speak the real protocols.", no_args_is_help=True
)


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
            epoch_ns = begin_ns(awaited=await_epoch)
            if epoch_ns is not None:
                serve_all(served, running, epoch_ns)
        except KeyboardInterrupt:
            pass
        finally:
            for one in served:
                one.wire.close()
    return DONE


app.command("bench")(guarded(bench))


@app.callback()
def group() -> None:
    """Be a piece of hardware, as a process of its own."""
