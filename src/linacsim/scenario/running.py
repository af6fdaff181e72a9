"""Runs a scenario file from reading to the comparison with its expectations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linacsim.engines.batch import Progress
from linacsim.engines.feed import Feed
from linacsim.engines.heard import HeardArrivals
from linacsim.engines.run import Arrivals
from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import readonly
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError, Place, Severity
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Message
from linacsim.model.time import to_ns
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Uniform
from linacsim.scenario.beam_file import BeamFile, open_beam
from linacsim.scenario.checks import checks_of
from linacsim.scenario.compose import Engine, Headless, Job, Outcome, room_as_planned, run_job
from linacsim.scenario.device_base import STUB
from linacsim.scenario.devices import Bench, bench_of
from linacsim.scenario.expectation import misses
from linacsim.scenario.faults import Injector
from linacsim.scenario.gate_preset import gated_by
from linacsim.scenario.gated import Gated
from linacsim.scenario.hold_lines import Heart, LineOperator, device_actors, with_hold_devices
from linacsim.scenario.motion_keys import SensorKeys
from linacsim.scenario.moving import Moving, moving, seen_by, told_of_unseen, unseen_sources
from linacsim.scenario.positions import column_of
from linacsim.scenario.reader import read_scenario
from linacsim.scenario.recorder import RecordOptions
from linacsim.scenario.schema import Scenario
from linacsim.scenario.script import Move, ScriptedOperator
from linacsim.scenario.told import Overheard, Told

if TYPE_CHECKING:
    from linacsim.scenario.mqtt import MqttSide


class BeamRefused(InputError):
    """The beam of a scenario must not be loaded; `findings` say why."""

    def __init__(self, path: Path, findings: tuple[Finding, ...]) -> None:
        """Take all findings of the beam."""
        self.findings = findings
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        super().__init__(f"the beam cannot be delivered: {errors[0]}{more}", Place(str(path)))


@dataclass(frozen=True, slots=True)
class Report:
    """What a scenario came to."""

    scenario: Scenario
    machine: MachineSpec
    outcome: Outcome
    findings: tuple[Finding, ...]
    """About the beam."""
    misses: tuple[str, ...]
    """Expectations that were missed, and steps and faults that never came, one line each."""
    gating: Gated | None = None
    """How motion and beam went together; None where nothing moves."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scenario that is ready to run."""

    path: Path
    scenario: Scenario
    file: BeamFile
    job: Job
    operator: ScriptedOperator
    injectors: tuple[Injector, ...]
    lines: tuple[LineOperator | Heart, ...] = ()
    moving: Moving | None = None
    """What moves; None: nothing does."""
    bench: Bench | None = None
    """Devices; None: there are none."""
    mqtt: "MqttSide | None" = None
    """Broker and what is behind it; None: there is none."""

    @property
    def unseen(self) -> str:
        """What to say before beam-on of gates whose motion is not given; empty for none."""
        sources = unseen_sources(self.job.beam, self.moving)
        seen = _replaced(self.bench, self.mqtt)
        return told_of_unseen(tuple(source for source in sources if source not in seen))

    def findings(self) -> tuple[Finding, ...]:
        """Return all that is to be said before beam-on, of the beam and of what moves."""
        job, moving = self.job, self.moving
        about_motion = moving.findings_of(job.machine, job.beam) if moving else ()
        return self.file.findings + about_motion

    def undone(self) -> tuple[str, ...]:
        """Return one line for each step and fault that never had its time."""
        steps = self.operator.steps
        return (
            *(f"operator[{k}] was never done" for k in range(self.operator.done, len(steps))),
            *(f"faults[{k}] never came" for k, one in enumerate(self.injectors) if not one.done),
            *(f"{one.place} never came" for one in self.lines if not one.done),
        )


