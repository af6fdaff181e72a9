"""`linacsim convert`."""

from pathlib import Path
from typing import Annotated

import typer

from linacsim.cli.guard import DONE, NOT_MET
from linacsim.cli.options import BeamNumber, GroupNumber, Json, Machine, Quiet
from linacsim.cli.terminal import Terminal, counted, finding_record

GATING = "gating parameters of a plan are never carried over"


def convert(
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="DICOM RT Plan.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File, or existing folder.", show_default=False)
    ],
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: Machine = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Convert a DICOM plan to TrueBeam XML.

    Beams that one sequence can deliver become sub-beams of one XML beam. Only what could be
    delivered is converted. Gating parameters are not carried over. The exit code is 0 if all is
    written, 1 if a beam cannot be delivered, 2 for bad input.
    """
    from linacsim.machines import load_machine
    from linacsim.scenario.conversion import convert_plan

    terminal = Terminal(json, quiet)
    spec = load_machine(machine) if machine else None
    made = convert_plan(plan, out, spec, number, group, overwrite=overwrite)
    findings = list(dict.fromkeys(one for file in made.files for one in file.findings))
    terminal.findings(findings, notes=not quiet)
    for file, path in zip(made.files, made.written, strict=False):
        assert file.beam is not None
        fields = len(file.beam.control_points.sub_beam)
        terminal.say(
            f"{path}: {fields} field{'' if fields == 1 else 's'}, "
            f"{file.beam.resolved_mu()[-1]:g} MU, {len(file.beam.control_points)} control points"
        )
    if made.written:
        terminal.remark(f"note: {GATING}")
    else:
        terminal.say(f"not converted: {counted(findings)}")
    terminal.result(
        {
            "written": [str(path) for path in made.written],
            "note": GATING,
            "findings": [finding_record(finding) for finding in findings],
        }
    )
    return DONE if made.written else NOT_MET
