"""`linacsim check`."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, complain, told
from linacsim.cli.options import BeamNumber, GroupNumber, Json, Machine, Quiet
from linacsim.cli.terminal import Terminal, counted, finding_record
from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.scenario.beam_file import BeamFile


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Beams and DICOM plans.", show_default=False),
    ],
    number: BeamNumber = None,
    group: GroupNumber = None,
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
    from linacsim.scenario.beam_file import open_beams

    spec = load_machine(machine) if machine else None
    terminal = Terminal(json, quiet)
    records = []
    code = DONE
    for path in files:
        opened = partial(open_beams, path, spec, number, group)
        for record, found in _check_file(path, opened, terminal, fix=fix):
            records.append(record)
            code = max(code, found)
    terminal.result(records)
    return code


def _check_file(
    path: Path, opened: "Callable[[], Sequence[BeamFile]]", terminal: Terminal, *, fix: bool
) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield what is to be said of a file, for a plan of each of its sequences."""
    from linacsim.formats.rtplan import is_dicom

    try:
        files = opened()
    except (InputError, OSError) as error:
        complain(told(error))
        yield {"file": str(path), "deliverable": False, "unreadable": told(error)}, BAD_INPUT
        return
    for file in files:
        record = _tell(path, file, len(files), terminal)
        if fix:
            record["fixed"] = None if is_dicom(path) else _fix(path, terminal)
        yield record, DONE if file.deliverable else NOT_MET


def _tell(path: Path, file: "BeamFile", parts: int, terminal: Terminal) -> dict[str, Any]:
    terminal.findings(file.findings, notes=not terminal.quiet)
    summary = counted(file.findings) or "nothing found"
    verdict = "deliverable" if file.deliverable else "not deliverable"
    on = f" on {file.machine.name}" if file.machine else ""
    fields = (
        [one.name for _, one in sorted(file.beam.control_points.sub_beam.items())]
        if (parts > 1 and file.beam)
        else []
    )
    what = f"{path} ({', '.join(map(str, fields))})" if fields else str(path)
    terminal.say(f"{what}: {verdict}{on}; {summary}")
    return {
        "file": str(path),
        "beam": file.beam.id if file.beam else None,
        "machine": file.machine.name if file.machine else None,
        "deliverable": file.deliverable,
        "findings": [finding_record(finding) for finding in file.findings],
    }


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
