"""`linacsim deliver`."""

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.cli.guard import DONE, NOT_MET, STOPPED, complain
from linacsim.cli.options import BeamArgument, Json, Machine, Out, Plot, Quiet
from linacsim.cli.outcome import (
    draw_picture,
    files_record,
    outcome_record,
    show_files,
    show_outcome,
)
from linacsim.cli.progress import watched
from linacsim.cli.terminal import SAFETY, Terminal, counted, finding_record

if TYPE_CHECKING:
    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.compose import Job
    from linacsim.scenario.recorder import Files


class Rights(StrEnum):
    """Rights at the console."""

    BASIC = "basic"
    SERVICE = "service"


class LogVersion(StrEnum):
    """Versions of trajectory logs that are written."""

    V2_1 = "2.1"
    V3_0 = "3.0"
    V4_0 = "4.0"


def deliver(
    beam: BeamArgument,
    machine: Machine = None,
    out: Out = Path(),
    seed: Annotated[int, typer.Option(min=0, help="All chance in the run comes from it.")] = 1,
    rights: Annotated[Rights, typer.Option(help="Rights at the console.")] = Rights.BASIC,
    log_version: Annotated[
        LogVersion, typer.Option(help="Version of the trajectory log.")
    ] = LogVersion.V3_0,
    interval: Annotated[int, typer.Option(help="Row interval in ms: 10 or 20.")] = 20,
    plot: Plot = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Deliver a beam and write its trajectory log.

    A journal, from which the run can be replayed, is written beside the log.

    Accessories that the beam asks for are mounted, beam-hold devices that it lists are ready, and
    the operator does the usual: load, prepare, go to, MV ready, beam on. The exit code is 0 if
    the beam is complete, 1 if it is not or cannot be delivered, 2 for bad input.
    """
    from linacsim.machines import load_machine
    from linacsim.scenario.beam_file import open_beam
    from linacsim.scenario.compose import Stopped, run_job
    from linacsim.scenario.recorder import RecordOptions

    terminal = Terminal(json, quiet)
    file = open_beam(beam, load_machine(machine) if machine else None)
    if not file.deliverable:
        return _refuse(file, terminal)
    job = _job(file, seed, rights)
    _introduce(job, file, terminal, named=machine is not None)
    records = RecordOptions(out, log_version.value, interval)
    started_s = time.perf_counter()
    try:
        with watched(beam.name, job.beam.resolved_mu()[-1], visible=not (json or quiet)) as watcher:
            outcome = run_job(job, records, progress=watcher)
    except Stopped as stopped:
        return _stopped(stopped.files, terminal)
    show_outcome(outcome, terminal, time.perf_counter() - started_s)
    picture = draw_picture(outcome.files, terminal) if plot else None
    terminal.remark(SAFETY)
    terminal.result(
        outcome_record(outcome, job.machine)
        | {"picture": picture, "findings": [finding_record(f) for f in file.findings]}
    )
    met = outcome.result.state.name == "COMPLETE" and not outcome.violations
    return DONE if met else NOT_MET


def _job(file: "BeamFile", seed: int, rights: Rights) -> "Job":
    from linacsim.engines.operator import DefaultOperator
    from linacsim.model.interlocks import Right
    from linacsim.scenario.compose import Job, room_as_planned

    assert file.beam is not None
    assert file.machine is not None
    assert file.plan is not None
    return Job(
        machine=file.machine,
        beam=file.beam,
        trajectory=file.plan.trajectory,
        actors=(DefaultOperator(file.beam),),
        seed=seed,
        rights=Right[rights.name],
        room=room_as_planned(file.beam),
    )


def _introduce(job: "Job", file: "BeamFile", terminal: Terminal, *, named: bool) -> None:
    from linacsim.scenario.moving import told_of_unseen, unseen_sources

    beam = job.beam
    why = "" if named else f" (it has the beam's MLC, {beam.mlc_model})"
    terminal.remark(
        f"beam     {beam.name}: {beam.energy}, {beam.resolved_mu()[-1]:g} MU, "
        f"{len(beam.control_points)} control points"
    )
    terminal.remark(f"machine  {job.machine.name}{why}, seed {job.seed}")
    if not terminal.quiet:
        terminal.findings(file.findings, notes=False)
    if unseen := told_of_unseen(unseen_sources(beam, None)):
        terminal.say(f"{unseen}; a scenario can give it motion (linacsim run)")


def _refuse(file: "BeamFile", terminal: Terminal) -> int:
    terminal.findings(file.findings, notes=False)
    terminal.say(f"not delivered: {counted(file.findings)}")
    terminal.result({"state": None, "findings": [finding_record(f) for f in file.findings]})
    return NOT_MET


def _stopped(files: "Files", terminal: Terminal) -> int:
    complain("stopped by Ctrl-C; what was recorded is kept and marked truncated")
    show_files(files, terminal)
    terminal.result({"state": None, "stopped": True, **files_record(files)})
    return STOPPED
