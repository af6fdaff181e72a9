"""The command tree."""

from typing import Annotated

import typer

from linacsim import __version__
from linacsim.cli.check import check
from linacsim.cli.convert import convert
from linacsim.cli.deliver import deliver
from linacsim.cli.devices import app as devices_app
from linacsim.cli.guard import guarded
from linacsim.cli.latency import latency
from linacsim.cli.log import app as log_app
from linacsim.cli.machines import app as machines_app
from linacsim.cli.plan import plan
from linacsim.cli.prescriptions import app as prescriptions_app
from linacsim.cli.regress import regress
from linacsim.cli.replay import replay
from linacsim.cli.run import run
from linacsim.cli.sensors import app as sensors_app
from linacsim.cli.serve import serve
from linacsim.cli.stub import app as stub_app
from linacsim.cli.stub_csv import STUBS as CSV_STUBS
from linacsim.cli.stub_icom import STUBS as ICOM_STUBS
from linacsim.cli.stub_llp import STUBS as LLP_STUBS
from linacsim.cli.stub_mqtt import STUBS as MQTT_STUBS
from linacsim.cli.stub_ndi import STUBS as NDI_STUBS
from linacsim.cli.stub_stages import STUBS as STAGE_STUBS
from linacsim.cli.trace import app as trace_app

app = typer.Typer(
    name="linacsim",
    help="Emulator of medical linac control systems.",
    epilog="Research and test use only. Never connect it to a machine that can irradiate.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"linacsim {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[  # its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show version.")
    ] = False,
) -> None:
    """Emulate medical linac control systems: deliver beams and write logs without a machine."""


for command in (deliver, check, plan, convert, run, regress, latency, replay, serve):
    app.command()(guarded(command))
app.add_typer(log_app, name="log")
app.add_typer(devices_app, name="devices")
app.add_typer(machines_app, name="machines")
app.add_typer(prescriptions_app, name="prescriptions")
app.add_typer(sensors_app, name="sensors")
STUBS = NDI_STUBS | LLP_STUBS | CSV_STUBS | MQTT_STUBS | STAGE_STUBS | ICOM_STUBS
for name, stub in STUBS.items():
    stub_app.command(name)(guarded(stub))
app.add_typer(stub_app, name="stub")
app.add_typer(trace_app, name="trace")
