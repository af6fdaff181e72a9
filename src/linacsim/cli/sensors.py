"""`linacsim sensors`."""

import typer

from linacsim.cli.guard import DONE, guarded
from linacsim.cli.options import Json
from linacsim.cli.terminal import Terminal

app = typer.Typer(help="Sensors and gating systems that come with linacsim.", no_args_is_help=True)


def list_sensors(json: Json = False) -> int:
    """List the sensors and gating systems that a scenario may name as preset."""
    from linacsim.motion.chains import chain_of
    from linacsim.motion.presets import sensor_names, sensor_spec

    terminal = Terminal(json)
    records = []
    for name in sensor_names():
        spec, chain = sensor_spec(name), chain_of(name)
        terminal.say(f"{name:16}  {spec.stands_for:8}  {spec.rate_hz:4g} Hz  {spec.title}")
        records.append(
            {
                "name": name,
                "title": spec.title,
                "source": spec.stands_for,
                "rate_hz": spec.rate_hz,
                "latency_ms": spec.latency_ms,
                "transport_ms": chain.transport_ms,
                "decision_ms": chain.decision_ms,
                "beam_on_ms": chain.beam_on_ms,
                "beam_off_ms": chain.beam_off_ms,
            }
        )
    terminal.result(records)
    return DONE


app.command("list")(guarded(list_sensors))


@app.callback()
def group() -> None:
    """Show the sensors and gating systems that come with linacsim."""
