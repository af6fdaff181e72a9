"""`linacsim check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, complain, told
from linacsim.cli.options import Json, Machine, Quiet
from linacsim.cli.terminal import Terminal, counted, finding_record
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.machines.spec import MachineSpec


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Beams.", show_default=False)
    ],
    machine: Machine = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write a mended copy as <name>.fixed.xml.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check beams and tell what is found, and where.

    The exit code is 0 if all can be delivered, 1 if one cannot, 2 if one cannot be read.
    """
    from linacsim.machines import load_machine

    spec = load_machine(machine) if machine else None
    terminal = Terminal(json, quiet)
    records = []
    code = DONE
    for path in files:
        record, found = _check_one(path, spec, terminal, fix=fix)
        records.append(record)
        code = max(code, found)
    terminal.result(records)
    return code


def _check_one(
    path: Path, spec: "MachineSpec | None", terminal: Terminal, *, fix: bool
) -> tuple[dict[str, Any], int]:
    from linacsim.scenario.beam_file import open_beam

    try:
        file = open_beam(path, spec)
    except (InputError, OSError) as error:
        complain(told(error))
        return {"file": str(path), "deliverable": False, "unreadable": told(error)}, BAD_INPUT
    terminal.findings(file.findings, notes=not terminal.quiet)
    summary = counted(file.findings) or "nothing found"
    verdict = "deliverable" if file.deliverable else "not deliverable"
    on = f" on {file.machine.name}" if file.machine else ""
    terminal.say(f"{path}: {verdict}{on}; {summary}")
    record: dict[str, Any] = {
        "file": str(path),
        "machine": file.machine.name if file.machine else None,
        "deliverable": file.deliverable,
        "findings": [finding_record(finding) for finding in file.findings],
    }
    if fix:
        record["fixed"] = _fix(path, terminal)
    return record, DONE if file.deliverable else NOT_MET


def _fix(path: Path, terminal: Terminal) -> str | None:
    from linacsim.formats.truebeam_xml import mend

    out = path.with_name(f"{path.stem}.fixed.xml")
    mended = mend(path, out)
    if not mended:
        terminal.say(f"{path}: nothing that has one obvious mend")
        return None
    terminal.findings(mended, notes=True)
    terminal.say(f"fixed    {out}")
    return str(out)
