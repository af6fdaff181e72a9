"""`linacsim log metrics`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, complain, told
from linacsim.cli.options import Json
from linacsim.cli.table import show_table
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.machines.spec import MachineSpec
    from linacsim.review.metrics import Metrics


def metrics(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG...", help="Trajectory logs or journals.", show_default=False),
    ],
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine",
            "-m",
            help="Machine whose limits speeds are held against.  [default: by the log's MLC]",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="A row per axis as CSV on stdout.")] = False,
) -> int:
    """Measure deliveries: errors, lags, speeds, dose, times, holds, control points.

    The exit code is 2 if one cannot be measured; the others are measured all the same.
    """
    from linacsim.machines import load_machine

    if json and csv:
        raise InputError("--json and --csv both write to stdout: choose one")
    spec = load_machine(machine) if machine else None
    terminal = Terminal(json or csv)
    measured: list[Metrics] = []
    records: list[dict[str, object]] = []
    code = DONE
    for path in logs:
        try:
            result = _measure(path, spec)
        except (InputError, OSError) as error:
            complain(told(error))
            records.append({"name": str(path), "unusable": told(error)})
            code = BAD_INPUT
            continue
        measured.append(result)
        records.append(result.as_dict())
        _show(path, result, terminal)
    if csv:
        from linacsim.review.metrics.table import write_csv

        write_csv(measured, sys.stdout)
    else:
        terminal.result(records)
    return code


def _measure(path: Path, machine: "MachineSpec | None") -> "Metrics":
    from linacsim.review.metrics import measure
    from linacsim.scenario.recordings import machine_of, open_recording

    recording = open_recording(path, machine)
    return measure(recording, machine or machine_of(recording))


def _show(path: Path, result: "Metrics", terminal: Terminal) -> None:
    from linacsim.review.metrics.table import HEADINGS, lines, plain_rows

    if terminal.json:
        return
    terminal.say(str(path))
    for name, text in lines(result):
        terminal.say(f"{name:10}{text}")
    show_table(HEADINGS, plain_rows(result), left=HEADINGS[:2])
