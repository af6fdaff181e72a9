"""Motion and its sensor as a scenario asks for them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from linacsim.control.gating.building import mv_obeys_gate
from linacsim.engines.feed import Feed
from linacsim.formats.traces import ReadOptions, column_map_from, policy_from, read_trace
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError, Place
from linacsim.model.gating import OPTICAL_CAMERA
from linacsim.model.time import NS_PER_S, to_ns
from linacsim.motion.chains import GatingChain
from linacsim.motion.patient import BreathHold, Cough, PatientLike, PatientPattern
from linacsim.motion.recorded import Recorded, Replay
from linacsim.motion.sensors import Sensor
from linacsim.motion.source import Motion
from linacsim.motion.target import Related, Relation
from linacsim.motion.waveforms import Regular, Uniform
from linacsim.review.gate_truth import Seen
from linacsim.scenario.gating_chain import behind, with_chain
from linacsim.scenario.motion_keys import (
    ConstantMotion,
    MotionKeys,
    PatientMotion,
    SensorKeys,
    SineMotion,
    TargetKeys,
    TraceMotion,
)
from linacsim.scenario.reach import reach_findings
from linacsim.scenario.sight import Placed, place

_MOTION_STREAM, _SENSOR_STREAM = 1, 2
"""Streams of chance apart from the machine's own, so that motion changes nothing in the plant."""
_TELLING_NS, _MOST_TELLING_NS = 120 * NS_PER_S, 600 * NS_PER_S


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """Something that moves, and the sensor that looks at it."""

    surrogate: Motion
    target: Motion
    sensor: Sensor
    source: str
    """Tracking source that the sensor stands for."""
    chain: GatingChain
    """What comes after the sensor, where that is not the machine's own."""
    findings: tuple[Finding, ...] = ()
    """About the trace, where there is one."""
    telling_ns: int = _TELLING_NS
    """How long the motion must be followed to tell what it comes to."""
    placed: Placed | None = None
    """How the sensor sees the room; None: nothing there moves that it would see."""
    relation: Relation | None = None
    """How the target follows the surrogate; None: it is the same."""

    @property
    def feed(self) -> Feed:
        """The sensor as the engine wants it."""
        sight = self.placed.sight(self.sensor) if self.placed else None
        return Feed(self.source, self.sensor.received, sight)

    @property
    def seen(self) -> Seen:
        """What the sensor sees, and as which source."""
        room = (self.placed.track.at, self.placed.reference) if self.placed else None
        return Seen(self.surrogate, self.sensor.spec, self.source, room)

    def findings_of(self, machine: MachineSpec, beam: Beam) -> tuple[Finding, ...]:
        """Return all that is to be said before beam-on: of the trace, and of gates out of reach."""
        seen = replace(self.seen, room=None)
        return self.findings + reach_findings(machine, beam, seen, self.telling_ns)

    def gates(self, machine: MachineSpec, energy: str, lowest_rate: float) -> MachineSpec:
        """Return the machine that delivers a beam with the chain of this sensor.

        `lowest_rate` of the beam in MU/min: where beam-on depends on it, it is longest there.
        """
        return with_chain(machine, energy, lowest_rate, self.sensor.spec, self.chain)

    def as_told(self, told: Motion) -> "Moving":
        """Return the same with what a device tells in place of what the scenario says."""
        return replace(self, surrogate=told, target=_target(told, self.relation), placed=None)

    def beside(self, machine: MachineSpec, beam: Beam, *, pushed: bool = False) -> "Moving":
        """Return the same beside a machine that delivers a beam.

        `pushed` tells whether somebody moves the couch other than by plan and Go To.
        """
        return replace(self, placed=place(self.sensor, machine, beam, pushed=pushed))


def moving(
    motion: MotionKeys, sensor: SensorKeys, target: TargetKeys | None, seed: int, path: Path
) -> Moving:
    """Return what moves in the scenario `path`, and its sensor.

    Raises InputError, with file and section, for a trace or a number that cannot be used.
    """
    try:
        surrogate, findings = _surrogate(
            motion, np.random.default_rng([seed, _MOTION_STREAM]), path
        )
        seen = seen_by(sensor, surrogate, target, seed)
    except InputError as error:
        if error.place.file is not None:
            raise
        raise InputError(str(error), Place(str(path), element="motion")) from None
    return replace(seen, findings=findings, telling_ns=_telling_ns(motion, surrogate))


def seen_by(sensor: SensorKeys, surrogate: Motion, target: TargetKeys | None, seed: int) -> Moving:
    """Return a sensor that sees a motion. Raises InputError for a number that cannot be."""
    spec, chain = behind(sensor)
    outages = [(to_ns(outage.from_s), to_ns(outage.to_s)) for outage in sensor.outages]
    rng = np.random.default_rng([seed, _SENSOR_STREAM])
    relation = None if target is None else _relation(target)
    return Moving(
        surrogate,
        _target(surrogate, relation),
        Sensor(spec, surrogate, rng, outages_ns=outages),
        sensor.source or spec.stands_for,
        chain,
        relation=relation,
    )


