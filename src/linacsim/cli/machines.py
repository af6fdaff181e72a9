"""`linacsim machines`."""

import typer

from linacsim.cli.guard import DONE, guarded
from linacsim.cli.options import Json
from linacsim.cli.terminal import Terminal

app = typer.Typer(help="Machines that come with linacsim.", no_args_is_help=True)


def list_machines(json: Json = False) -> int:
    """List the machines that come with linacsim."""
    from linacsim.machines import load_machine, machine_names

    terminal = Terminal(json)
    machines = [load_machine(name) for name in machine_names()]
    wide = max(len(machine.name) for machine in machines)
    models = max(len(machine.mlc.model) for machine in machines)
    for machine in machines:
        terminal.say(f"{machine.name:{wide}}  {machine.mlc.model:{models}}  {machine.title}")
        terminal.say(f"{'':{wide + models + 4}}{', '.join(machine.energies)}")
    terminal.result(
        [
            {
                "name": machine.name,
                "title": machine.title,
                "mlc_model": machine.mlc.model,
                "energies": list(machine.energies),
            }
            for machine in machines
        ]
    )
    return DONE


app.command("list")(guarded(list_machines))


@app.callback()
def group() -> None:
    """Show the machines that come with linacsim."""
