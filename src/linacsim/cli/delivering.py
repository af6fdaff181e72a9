"""Delivers files one after another, and keeps what came of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from linacsim.cli.gated import draw_gated, show_gating
from linacsim.cli.guard import DONE, NOT_MET, STOPPED, complain
from linacsim.cli.motion import MotionOptions, moving_for
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
    from collections.abc import Sequence
    from pathlib import Path

    from linacsim.engines.batch import RunResult
    from linacsim.machines.spec import MachineSpec
    from linacsim.model.arrays import Floats
    from linacsim.model.findings import Finding
    from linacsim.model.interlocks import Right
    from linacsim.model.joints import FrameSink
    from linacsim.scenario.beam_file import BeamFile
    from linacsim.scenario.compose import Engine, Job, Outcome
    from linacsim.scenario.moving import Moving
    from linacsim.scenario.recorder import Files, RecordOptions
    from linacsim.scenario.records import Records


@dataclass(slots=True)
class Delivering:
    """Delivers one file after another and keeps what came out."""

    terminal: Terminal
    records: "RecordOptions"
    plot: bool
    named: bool
    """Whether the machine was named, not chosen."""
    treatment: "Records | None" = None
    """Treatment records to write; None: none."""
    engine_for: "Callable[[Job], Engine] | None" = None
    """Makes the engine of each run; None: headless."""
    results: list[dict[str, Any]] = field(default_factory=list)
    written: "list[Path]" = field(default_factory=list)
    """All files that were written."""
    met: bool = True
    """Whether all were complete so far and broke no invariant."""

    def run(self, name: str, file: "BeamFile", job: "Job", options: MotionOptions) -> "RunResult":
        """Deliver one; raises `Stopped`."""
        from linacsim.scenario.compose import Stopped
        from linacsim.scenario.gated import Gated

        terminal = self.terminal
        moving = moving_for(job.beam, options, job.seed)
        if moving is not None:
            machine = moving.gates(job.machine, job.beam.energy, file.lowest_rate)
            moving = moving.beside(machine, job.beam)
            job = replace(job, machine=machine, feeds=(moving.feed,))
        findings = file.findings + (moving.findings_of(job.machine, job.beam) if moving else ())
        _introduce(job, findings, terminal, named=self.named)
        _tell_unseen(job, moving, terminal)
        gated = Gated(job, moving) if moving else None
        started_s = time.perf_counter()
        sinks: tuple[FrameSink, ...] = (gated.record,) if gated else ()
        sinks += (self.treatment.tape(),) if self.treatment else ()
        try:
            outcome = self._run(name, job, sinks)
        except Stopped as stopped:
            self._write_records(stopped.files, job.machine)
            raise
        show_outcome(outcome, terminal, time.perf_counter() - started_s)
        if not terminal.quiet:
            show_gating(gated, terminal)
        figures = gated.figures if gated else None
        written = self._write_records(outcome.files, job.machine)
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

    def _run(self, name: str, job: "Job", sinks: "tuple[FrameSink, ...]") -> "Outcome":
        from linacsim.scenario.compose import run_job

        if self.engine_for is not None:
            return run_job(job, self.records, sinks=sinks, engine=self.engine_for(job))
        visible = not (self.terminal.json or self.terminal.quiet)
        with watched(name, job.beam.resolved_mu()[-1], visible=visible) as watcher:
            return run_job(job, self.records, progress=watcher, sinks=sinks)

    def _write_records(self, files: "Files", machine: "MachineSpec") -> "list[Path]":
        """Write the treatment records of the file delivered last; return where."""
        records = self.treatment.write(files, machine) if self.treatment else []
        for path in records:
            self.terminal.say(f"record   {path}")
        self.written += [*files.paths(), *records]
        return records


def deliver_files(
    path: "Path",
    files: "Sequence[BeamFile]",
    delivering: Delivering,
    options: MotionOptions,
    *,
    seed: int,
    rights: "Right | None" = None,
) -> int:
    """Deliver the files of a beam or plan in their order; return the exit code.

    A file that is not complete ends the delivery, as does Ctrl-C.
    """
    from linacsim.model.interlocks import Right
    from linacsim.scenario.beam_job import beam_job
    from linacsim.scenario.compose import Stopped

    terminal, results = delivering.terminal, delivering.results
    if not all(file.deliverable for file in files):
        return _refuse(files, terminal)
    start: Floats | None = None
    for file in files:
        job = beam_job(file, seed=seed, rights=rights or Right.BASIC, start=start)
        try:
            start = delivering.run(path.name, file, job, options).positions
        except Stopped as stopped:
            return _stopped(stopped.files, terminal)
        if not delivering.met:
            break
    terminal.remark(SAFETY)
    terminal.result(results[0] if len(files) == 1 else {"deliveries": results})
    return DONE if delivering.met else NOT_MET


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