def unseen_sources(beam: Beam, seen: Moving | None) -> tuple[str, ...]:
    """Return the tracking sources that gate the MV beam and of which nothing is seen."""
    wanted: list[str] = []
    imaging = beam.imaging
    gating = imaging.gating if imaging else None
    if gating is not None and mv_obeys_gate(beam):
        wanted.append(gating.source or OPTICAL_CAMERA)
    management = imaging.motion_management if imaging else None
    for source in management.tracking_sources if management else ():
        if any(window.mv_beam_impact is not False for window in source.action_windows):
            wanted.append(source.id)
    return tuple(name for name in dict.fromkeys(wanted) if seen is None or name != seen.source)


def told_of_unseen(sources: tuple[str, ...]) -> str:
    """Return what to say of such sources before beam-on; empty for none."""
    if not sources:
        return ""
    return (
        f"the beam is gated by {', '.join(sources)} and no motion is given for it: "
        "its gate never allows the beam"
    )


def _surrogate(
    keys: MotionKeys, rng: np.random.Generator, path: Path
) -> tuple[Motion, tuple[Finding, ...]]:
    if isinstance(keys, SineMotion):
        return _sine(keys), ()
    if isinstance(keys, PatientMotion):
        return PatientLike(_pattern(keys), rng), ()
    if isinstance(keys, ConstantMotion):
        return Uniform(keys.velocity_cm_per_s, origin_cm=keys.origin_cm), ()
    return _recorded(keys, path)


def _telling_ns(keys: MotionKeys, motion: Motion) -> int:
    """Return a time in which all that a motion comes to has come, but at most ten minutes."""
    told_ns = _TELLING_NS
    if isinstance(keys, PatientMotion):
        held_s = [hold.asked_s + hold.duration_s for hold in keys.breath_holds]
        told_ns = max(told_ns, to_ns(max(held_s, default=0.0)) + _TELLING_NS)
    elif isinstance(motion, Recorded):
        assert isinstance(keys, TraceMotion)
        told_ns = to_ns(keys.start_s + motion.duration_s)
    return min(told_ns, _MOST_TELLING_NS)


def _sine(keys: SineMotion) -> Motion:
    return Regular(
        keys.travel_cm,
        keys.period_s,
        power=keys.power,
        start_phase_deg=keys.start_phase_deg,
        exhale_cm=keys.exhale_cm,
        direction=keys.direction,
        origin_cm=keys.origin_cm,
        tilt_deg_per_cm=keys.tilt_deg_per_cm,
    )


def _pattern(keys: PatientMotion) -> PatientPattern:
    return PatientPattern(
        period_s=keys.period_s,
        period_share=keys.period_share,
        travel_cm=keys.travel_cm,
        travel_share=keys.travel_share,
        exhale_deviation_cm=keys.exhale_deviation_cm,
        exhale_memory=keys.exhale_memory,
        drift_cm_per_min=keys.drift_cm_per_min,
        power=keys.power,
        coughs=tuple(Cough(cough.at_s, cough.height_cm) for cough in keys.coughs),
        holds=tuple(
            BreathHold(hold.asked_s, hold.duration_s, hold.travel_cm) for hold in keys.breath_holds
        ),
        direction=keys.direction,
        origin_cm=keys.origin_cm,
        tilt_deg_per_cm=keys.tilt_deg_per_cm,
    )


def _recorded(keys: TraceMotion, path: Path) -> tuple[Motion, tuple[Finding, ...]]:
    trace = read_trace(
        path.parent / keys.file,
        ReadOptions(
            rate_hz=keys.rate_hz,
            amplitude_axis=keys.amplitude_axis,
            invert=keys.invert,
            columns=None if keys.columns is None else column_map_from(keys.columns),
            policy=policy_from(keys.policy),
        ),
    )
    replay = Replay(
        crop_from_s=keys.crop_from_s,
        crop_to_s=keys.crop_to_s,
        resample_hz=keys.resample_hz,
        axes=keys.axes,
        scale=keys.scale,
        offset_cm=keys.offset_cm,
        loop=keys.loop,
        start_s=keys.start_s,
    )
    return Recorded(trace, replay), trace.findings


def _relation(keys: TargetKeys) -> Relation:
    return Relation(x=keys.x, y=keys.y, z=keys.z, lag_s=keys.lag_s, direction=keys.direction)


def _target(surrogate: Motion, relation: Relation | None) -> Motion:
    return surrogate if relation is None else Related(surrogate, relation)
