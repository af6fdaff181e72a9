"""What is in a folder of scenarios, beams and plans, and how each is delivered."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linacsim import __version__
from linacsim.engines.batch import Progress
from linacsim.engines.keep import KeepFrames
from linacsim.machines import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import Frames
from linacsim.regress.baseline import Baseline, Delivery
from linacsim.regress.figures import axis_figures, control_points, metric_figures, result_figures
from linacsim.regress.signature import signals_of
from linacsim.review.metrics import Metrics, measure
from linacsim.review.recording import of_frames
from linacsim.scenario.beam_file import open_beams
from linacsim.scenario.beam_job import beam_job
from linacsim.scenario.compose import Job, Outcome, run_job
from linacsim.scenario.running import Report, prepare, run_scenario

SCENARIOS = (".yaml", ".yml")
BEAMS = (".xml", ".dcm")
BASELINES = "baselines"
"""The folder of baselines, within that of the cases."""
_SEED = 1
"""For beams and plans; a scenario names its own."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file to deliver, and where its baseline is."""

    path: Path
    baseline: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


def cases_in(folder: Path) -> tuple[Case, ...]:
    """Return the cases of a folder by name; folders within it are not looked into.

    Raises InputError where there is none, or two would share a baseline, and OSError.
    """
    if not folder.is_dir():
        what = "name the folder, not a file" if folder.exists() else "there is no such folder"
        raise InputError(what, Place(str(folder)))
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SCENARIOS + BEAMS and not path.name.startswith(".")
    )
    if not paths:
        kinds = ", ".join(f"*{suffix}" for suffix in SCENARIOS + BEAMS)
        raise InputError(f"nothing to deliver here: neither of {kinds}", Place(str(folder)))
    by_baseline: dict[Path, Case] = {}
    for path in paths:
        case = Case(path, folder / BASELINES / f"{path.stem}.toml")
        other = by_baseline.setdefault(case.baseline, case)
        if other is not case:
            text = f"would share the baseline {case.baseline.name} with {other.name}: rename one"
            raise InputError(text, Place(str(path)))
    return tuple(by_baseline.values())


@dataclass(frozen=True, slots=True)
class Delivered:
    """A case that was delivered."""

    baseline: Baseline
    report: Report | None
    """Of a scenario: what it came to, and which expectations it missed."""


def deliver_case(
    path: Path, machine: str | None = None, progress: Progress | None = None
) -> Delivered:
    """Deliver a scenario, beam or plan. `machine` replaces the one named by the scenario or MLC.

    Raises InputError or OSError where it cannot be delivered, Stopped where `progress` raises
    KeyboardInterrupt.
    """
    if path.suffix.lower() in SCENARIOS:
        delivery, report = _scenario(path, machine, progress)
        return Delivered(_baseline(path, (delivery,)), report)
    return Delivered(_baseline(path, tuple(_sequences(path, machine, progress))), None)


def _baseline(path: Path, deliveries: tuple[Delivery, ...]) -> Baseline:
    made_by = {"linacsim": __version__, "numpy": np.__version__, "processor": platform.machine()}
    return Baseline(source=path.name, made_by=made_by, delivery=deliveries)


def _scenario(
    path: Path, machine: str | None, progress: Progress | None
) -> tuple[Delivery, Report]:
    prepared = prepare(path, machine)
    kept = KeepFrames()
    report = run_scenario(prepared, progress=progress, sinks=[kept])
    return _delivery(prepared.job, report.outcome, kept.blocks, path), report


def _sequences(path: Path, machine: str | None, progress: Progress | None) -> Iterator[Delivery]:
    """Deliver one sequence after another, each from where the axes stand after the one before."""
    start: Floats | None = None
    for file in open_beams(path, load_machine(machine) if machine else None):
        job = beam_job(file, seed=_SEED, start=start)
        kept = KeepFrames()
        outcome = run_job(job, progress=progress, sinks=[kept])
        start = outcome.result.positions
        yield _delivery(job, outcome, kept.blocks, path)


def _delivery(job: Job, outcome: Outcome, blocks: Sequence[Frames], path: Path) -> Delivery:
    result, machine = outcome.result, job.machine
    metrics = _measured(job, blocks, path)
    return Delivery(
        beam=job.beam.name,
        machine=machine.name,
        state=result.state.name,
        interlocks=result.interlocks,
        figures=result_figures(result) | (metric_figures(metrics) if metrics else {}),
        axis_figures=axis_figures(metrics) if metrics else {},
        control_points=control_points(metrics) if metrics else (),
        signals=signals_of(blocks, machine.layout, outcome.digest),
    )


def _measured(job: Job, blocks: Sequence[Frames], path: Path) -> Metrics | None:
    """Return the metrics; None where no beam was started, or several were."""
    machine, beam = job.machine, job.beam.name
    recording = of_frames(
        blocks, machine.layout, name=path.name, beam=beam, mlc_model=machine.mlc.model
    )
    try:
        return measure(recording, machine)
    except InputError:
        return None
