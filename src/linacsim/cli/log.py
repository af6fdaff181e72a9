"""`linacsim log`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from linacsim.formats.trajectory_log import TrajectoryLog
    from linacsim.formats.trf import TrfLog

app = typer.Typer(help="Trajectory logs and TRF logs, ours or a machine's.", no_args_is_help=True)

LogArgument = Annotated[
    Path, typer.Argument(metavar="LOG", help="Trajectory log or TRF log.", show_default=False)
]

Lenient = Annotated[
    bool, typer.Option("--lenient", help="Take a damaged log as far as it can be read.")
]


def info(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG...", help="Trajectory logs or TRF logs.", show_default=False),
    ],
    lenient: Lenient = False,
    json: Json = False,
) -> int:
    """Tell what logs say about themselves: version, beam, length, CRC; of a TRF log its states.

    The exit code is 2 if a log cannot be read.
    """
    terminal = Terminal(json)
    records, code = [], DONE
    for path in logs:
        try:
            facts = _facts(path, strict=not lenient)
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
    lenient: Lenient = False,
) -> int:
    """Write a log as a table: a row per snapshot, expected and actual of each axis."""
    target = to or log.with_suffix(f".{format}" if format else ".csv")
    read: TrfLog | TrajectoryLog
    if begins_as_trf(log):
        from linacsim.formats.trf import export_trf, read_trf

        read = read_trf(log, strict=not lenient)
        written = export_trf(read, target, format, overwrite=overwrite)
    else:
        from linacsim.formats.trajectory_log import export_log, read_log

        read = read_log(log, strict=not lenient)
        written = export_log(read, target, format, overwrite=overwrite)
    for problem in read.problems:
        complain(f"{log}: {problem}")
    typer.echo(str(written))
    return DONE


def _facts(path: Path, *, strict: bool) -> dict[str, object]:
    if begins_as_trf(path):
        from linacsim.formats.trf import read_trf, trf_info

        return trf_info(read_trf(path, strict=strict))
    from linacsim.formats.trajectory_log import log_info, read_log

    return log_info(read_log(path, strict=strict))


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
