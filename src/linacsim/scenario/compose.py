"""The composition root: a machine, a beam and those who act on it become a running system."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import numpy as np

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import (
    DEFAULT_LIMIT_NS,
    NO_PROGRESS_NS,
    Progress,
    RunResult,
    run_batch,
)
from linacsim.engines.digest import FrameDigest
from linacsim.engines.feed import Feed
from linacsim.engines.run import Arrivals, Record
from linacsim.invariants.eye import Invariants
from linacsim.invariants.points import Points
from linacsim.invariants.violations import Violation
from linacsim.machine.linac import Linac
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import XML_NAMES
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Action, Fault, FaultKind, Message, Operator
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.model.trajectory import Trajectory
from linacsim.scenario.recorder import Files, Recorder, RecordOptions

Actor = Callable[[Agenda], Steps]

WATCH_NS = 50 * NS_PER_MS
"""How often it is looked whether all devices are live."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a run is made of."""

    machine: MachineSpec
    """With the start positions of this run."""
    beam: Beam
    trajectory: Trajectory | None
    """As planned beforehand, for the head of the log; the supervisor plans for itself."""
    actors: tuple[Actor, ...]
    seed: int
    field: Field | None = None
    """What `beam` shows, where the machine delivers prescribed fields."""
    rights: Right = Right.BASIC
    room: tuple[Message, ...] = ()
    """What is done in the room before anything else."""
    feeds: tuple[Feed, ...] = ()
    """Sensors that look at motion."""
    limit_ns: int = DEFAULT_LIMIT_NS
    no_progress_ns: int = NO_PROGRESS_NS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    result: RunResult
    violations: tuple[Violation, ...]
    """Invariants that were broken: defects of the emulator, or what the scenario provoked."""
    digest: FrameDigest
    files: Files = dataclass_field(default=Files())


class Stopped(Exception):
    """The user ended a run; its files are whole and marked truncated."""

    def __init__(self, files: Files) -> None:
        """Keep where the files are."""
        super().__init__("stopped by the user")
        self.files = files


@dataclass(frozen=True, slots=True)
class Parts:
    """A job put together: what an engine needs to run it."""

    job: Job
    linac: Linac
    agenda: Agenda
    """With the room as it is at first; actors are not started."""
    sinks: tuple[FrameSink, ...]
    record: Record | None
    note: Callable[[dict[str, Any]], None] | None = None
    """Takes what a live run has to say about its punctuality; None: nothing is recorded."""


Engine = Callable[[Parts], RunResult]
"""Runs the parts to their end."""


@dataclass(frozen=True, slots=True)
class Headless:
    """As fast as it goes."""

    progress: Progress | None = None
    arrivals: tuple[Arrivals, ...] = ()
    """What reaches the machine from simulated wires."""
    watchers: tuple[FrameSink, ...] = ()
    """Devices that do what the machine does."""
    awaited: tuple[Callable[[], str], ...] = ()
    """Tell what devices must do before anything is loaded, empty once they have."""
    wait_ns: int = 30 * NS_PER_S
    """How long that may take."""

    def __call__(self, parts: Parts) -> RunResult:
        """Run the parts to their end. Raises InputError where devices do not become live."""
        job = parts.job
        if not self.awaited:
            _start(parts)
        else:
            parts.agenda.start(lambda agenda: self._once_ready(agenda, parts))
        return run_batch(
            parts.linac,
            parts.agenda,
            (*parts.sinks, *self.watchers),
            feeds=job.feeds,
            arrivals=self.arrivals,
            limit_ns=job.limit_ns,
            no_progress_ns=job.no_progress_ns,
            progress=self.progress,
            record=parts.record,
        )

    def _once_ready(self, agenda: Agenda, parts: Parts) -> Steps:
        """Start the actors when the devices are live, as a live run does."""
        while awaited := "; ".join(filter(None, (ask() for ask in self.awaited))):
            if agenda.now_ns > self.wait_ns:
                raise InputError(f"not ready within {self.wait_ns / NS_PER_S:g} s: {awaited}")
            yield agenda.wait(WATCH_NS)
        _start(parts)


def _start(parts: Parts) -> None:
    for actor in parts.job.actors:
        parts.agenda.start(actor)


def run_job(
    job: Job,
    records: RecordOptions | None = None,
    *,
    progress: Progress | None = None,
    sinks: Sequence[FrameSink] = (),
    engine: Engine | None = None,
) -> Outcome:
    """Run a job to its end, recording it if asked to; `sinks` get the frames too.

    Without an `engine` it runs headless. Raises `Stopped` after KeyboardInterrupt. After any other
    exception no file stays, but for the journal where the emulator itself failed, because it shows
    how.
    """
    recorder = _recorder(job, records) if records else None
    eye = Invariants(job.machine, _points(job))
    digest = FrameDigest()
    parts = Parts(
        job=job,
        linac=Linac(job.machine, seed=job.seed, rights=job.rights),
        agenda=_agenda(job),
        sinks=(*sinks, eye, digest, *(recorder.sinks if recorder else ())),
        record=recorder.record if recorder else None,
        note=recorder.note if recorder else None,
    )
    try:
        result = (engine or Headless(progress))(parts)
    except KeyboardInterrupt:
        raise Stopped(recorder.close(truncated=True) if recorder else Files()) from None
    except (InputError, OSError):
        if recorder:
            recorder.abandon()
        raise
    eye.close()
    files = recorder.close(truncated=_cut_off(result)) if recorder else Files()
    return Outcome(result, eye.violations, digest, files)


def _cut_off(result: RunResult) -> bool:
    return result.reached_limit or bool(result.too_late)


def room_as_planned(beam: Beam, told_by_boxes: frozenset[int] = frozenset()) -> tuple[Message, ...]:
    """Return what makes the room as the beam asks: accessories mounted, devices ready.

    Those of `told_by_boxes` are ready when their box says so.
    """
    mounts = (
        Operator(Action.MOUNT, str(slot), float(code))
        for slot, code in enumerate(beam.accessories, start=1)
        if code
    )
    ready = (
        Fault(FaultKind.BEAM_HOLD_READY, str(device.id), 1.0)
        for device in beam.beam_hold_devices
        if device.id is not None and device.id not in told_by_boxes
    )
    named = (Operator(Action.MOUNT, name, 1.0) for name in beam.fitments)
    return (*mounts, *named, *ready)


def _recorder(job: Job, records: RecordOptions) -> Recorder:
    return Recorder(records, job.beam, job.trajectory, job.machine, job.seed, job.rights)


def _agenda(job: Job) -> Agenda:
    agenda = Agenda()
    for message in job.room:
        agenda.post(message)
    return agenda


def _points(job: Job) -> Points | None:
    """Return what the eye must know of the beam; None for one that this MLC cannot deliver."""
    if job.beam.layout != job.machine.layout:
        return None
    ceilings = np.full(job.machine.layout.n_axes, np.nan)
    for name, value in job.beam.velocities.items():
        ceilings[XML_NAMES.index(name)] = value
    return Points.of(job.beam, ceilings)
