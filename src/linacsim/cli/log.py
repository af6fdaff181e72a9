"""`linacsim log`."""

from pathlib import Path
from typing import Annotated

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, complain, guarded, told
from linacsim.cli.log_check import check
from linacsim.cli.log_compare import compare
from linacsim.cli.log_fluence import fluence, gamma
from linacsim.cli.log_metrics import metrics
from linacsim.cli.log_plot import plot
from linacsim.cli.log_report import report
from linacsim.cli.log_subject import begins_as_trf
from linacsim.cli.options import Json
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError

app = typer.Typer(help="Trajectory logs and TRF logs, ours or a machine's.", no_args_is_help=True)

LogArgument = Annotated[
    Path, typer.Argument(metavar="LOG", help="Trajectory log or TRF log.", show_default=False)
]


def info(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG...", help="Trajectory logs or TRF logs.", show_default=False),
    ],
    json: Json = False,
) -> int:
    """Tell what logs say about themselves: version, beam, length, CRC; of a TRF log its states.

    The exit code is 2 if a log cannot be read.
    """
    terminal = Terminal(json)
    records, code = [], DONE
    for path in logs:
        try:
            facts = _facts(path)
        except (InputError, OSError) as error:
            complain(told(error))
            facts, code = {"file": str(path), "unreadable": told(error)}, BAD_INPUT
        else:
            for key, value in facts.items():
                terminal.say(f"{key:18}  {_plain(value)}")
        records.append(facts)
    terminal.result(records)
    return code


def export(
    log: LogArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File to write.  [default: the log's name]", show_default=False
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(help="csv, npz, parquet or hdf5.  [default: by suffix, csv]"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> int:
    """Write a log as a table: a row per snapshot, expected and actual of each axis."""
    target = to or log.with_suffix(f".{format}" if format else ".csv")
    if begins_as_trf(log):
        from linacsim.formats.trf import export_trf, read_trf

        written = export_trf(read_trf(log), target, format, overwrite=overwrite)
    else:
        from linacsim.formats.trajectory_log import export_log, read_log

        written = export_log(read_log(log), target, format, overwrite=overwrite)
    typer.echo(str(written))
    return DONE


def _facts(path: Path) -> dict[str, object]:
    if begins_as_trf(path):
        from linacsim.formats.trf import read_trf, trf_info

        return trf_info(read_trf(path))
    from linacsim.formats.trajectory_log import log_info, read_log

    return log_info(read_log(path))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:.7g}"
    return "unknown" if value is None else str(value) or "none"


for command in (info, check, metrics, compare, fluence, gamma, plot, report, export):
    app.command()(guarded(command))
