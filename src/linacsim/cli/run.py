"""`linacsim run`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linacsim.cli.gated import draw_gated, show_gating
from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, STOPPED, complain, told
from linacsim.cli.options import Json, Plot, Quiet
from linacsim.cli.outcome import (
    draw_picture,
    files_record,
    outcome_record,
    show_files,
    show_outcome,
    show_timing,
)
from linacsim.cli.progress import watched
from linacsim.cli.terminal import SAFETY, Terminal, finding_record
from linacsim.model.findings import Finding, InputError, Severity

if TYPE_CHECKING:
    from linacsim.engines.realtime.lateness import Timing
    from linacsim.model.joints import FrameSink
    from linacsim.scenario.records import Records
    from linacsim.scenario.running import Prepared, Report


def run(
    scenarios: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIO...", help="Scenario files.", show_default=False),
    ],
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine", "-m", help="Use this machine instead of the one that a scenario names."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for logs and journals; without it, none is kept."),
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Run by the clock, with devices on real wires.")
    ] = False,
    rt: Annotated[
        bool,
        typer.Option(
            "--rt", help="With --realtime: ask the system for real-time priority and locked memory."
        ),
    ] = False,
    plot: Plot = False,
    record: Annotated[
        bool, typer.Option("--record", help="With --out: RT Beams Treatment Records of plans.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run scenarios and check what they expect.

    The exit code is 0 if all expectations are met, 1 if one is missed, 2 for bad input.
    """
    from linacsim.scenario.compose import Stopped

    if plot and out is None:
        raise InputError("--plot draws the log, and there is one only with --out")
    if record and out is None:
        raise InputError("--record writes records beside the log, and there is one only with --out")
    if rt and not realtime:
        raise InputError("--rt asks for real-time priority: it needs --realtime")
    terminal = Terminal(json, quiet)
    how = _How(machine, out, plot=plot, record=record, realtime=realtime, rt=rt)
    records: list[dict[str, Any]] = []
    code = DONE
    for path in scenarios:
        try:
            content, found = _run_one(path, how, terminal)
        except Stopped as stopped:
            complain(f"{path}: stopped by Ctrl-C; what was recorded is marked truncated")
            show_files(stopped.files, terminal)
            records.append({"scenario": str(path), "stopped": True, **files_record(stopped.files)})
            code = STOPPED
            break
        records.append(content)
        code = max(code, found)
    terminal.remark(SAFETY)
    terminal.result(records)
    return code


@dataclass(frozen=True, slots=True)
class _How:
    """Options that hold for all scenarios of a call."""

    machine: str | None
    out: Path | None
    plot: bool
    record: bool
    realtime: bool
    rt: bool


def _run_one(path: Path, how: _How, terminal: Terminal) -> tuple[dict[str, Any], int]:
    from linacsim.scenario.reader import ScenarioError
    from linacsim.scenario.running import prepare

    try:
        prepared = prepare(path, how.machine)
        findings = prepared.findings()
        _forewarn(prepared, findings, terminal)
        if prepared.scenario.icom is not None and not how.realtime:
            terminal.remark(f"{path}: icom: nothing is told there without --realtime")
        records = _records(prepared) if how.record else None
        sinks = (records.tape(),) if records else ()
        started_s = time.perf_counter()
        report, timing = (
            _live(prepared, how, terminal, sinks)
            if how.realtime
            else (_headless(prepared, how, terminal, sinks), None)
        )
        written = records.write(report.outcome.files, report.machine) if records else []
    except ScenarioError as error:
        return _refused(path, [str(problem) for problem in error.problems])
    except (InputError, OSError) as error:
        return _refused(path, [told(error)])
    _show(prepared, report, terminal, time.perf_counter() - started_s)
    if timing is not None:
        show_timing(timing, terminal)
    for name in written:
        terminal.say(f"record   {name}")
    files = report.outcome.files
    picture = draw_picture(files, terminal) if how.plot else None
    figures = report.gating.figures if report.gating else None
    return (
        {
            "scenario": str(path),
            "title": report.scenario.title,
            "met": not report.misses,
            "misses": list(report.misses),
            "findings": [finding_record(finding) for finding in findings],
            **outcome_record(report.outcome, report.machine),
            "records": [str(name) for name in written],
            "timing": timing.record() if timing else None,
            "picture": picture,
            "gating": figures.record() if figures else None,
            "gating_picture": draw_gated(report.gating, report.outcome.files, terminal)
            if how.plot
            else None,
        },
        NOT_MET if report.misses else DONE,
    )


def _forewarn(prepared: "Prepared", findings: Sequence[Finding], terminal: Terminal) -> None:
    """Tell before beam-on what is odd about beam and motion; notes are for `check` and `trace`."""
    terminal.remark(f"{prepared.path}: {prepared.scenario.title}")
    for finding in findings:
        if finding.severity is Severity.WARNING:
            terminal.say(str(finding))
        elif finding.severity is not Severity.NOTE:
            terminal.remark(str(finding))
    if prepared.unseen:
        terminal.say(f"{prepared.path}: {prepared.unseen}")


def _records(prepared: "Prepared") -> "Records":
    from linacsim.scenario.records import Records

    scenario = prepared.scenario
    plan = prepared.path.parent / scenario.beam
    return Records.of(plan, scenario.beam_number, (prepared.file,), group=scenario.group_number)


def _headless(
    prepared: "Prepared", how: _How, terminal: Terminal, sinks: "Sequence[FrameSink]"
) -> "Report":
    from linacsim.scenario.running import run_scenario

    total_mu = float(prepared.job.beam.resolved_mu()[-1])
    visible = not (terminal.json or terminal.quiet)
    with watched(prepared.path.name, total_mu, visible=visible) as watcher:
        return run_scenario(prepared, how.out, progress=watcher, sinks=sinks)


def _live(
    prepared: "Prepared", how: _How, terminal: Terminal, sinks: "Sequence[FrameSink]"
) -> tuple["Report", "Timing"]:
    """Run by the clock; what devices have to say goes to stderr as it comes."""
    from linacsim.scenario.live import run_live

    def tell(line: str) -> None:
        if not terminal.quiet:
            typer.echo(line, err=True)

    return run_live(prepared, how.out, ask_system=how.rt, tell=tell, sinks=sinks)


def _refused(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    for line in lines:
        complain(line)
    return {"scenario": str(path), "met": False, "unusable": lines}, BAD_INPUT


def _show(prepared: "Prepared", report: "Report", terminal: Terminal, wall_s: float) -> None:
    if not terminal.quiet:
        show_outcome(report.outcome, terminal, wall_s)
        show_gating(report.gating, terminal)
    for miss in report.misses:
        terminal.say(f"{prepared.path}: MISSED {miss}")
    if not report.misses:
        terminal.say(f"{prepared.path}: met")