def prepare(path: Path, machine: str | None = None) -> Prepared:
    """Read a scenario with its machine and beam; `machine` replaces the one it names.

    Raises InputError, of which ScenarioError and BeamRefused list all that is wrong.
    """
    scenario = read_scenario(path)
    spec = _started(scenario, load_machine(machine or _machine_path(scenario, path)), path)
    beam_path = path.parent / scenario.beam
    file = open_beam(beam_path, spec, scenario.beam_number, scenario.group_number)
    if file.beam is None or file.read_errors or (scenario.check and not file.deliverable):
        raise BeamRefused(path, file.findings)
    if scenario.gate is not None or scenario.window is not None:
        file, spec = gated_by(file, spec, scenario.gate, scenario.window)
    assert file.beam is not None
    _check_faults(scenario, spec, path)
    operator = ScriptedOperator(scenario.operator, file.beam, file.field)
    injectors = tuple(Injector(trouble) for trouble in scenario.faults)
    spec = with_hold_devices(spec, scenario.hold_devices)
    lines = device_actors(scenario.hold_lines, scenario.hold_devices)
    seen = _moving(scenario, path, spec, file.beam)
    surrogate = seen.surrogate if seen else Uniform()
    bench = bench_of(scenario.devices, surrogate, scenario.seed, path)
    mqtt = _mqtt(scenario, surrogate, path)
    checks_of(bench, mqtt, path)  # what they ask for is looked at before anything is run
    spec = seen.gates(spec, file.beam.energy, file.lowest_rate) if seen else spec
    job = Job(
        machine=spec,
        beam=file.beam,
        trajectory=file.plan.trajectory if file.plan else None,
        actors=(operator, *injectors, *lines),
        seed=scenario.seed,
        field=file.field,
        rights=Right[scenario.rights.upper()],
        room=_room(scenario, file.beam, bench, mqtt),
        feeds=_feeds(seen, _replaced(bench, mqtt)),
        limit_ns=to_ns(scenario.limit_s),
        no_progress_ns=to_ns(scenario.no_progress_s),
    )
    return Prepared(path, scenario, file, job, operator, injectors, lines, seen, bench, mqtt)


def run_scenario(
    prepared: Prepared,
    folder: Path | None = None,
    *,
    progress: Progress | None = None,
    sinks: Sequence[FrameSink] = (),
    engine: Engine | None = None,
) -> Report:
    """Run a prepared scenario; with `folder` its trajectory log and journal go there.

    Without an `engine` it runs headless, with stubs on simulated wires for its devices. Raises
    InputError where a device is not a stub.
    """
    scenario, job = prepared.scenario, prepared.job
    log = scenario.log
    records = (
        RecordOptions(folder, log.version, log.interval_ms, log.trf_version) if folder else None
    )
    gated = _gated(prepared)
    kept = (*sinks, gated.record) if gated else sinks
    engine = engine or headless(prepared, progress)
    if gated and gated.told:
        engine = Overheard(engine, gated.told.record)
    outcome = run_job(job, records, sinks=kept, engine=engine)
    figures = gated.figures if gated else None
    missed = misses(scenario.expect, outcome, job.machine, figures) + prepared.undone()
    return Report(scenario, job.machine, outcome, prepared.file.findings, missed, gated)


def headless(prepared: Prepared, progress: Progress | None = None) -> Headless:
    """Return the engine that runs a scenario without a clock. Raises InputError as said above."""
    arrivals: tuple[Arrivals, ...] = ()
    watchers: tuple[FrameSink, ...] = ()
    awaited: list[Callable[[], str]] = []
    if prepared.bench is not None:
        wires = prepared.bench.wires()
        arrivals += (wires,)
        watchers = prepared.bench.watchers
        if prepared.bench.carried:
            awaited.append(lambda: wires.awaited)
    if prepared.mqtt is not None and prepared.mqtt.devices:
        arrivals += (prepared.mqtt.simulated(),)
    if checks := checks_of(prepared.bench, prepared.mqtt, prepared.path):
        arrivals = (*(HeardArrivals(inner, checks) for inner in arrivals), checks)
        awaited.append(lambda: checks.awaited)
    wait_ns = to_ns(prepared.scenario.real_time.wait_s)
    return Headless(progress, arrivals, watchers, tuple(awaited), wait_ns)


def _gated(prepared: Prepared) -> Gated | None:
    """Return what keeps how beam and motion went together; None where nothing moves."""
    moving, bench = prepared.moving, prepared.bench
    told = _told(prepared)
    if moving is None and told is not None:
        sensor = (prepared.scenario.sensor or SensorKeys()).model_copy(
            update={"source": told.source}
        )
        moving = seen_by(sensor, told, prepared.scenario.target, prepared.scenario.seed)
    if moving is None:
        return None
    marker = bench.marker_of(moving.source) if bench else None
    played = bench is not None and any(stage.play for stage in bench.stages)
    return Gated(prepared.job, moving, marker, told, played=played)


