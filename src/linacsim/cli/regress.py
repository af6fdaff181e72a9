"""`linacsim regress`."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from linacsim.cli.guard import BAD_INPUT, DONE, NOT_MET, STOPPED, complain
from linacsim.cli.many import ManyWatcher, many
from linacsim.cli.options import Json, Quiet
from linacsim.cli.table import show_table
from linacsim.cli.terminal import SAFETY, Terminal
from linacsim.model.findings import InputError, Place

if TYPE_CHECKING:
    from linacsim.regress.cases import Case
    from linacsim.regress.tolerances import Tolerances
    from linacsim.regress.verdicts import Verdict

_MOST_ROWS = 25
"""Of the changes of a case, on the terminal; files and JSON have all."""


def regress(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder of scenarios, beams and plans.", show_default=False
        ),
    ],
    update: Annotated[
        bool, typer.Option("--update", help="Show what changed, then keep it as the new baselines.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write the result as JUnit XML.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write the result as a page.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes at once.  [default: one a core]"),
    ] = None,
    machine: Annotated[
        str | None,
        typer.Option("--machine", "-m", help="Deliver on this machine instead of each one's own."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Deliver a folder of scenarios, beams and plans again and tell what changed since last time.

    Baselines are in its subfolder `baselines`. The exit code is 0 if nothing changed beyond the
    tolerances, 1 if something did, 2 if something cannot be delivered or compared. With --update
    it is 0 once the baselines are written; nothing is written unless all could be delivered.
    """
    from linacsim.machines import load_machine
    from linacsim.regress.cases import cases_in
    from linacsim.regress.parallel import default_jobs
    from linacsim.regress.rows import record, summary
    from linacsim.regress.tolerances import load_tolerances

    _check_places(junit, html)
    if machine:
        load_machine(machine)
    terminal = Terminal(json, quiet)
    cases = cases_in(folder)
    tolerances = load_tolerances(folder)
    started_s = time.perf_counter()
    job = _Job(folder, cases, machine, tolerances, jobs or default_jobs(len(cases)))
    with many(len(cases), visible=not (json or quiet)) as watcher:
        try:
            verdicts, seconds = _deliver(job, watcher)
        except KeyboardInterrupt:
            complain("stopped by Ctrl-C: nothing was written")
            return STOPPED
        for verdict in verdicts:
            _show(verdict, terminal, update=update)
        _write_reports(job, verdicts, seconds, junit, html)
        code = _update(verdicts, terminal) if update else _code(verdicts)
    terminal.say(summary(verdicts))
    terminal.remark(f"{len(cases)} delivered in {time.perf_counter() - started_s:.1f} s")
    terminal.remark(SAFETY)
    terminal.result(
        {
            "folder": str(folder),
            "summary": summary(verdicts),
            "updated": update and code == DONE,
            "cases": [record(verdict) for verdict in verdicts],
            "tolerances": tolerances.values,
            "notice": SAFETY,
        }
    )
    return code


class _Job(NamedTuple):
    """What is asked for."""

    folder: Path
    cases: "Sequence[Case]"
    machine: str | None
    tolerances: "Tolerances"
    jobs: int


def _check_places(junit: Path | None, html: Path | None) -> None:
    """Refuse reports that cannot be written, before anything is delivered."""
    from linacsim.review.report import check_target

    if html is not None:
        check_target(html, overwrite=True)
    if junit is not None and junit.is_dir():
        raise InputError("this is a folder: name a file in it", Place(str(junit)))
    if junit is not None and not junit.parent.is_dir():
        raise InputError("there is no such folder", Place(str(junit.parent)))


def _deliver(job: _Job, watcher: ManyWatcher) -> "tuple[list[Verdict], dict[str, float]]":
    """Return the verdicts by name, and how long each case took."""
    from linacsim.regress.parallel import deliver_all
    from linacsim.regress.verdicts import gone, verdict

    verdicts = list(gone(job.folder, job.cases))
    seconds = {}
    for done in deliver_all(job.cases, job.machine, jobs=job.jobs, stop=watcher.stop):
        verdicts.append(verdict(done.case, done.result, job.tolerances))
        seconds[done.case.name] = done.wall_s
        watcher.done(done.case.name)
    return sorted(verdicts, key=lambda verdict: verdict.name), seconds


def _show(verdict: "Verdict", terminal: Terminal, *, update: bool) -> None:
    from linacsim.regress.rows import HEADINGS, change_row, headline
    from linacsim.regress.verdicts import BAD, Status

    if update and verdict.status is Status.NEW:
        terminal.remark(headline(verdict))
        return
    if verdict.status in BAD:
        for reason in verdict.reasons:
            complain(reason)
        return
    if verdict.status is Status.SAME:
        terminal.remark(headline(verdict))
        return
    terminal.say(headline(verdict))
    for reason in verdict.reasons:
        terminal.say(f"  {reason}")
    if terminal.json or not verdict.changes:
        return
    ordered = sorted(verdict.changes, key=lambda change: not change.beyond)
    rows = [change_row(change) for change in ordered[:_MOST_ROWS]]
    show_table(HEADINGS, rows, left=("what", "difference", "tolerance", ""))
    if len(ordered) > _MOST_ROWS:
        terminal.say(f"  and {len(ordered) - _MOST_ROWS} more: --json and --html have all")


def _write_reports(
    job: _Job,
    verdicts: "Sequence[Verdict]",
    seconds: dict[str, float],
    junit: Path | None,
    html: Path | None,
) -> None:
    from linacsim.regress.junit import write_junit
    from linacsim.regress.page import page
    from linacsim.review.report import write_page

    if junit is not None:
        write_junit(junit, job.folder, verdicts, seconds)
    if html is not None:
        write_page(page(job.folder, verdicts, seconds, job.tolerances), html, overwrite=True)


def _code(verdicts: "Sequence[Verdict]") -> int:
    from linacsim.regress.verdicts import BAD, FAILS

    if any(verdict.status in BAD for verdict in verdicts):
        return BAD_INPUT
    return NOT_MET if any(verdict.status in FAILS for verdict in verdicts) else DONE


def _update(verdicts: "Sequence[Verdict]", terminal: Terminal) -> int:
    """Write what changed as the new baselines; nothing where a case has none to write."""
    from linacsim.regress.store import write_baselines
    from linacsim.regress.verdicts import Status

    if any(verdict.status is Status.UNUSABLE for verdict in verdicts):
        complain("no baseline was written: mend or remove first what is said to be unusable")
        return BAD_INPUT
    fresh = {v.baseline: v.now for v in verdicts if v.now and v.status is not Status.SAME}
    removed = [v.baseline for v in verdicts if v.status is Status.GONE]
    write_baselines(fresh, removed)
    for path in fresh:
        terminal.say(f"written  {path}")
    for path in removed:
        terminal.say(f"removed  {path}")
    if not fresh and not removed:
        terminal.say("nothing to write: all baselines are as they were")
    return DONE
