"""`linacsim plan`."""

import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import DONE, NOT_MET
from linacsim.cli.options import BeamArgument, BeamNumber, GroupNumber, Json, Machine, Quiet
from linacsim.cli.terminal import Terminal, counted, finding_record

if TYPE_CHECKING:
    from linacsim.model.axes import AxisLayout
    from linacsim.planning import PlanTable

_PIPE_WIDTH = 200


def plan(
    beam: BeamArgument,
    number: BeamNumber = None,
    group: GroupNumber = None,
    machine: Machine = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all axes as CSV to this file, - for stdout.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the plan: PNG, SVG or PDF.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Show the time law of a beam.

    Per control point: when it is reached, what the segment before it takes and what limits it.

    The exit code is 0 if the beam can be planned, 1 if not, 2 for bad input.
    """
    from linacsim.machines import load_machine
    from linacsim.scenario.beam_file import open_beam

    terminal = Terminal(json, quiet or csv == Path("-"))
    file = open_beam(beam, load_machine(machine) if machine else None, number, group)
    findings = [finding_record(finding) for finding in file.findings]
    if file.plan is None or file.plan.trajectory is None or file.machine is None:
        terminal.findings(file.findings, notes=False)
        terminal.say(f"not planned: {counted(file.findings)}")
        terminal.result({"planned": False, "findings": findings})
        return NOT_MET
    table, trajectory, layout = file.plan.table, file.plan.trajectory, file.machine.layout
    if plot is not None:
        from linacsim.review.plan_plot import draw_plan

        draw_plan(trajectory, layout, beam.name, plot)
        terminal.remark(f"picture  {plot}")
    if csv is not None:
        _write_csv(table, layout, csv, terminal)
    elif not json:
        _show(table, layout)
    terminal.remark(
        f"{beam.name} on {file.machine.name}: {trajectory.final_mu:g} MU in "
        f"{trajectory.duration_s:.3f} s"
    )
    if json:
        from linacsim.review.plan_table import records

        terminal.result(
            {
                "planned": True,
                "machine": file.machine.name,
                "duration_s": trajectory.duration_s,
                "mu": trajectory.final_mu,
                "control_points": list(records(table, layout)),
                "findings": findings,
            }
        )
    return DONE


def _write_csv(table: "PlanTable", layout: "AxisLayout", path: Path, terminal: Terminal) -> None:
    from linacsim.review.plan_table import write_csv

    if path == Path("-"):
        write_csv(table, layout, sys.stdout)
        return
    from linacsim.formats.trajectory_log.errors import write_error
    from linacsim.formats.trajectory_log.storage import write_whole

    text = StringIO(newline="")
    write_csv(table, layout, text)
    try:
        write_whole(path, text.getvalue().encode("utf-8"), overwrite=True, sync=False)
    except OSError as error:
        raise write_error(error, path, "the plan") from None
    terminal.remark(f"csv      {path}")


def _show(table: "PlanTable", layout: "AxisLayout") -> None:
    from rich.console import Console
    from rich.table import Table

    from linacsim.review.plan_table import HEADINGS, plain_rows

    shown = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        right = heading in ("cp", "time [s]", "MU", "MU/min")
        shown.add_column(heading.replace("[", "\\["), justify="right" if right else "left")
    for row in plain_rows(table, layout):
        shown.add_row(*row)
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(shown)
