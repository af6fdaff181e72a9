"""`linacsim deliver`."""

import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.gated import draw_gated, show_gating
from linacsim.cli.guard import DONE, NOT_MET, STOPPED, complain
from linacsim.cli.motion import (
    MotionOptions,
    SensorOption,
    Sine,
    TraceColumns,
    TraceFile,
    moving_for,
)
from linacsim.cli.options import BeamArgument, BeamNumber, Json, Machine, Out, Plot, Quiet
from linacsim.cli.outcome import (
    draw_picture,
    files_record,
    outcome_record,
    show_files,
    show_outcome,
)
from linacsim.cli.progress import watched
from linacsim.cli.terminal import SAFETY, Terminal, counted, finding_record
from linacsim.cli.treatment import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linacsim.engines.batch import RunResult
    from linacsim.model.arrays import Floats
    from linacsim.model.findings import Finding
    from linacsim.model.joints import FrameSink
    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.compose import Job
    from linacsim.scenario.moving import Moving
    from linacsim.scenario.recorder import Files, RecordOptions


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
    number: BeamNumber = None,
    machine: Machine = None,
    out: Out = Path(),
    trace: TraceFile = None,
    columns: TraceColumns = None,
    sine: Sine = None,
    sensor: SensorOption = None,
    seed: Annotated[int, typer.Option(min=0, help="All chance in the run comes from it.")] = 1,
    rights: Annotated[Rights, typer.Option(help="Rights at the console.")] = Rights.BASIC,
    log_version: Annotated[
        LogVersion, typer.Option(help="Version of the trajectory log.")
    ] = LogVersion.V3_0,
    interval: Annotated[int, typer.Option(help="Row interval in ms: 10 or 20.")] = 20,
    plot: Plot = False,
    record: Annotated[
        bool, typer.Option("--record", help="Also write RT Beams Treatment Records of a plan.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Deliver a beam and write its trajectory log.

    A journal, from which the run can be replayed, is written beside the log.

    Accessories that the beam asks for are mounted, beam-hold devices that it lists are ready, and
    the operator does the usual: load, prepare, go to, MV ready, beam on. The exit code is 0 if
    the beam is complete, 1 if it is not or cannot be delivered, 2 for bad input.

    A gated beam needs motion: a trace or a sine, which begins when the machine is switched on.

    A plan is delivered in as few sequences as it can be, each with a log and a journal; one that
    is not complete ends the delivery.
    """
    from linacsim.machines import load_machine
    from linacsim.model.interlocks import Right
    from linacsim.scenario.beam_file import open_beams
    from linacsim.scenario.beam_job import beam_job
    from linacsim.scenario.compose import Stopped
    from linacsim.scenario.recorder import RecordOptions

    terminal = Terminal(json, quiet)
    files = open_beams(beam, load_machine(machine) if machine else None, number)
    if not all(file.deliverable for file in files):
        return _refuse(files, terminal)
    records = Records.of(beam, number, files) if record else None
    options = MotionOptions(trace, columns, sine, sensor)
    delivery = _Delivery(
        terminal,
        RecordOptions(out, log_version.value, interval),
        plot=plot,
        named=bool(machine),
        treatment=records,
    )
    start: Floats | None = None
    for file in files:
        job = beam_job(file, seed=seed, rights=Right[rights.name], start=start)
        try:
            result = delivery.run(beam.name, file, job, options)
        except Stopped as stopped:
            return _stopped(stopped.files, terminal)
        start = result.positions
        if not delivery.met:
            break
    terminal.remark(SAFETY)
    results = delivery.results
    terminal.result(results[0] if len(files) == 1 else {"deliveries": results})
    return DONE if delivery.met else NOT_MET


@dataclass(slots=True)
class _Delivery:
    """Delivers one file after another and keeps what came out."""

    terminal: Terminal
    records: "RecordOptions"
    plot: bool
    named: bool
    """Whether the machine was named, not chosen."""
    treatment: Records | None = None
    """Treatment records to write; None: none."""
    results: list[dict[str, Any]] = field(default_factory=list)
    met: bool = True
    """Whether all were complete so far and broke no invariant."""

    def run(self, name: str, file: "BeamFile", job: "Job", options: MotionOptions) -> "RunResult":
        """Deliver one; raises `Stopped`."""
        from linacsim.scenario.compose import run_job
        from linacsim.scenario.gated import Gated

        terminal = self.terminal
        moving = moving_for(job.beam, options, job.seed)
        if moving is not None:
            machine = moving.gates(job.machine, job.beam)
            moving = moving.beside(machine, job.beam)
            job = replace(job, machine=machine, feeds=(moving.feed,))
        findings = file.findings + (moving.findings_of(job.machine, job.beam) if moving else ())
        _introduce(job, findings, terminal, named=self.named)
        _tell_unseen(job, moving, terminal)
        gated = Gated(job, moving) if moving else None
        started_s = time.perf_counter()
        visible = not (terminal.json or terminal.quiet)
        with watched(name, job.beam.resolved_mu()[-1], visible=visible) as watcher:
            sinks: tuple[FrameSink, ...] = (gated.record,) if gated else ()
            tape = self.treatment.tape() if self.treatment else None
            sinks += (tape,) if tape else ()
            outcome = run_job(job, self.records, progress=watcher, sinks=sinks)
        show_outcome(outcome, terminal, time.perf_counter() - started_s)
        if not terminal.quiet:
            show_gating(gated, terminal)
        figures = gated.figures if gated else None
        written = self.treatment.write(outcome.files, job.machine) if self.treatment else []
        for path in written:
            terminal.say(f"record   {path}")
        self.results.append(
            outcome_record(outcome, job.machine)
            | {
                "records": [str(path) for path in written],
                "picture": draw_picture(outcome.files, terminal) if self.plot else None,
                "findings": [finding_record(finding) for finding in findings],
                "gating": figures.record() if figures else None,
                "gating_picture": draw_gated(gated, outcome.files, terminal) if self.plot else None,
            }
        )
        self.met = outcome.result.state.name == "COMPLETE" and not outcome.violations
        return outcome.result


def _introduce(
    job: "Job", findings: "Sequence[Finding]", terminal: Terminal, *, named: bool
) -> None:
    beam = job.beam
    why = "" if named else f" (it has the beam's MLC, {beam.mlc_model})"
    terminal.remark(
        f"beam     {beam.name}: {beam.energy}, {beam.resolved_mu()[-1]:g} MU, "
        f"{len(beam.control_points)} control points"
    )
    terminal.remark(f"machine  {job.machine.name}{why}, seed {job.seed}")
    if not terminal.quiet:
        terminal.findings(findings, notes=False)


def _tell_unseen(job: "Job", moving: "Moving | None", terminal: Terminal) -> None:
    from linacsim.scenario.moving import told_of_unseen, unseen_sources

    if unseen := told_of_unseen(unseen_sources(job.beam, moving)):
        terminal.say(f"{unseen}; give it motion with --trace or --sine, or in a scenario")


def _refuse(files: "Sequence[BeamFile]", terminal: Terminal) -> int:
    findings = list(dict.fromkeys(finding for file in files for finding in file.findings))
    terminal.findings(findings, notes=False)
    terminal.say(f"not delivered: {counted(findings)}")
    terminal.result({"state": None, "findings": [finding_record(f) for f in findings]})
    return NOT_MET


def _stopped(files: "Files", terminal: Terminal) -> int:
    complain("stopped by Ctrl-C; what was recorded is kept and marked truncated")
    show_files(files, terminal)
    terminal.result({"state": None, "stopped": True, **files_record(files)})
    return STOPPED
