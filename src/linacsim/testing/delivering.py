"""Deliveries for tests: of a beam, of a scenario."""

from pathlib import Path

from linacsim.engines.keep import KeepFrames
from linacsim.machines import load_machine
from linacsim.scenario.beam_file import open_beam
from linacsim.scenario.beam_job import beam_job
from linacsim.scenario.compose import Stopped, run_job
from linacsim.scenario.recorder import RecordOptions
from linacsim.scenario.running import prepare
from linacsim.scenario.running import run_scenario as run_prepared
from linacsim.testing.delivered import Delivered, FrameColumns


def deliver_beam(
    path: Path,
    folder: Path | None,
    *,
    machine: str | None,
    seed: int,
    number: int | None,
    group: int | None,
) -> Delivered:
    """Deliver a beam the usual way; with `folder` its log and journal go there.

    Raises InputError where it cannot be delivered.
    """
    file = open_beam(path, load_machine(machine) if machine else None, number, group)
    job = beam_job(file, seed=seed)
    kept = KeepFrames()
    try:
        outcome = run_job(job, RecordOptions(folder) if folder else None, sinks=[kept])
    except Stopped:
        raise KeyboardInterrupt from None
    return Delivered(path.name, job.beam.name, job.machine, outcome, FrameColumns(kept))


def run_scenario(path: Path, folder: Path | None, *, machine: str | None) -> Delivered:
    """Run a scenario; with `folder` its log and journal go there.

    Raises InputError where it cannot be run.
    """
    prepared = prepare(path, machine)
    kept = KeepFrames()
    try:
        report = run_prepared(prepared, folder, sinks=[kept])
    except Stopped:
        raise KeyboardInterrupt from None
    return Delivered(
        path.name,
        prepared.job.beam.name,
        report.machine,
        report.outcome,
        FrameColumns(kept),
        report.misses,
    )