def _told(prepared: Prepared) -> Told | None:
    """Return what keeps what the device tells that gates the beam; None where that is a stub."""
    sides = (prepared.bench, prepared.mqtt)
    real = [keys for side in sides if side for keys in side.markers if keys.url != STUB]
    if prepared.moving is not None:
        real = [keys for keys in real if keys.source == prepared.moving.source]
    return Told(real[0].name, real[0].source) if len(real) == 1 else None


def _room(
    scenario: Scenario, beam: Beam, bench: Bench | None, mqtt: "MqttSide | None"
) -> tuple[Message, ...]:
    if scenario.room != "as_planned":
        return ()
    boxes = (side.boxes for side in (bench, mqtt) if side)
    return room_as_planned(beam, frozenset[int]().union(*boxes))


def _mqtt(scenario: Scenario, surrogate: Motion, path: Path) -> "MqttSide | None":
    if scenario.mqtt is None:
        return None
    # It takes a while to import, which scenarios without a broker need not pay.
    from linacsim.scenario.mqtt import MqttSide

    return MqttSide(scenario.mqtt, surrogate, scenario.seed, path)


def _replaced(bench: Bench | None, mqtt: "MqttSide | None") -> frozenset[str]:
    """Return the tracking sources that devices stand for."""
    return frozenset[str]().union(*(side.sources for side in (bench, mqtt) if side))


def _feeds(seen: Moving | None, replaced: frozenset[str]) -> tuple[Feed, ...]:
    """Return the sensor that sees the motion, unless a device stands for its source."""
    return () if seen is None or seen.source in replaced else (seen.feed,)


def _moving(scenario: Scenario, path: Path, machine: MachineSpec, beam: Beam) -> Moving | None:
    if scenario.motion is None:
        return None
    sensor = scenario.sensor or SensorKeys()
    seen = moving(scenario.motion, sensor, scenario.target, scenario.seed, path)
    return seen.beside(machine, beam, pushed=_couch_is_pushed(scenario))


def _couch_is_pushed(scenario: Scenario) -> bool:
    """Return whether the couch is moved from the pendant or displaced from outside."""
    moved = [step.axis for step in scenario.operator if isinstance(step, Move)]
    moved += [trouble.axis_pushed.axis for trouble in scenario.faults if trouble.axis_pushed]
    return any(axis.startswith("Couch") for axis in moved)


def _machine_path(scenario: Scenario, path: Path) -> str:
    """Return a shipped name as it is, and a file as seen from the scenario."""
    beside = path.parent / scenario.machine
    named = scenario.machine in machine_names() or not beside.is_file()
    return scenario.machine if named else str(beside)


def _started(scenario: Scenario, machine: MachineSpec, path: Path) -> MachineSpec:
    """Return the machine with the scenario's start positions; all keys are looked at."""
    start = machine.start.copy()
    for key, value in scenario.start.items():
        column = _column(key, "start", machine, path)
        lower, upper = machine.axes.lower[column], machine.axes.upper[column]
        if not lower <= value <= upper:
            raise InputError(
                f"{value:g} is out of range; allowed: {lower:g} to {upper:g}",
                Place(str(path), element=f"start.{key}"),
            )
        start[column] = value
    for key in scenario.expect.positions:
        _column(key, "expect.positions", machine, path)
    return replace(machine, start=readonly(np.asarray(start)))


def _check_faults(scenario: Scenario, machine: MachineSpec, path: Path) -> None:
    """Raise InputError for a fault that the machine cannot have."""
    if machine.field_rules is not None:
        return
    for k, trouble in enumerate(scenario.faults):
        if trouble.is_of_fields:
            raise InputError(
                f"{machine.name} has neither a wedge that moves nor a second dose channel that is "
                "read: such faults are for Elekta machines",
                Place(str(path), element=f"faults[{k}]"),
            )


def _column(key: str, section: str, machine: MachineSpec, path: Path) -> int:
    try:
        return column_of(key, machine.layout)
    except InputError as error:
        raise InputError(str(error), Place(str(path), element=section)) from None
