"""`linacsim log check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, complain, told
from linacsim.cli.log_subject import begins_as_trf
from linacsim.cli.options import Json, Quiet
from linacsim.cli.terminal import Terminal
from linacsim.model.findings import InputError, Place

if TYPE_CHECKING:
    from linacsim.machines.spec import MachineSpec
    from linacsim.review.log_check import LogCheck


def check(
    logs: Annotated[
        list[Path], typer.Argument(metavar="LOG...", help="Trajectory logs.", show_default=False)
    ],
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine",
            "-m",
            help="Machine whose limits hold.  [default: the shipped one that has the log's MLC]",
            show_default=False,
        ),
    ] = None,
    energy: Annotated[
        str | None,
        typer.Option(
            help="Energy, such as 6x.  [default: as the log or its text file says]",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Judge logs by the invariants: no dose while held, no limit broken, nothing missing.

    The exit code is 0 if all logs keep all rules, 1 if one breaks some, 2 if one cannot be read
    or judged; the others are judged all the same.
    """
    from linacsim.machines import load_machine

    spec = load_machine(machine) if machine else None
    terminal = Terminal(json, quiet)
    records: list[dict[str, object]] = []
    code = DONE
    for path in logs:
        try:
            found = _checked(path, spec, energy)
        except (InputError, OSError) as error:
            complain(told(error))
            records.append({"name": str(path), "unusable": told(error)})
            code = BAD_INPUT
            continue
        records.append(found.as_dict())
        _show(path, found, terminal)
        code = code if found.keeps else max(code, NOT_MET)
    terminal.result(records)
    return code


def _checked(path: Path, spec: "MachineSpec | None", energy: str | None) -> "LogCheck":
    from linacsim.formats.trajectory_log import read_log
    from linacsim.review.log_check import check_log
    from linacsim.review.recording import of_log
    from linacsim.scenario.recordings import machine_of

    if begins_as_trf(path):
        raise InputError(
            "log check is for trajectory logs: a TRF log tells where axes end, not the course they "
            "should take; use log info, log metrics or log compare",
            Place(file=str(path)),
        )
    log = read_log(path)
    recording = of_log(log, only_numbers=False)
    machine = spec or machine_of(recording)
    if machine is None:
        raise InputError(
            f"no shipped machine has the MLC {recording.mlc_model}: name one with --machine",
            Place(file=str(path)),
        )
    return check_log(log, machine, energy)


def _show(path: Path, found: "LogCheck", terminal: Terminal) -> None:
    from linacsim.review.log_check import told as told_violation

    for note in found.notes:
        terminal.remark(f"{path}: note: {note}")
    for violation in found.violations:
        terminal.say(f"{path}: {told_violation(violation)}")
    if found.keeps:
        terminal.say(
            f"{path}: keeps all rules ({found.rows} snapshots, {found.length_s:.2f} s, "
            f"{found.machine})"
        )
