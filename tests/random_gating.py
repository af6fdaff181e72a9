"""Random gated deliveries: beams, breathing, gates, beam-hold lines, faults and operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from linacsim.control.hold_lines import impacts_of
from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.feed import Feed
from linacsim.engines.operator import DefaultOperator
from linacsim.invariants.holds import Edge
from linacsim.machines.spec import HoldLineRules, MachineSpec
from linacsim.model.acquisition import AcquisitionParameters, Mode
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.messages import Action, Fault, FaultKind, HeartBeats, Operator
from linacsim.model.motion import (
    ActionWindow,
    GatingMotionModel,
    GatingParameters,
    GatingWindow,
    MotionManagementParameters,
    TrackingSource,
)
from linacsim.model.time import NS_PER_S, to_ns
from linacsim.motion.patient import BreathHold, Cough, PatientLike, PatientPattern
from linacsim.motion.presets import sensor_names, sensor_spec
from linacsim.motion.sensors import Sensor
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Regular, Uniform
from linacsim.scenario.sight import place
from tests.beams import make_beam
from tests.random_beams import KINDS, Recipe

SPAN_S = 60.0
HOUR_S = 3600.0
BEAT_NS = 50_000_000
"""Lines, faults and presses come within this time from the start."""
GATE_DEVICE = 4
SOURCE = "NDI"
WINDOW_AXES = ("Amplitude", "Phase", "Quality", "Target_fixed.Z", "Target_model.R")
GLOBAL_AXES = ("MU", "GantryAngle", "Time")
ACTIONS = (Action.BEAM_OFF, Action.ACKNOWLEDGE, Action.APPROVE, Action.OPEN_DOOR)


@dataclass(frozen=True)
class Situation:
    """A delivery and all that disturbs it."""

    beam: Beam
    motion: Motion
    sensor: str
    lines: dict[int, list[Edge]]
    faults: list[tuple[int, Fault]]
    presses: list[tuple[int, Action]]
    approves: bool
    seed: int
    occluded_gantry_deg: tuple[tuple[float, float], ...] = ()
    rules: Mapping[str, HoldLineRules] = field(default_factory=dict)
    """Of single devices."""
    hearts: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Devices that beat, each with when it falls silent and when it beats again, in ns."""

    def on(self, machine: MachineSpec) -> MachineSpec:
        """Return the machine with the rules of the devices."""
        gate = replace(self.rules[str(GATE_DEVICE)], longest_hold_s=0.0, must_beat=0, self_test=0)
        return replace(machine, hold_devices=self.rules, gate_line=gate)

    def held_by(self) -> tuple[list[list[Edge]], list[list[Edge]]]:
        """Return the lines that stop the MV beam, and those that stop motion alone.

        Silence is a line of its own: up from the watchdog's end until the next beat.
        """
        lines = [*self.lines.items()]
        for device, (silent_ns, back_ns) in self.hearts.items():
            last_ns = silent_ns // BEAT_NS * BEAT_NS
            up_ns = last_ns + to_ns(self.rules[str(device)].watchdog_s)
            lines.append((device, [(up_ns, True), (max(up_ns, back_ns), False)]))
        impacts = impacts_of(self.beam)
        beam = [edges for device, edges in lines if impacts[device].beam]
        motion = [edges for device, edges in lines if impacts[device][:2] == (False, True)]
        return beam, motion

    @property
    def gate_is_known(self) -> bool:
        """Whether the gate's line follows from motion alone."""
        imaging = self.beam.imaging
        management = imaging.motion_management if imaging else None
        if management is None:
            return not self.presses
        windows = [w for source in management.tracking_sources for w in source.action_windows]
        basic = all(window.kind == "Basic" for window in windows)
        return basic and not management.global_action_windows and not self.presses

    def feeds(self, machine: MachineSpec) -> list[Feed]:
        """Return a sensor that looks at the motion, and at couch and gantry where they move."""
        spec = replace(sensor_spec(self.sensor), occluded_gantry_deg=self.occluded_gantry_deg)
        sensor = Sensor(spec, self.motion, np.random.default_rng(self.seed))
        placed = place(sensor, machine, self.beam, pushed=self.couch_is_pushed)
        return [Feed(SOURCE, sensor.received, placed.sight(sensor) if placed else None)]

    @property
    def couch_is_pushed(self) -> bool:
        """Whether a fault moves the couch."""
        return any(fault.target.startswith("Couch") for _, fault in self.faults)

    def agenda(self) -> Agenda:
        """Return what happens when."""
        agenda = Agenda()
        for listed in self.beam.beam_hold_devices:
            agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, str(listed.id), 1.0))
        agenda.start(DefaultOperator(self.beam))
        for device, edges in self.lines.items():
            for time_ns, hold in edges:
                agenda.line(time_ns, device, hold=hold)
        for time_ns, fault in self.faults:
            agenda.at(time_ns, fault)
        for time_ns, action in self.presses:
            agenda.at(time_ns, Operator(action))
        for device, (silent_ns, back_ns) in self.hearts.items():
            agenda.at(0, HeartBeats(device, 0, BEAT_NS, to_ns(HOUR_S) // BEAT_NS))
            agenda.at(silent_ns, HeartBeats(device, silent_ns // BEAT_NS * BEAT_NS, count=0))
            agenda.at(back_ns, HeartBeats(device, back_ns, BEAT_NS, to_ns(HOUR_S) // BEAT_NS))
        if self.presses:
            agenda.start(_patient_operator)
        if self.approves:
            agenda.start(_approver)
        return agenda


def random_situation(seed: int) -> Situation:
    """Return a situation, the same for the same seed."""
    rng = np.random.default_rng(seed)
    ids = sorted(rng.choice(np.arange(5, 16), rng.integers(0, 3), replace=False).tolist())
    devices = [_device(rng, device) for device in ids]
    presses = _presses(rng) if rng.random() < 0.3 else []
    rules = {str(device): _rules(rng) for device in (GATE_DEVICE, *ids)}
    hearts = {device: _silence(rng) for device in ids if rules[str(device)].must_beat}
    return Situation(
        beam=_gated(_beam(rng), rng, devices),
        motion=_motion(rng),
        sensor=str(rng.choice(sensor_names())),
        lines={device: _line(rng) for device in ids},
        faults=_faults(rng) if rng.random() < 0.25 else [],
        presses=presses,
        approves=bool(rng.random() < 0.7),
        seed=seed,
        occluded_gantry_deg=((170.0, 178.0),) if rng.random() < 0.15 else (),
        rules=rules,
        hearts=hearts,
    )


def _device(rng: np.random.Generator, device: int) -> BeamHoldDevice:
    """Return a device with any of the combinations of impacts, half of the time the usual one."""
    if rng.random() < 0.5:
        return BeamHoldDevice(device)
    flags = (None, False, True)
    beam, motion, sync = (flags[k] for k in rng.integers(0, 3, 3))
    return BeamHoldDevice(device, beam, motion, sync)


def _rules(rng: np.random.Generator) -> HoldLineRules:
    """Return rules for a line, half of the time such that only a second of chatter counts."""
    tight = rng.random() < 0.5
    return HoldLineRules(
        watchdog_s=float(rng.uniform(0.06, 0.4)),
        must_beat=int(rng.random() < 0.3),
        chatter_edges_per_s=int(rng.integers(2, 30)) if tight else 1000,
        fault_after_s=float(rng.choice([0.0, 0.005, 0.5, 3.0])),
        longest_hold_s=float(rng.choice([0.0, 3.0, 15.0])),
        longest_quiet_s=float(rng.uniform(1.0, 10.0)) if rng.random() < 0.1 else 0.0,
        self_test=int(rng.random() < 0.1),
        samples_lost_s=float(rng.uniform(0.3, 3.0)),
        sync_stop_s=0.5,
    )


def _silence(rng: np.random.Generator) -> tuple[int, int]:
    """Return when a device falls silent and when it beats again; half of them in time."""
    silent_s = float(rng.uniform(1.0, SPAN_S))
    gap_s = float(rng.choice([0.01, 0.1, 0.3, 1.0, 8.0]))
    return to_ns(silent_s), to_ns(silent_s + gap_s)


def _beam(rng: np.random.Generator) -> Beam:
    if rng.random() < 0.15:
        return _carriage_beam(rng)
    return Recipe(
        kind=str(rng.choice(KINDS)),
        points=int(rng.integers(1, 7)),
        leaves=bool(rng.random() < 0.5),
        energy=str(rng.choice(["6x", "6x", "15x", "10xFFF"])),
        dose_rate=float(rng.choice([600.0, 300.0, 100.0])),
        seed=int(rng.integers(2**32)),
    ).beam()


def _carriage_beam(rng: np.random.Generator) -> Beam:
    """Return a beam whose fields need the carriages elsewhere."""
    mu, points = 0.0, []
    for k, at_cm in enumerate((10.0, 0.0, -5.0, -9.0)):
        points.append({"Mu": mu, "leaves": (at_cm, 10.0), "GantryRtn": 180.0 - k})
        mu += rng.uniform(0.5, 3.0)
        points.append({"Mu": mu})
    return make_beam(*points[: int(rng.integers(4, 9))])


def _motion(rng: np.random.Generator) -> Motion:
    pick = rng.random()
    if pick < 0.1:
        return Uniform((0.0, 0.0, float(rng.uniform(-0.05, 0.05))))
    if pick < 0.5:
        return Regular(
            float(rng.uniform(0.2, 2.0)),
            float(rng.uniform(1.0, 8.0)),
            power=int(rng.integers(1, 4)),
        )
    pattern = PatientPattern(
        period_s=float(rng.uniform(2.0, 6.0)),
        period_share=float(rng.uniform(0.0, 0.3)),
        drift_cm_per_min=float(rng.uniform(-0.5, 0.5)),
        coughs=tuple(Cough(float(rng.uniform(0, SPAN_S))) for _ in range(rng.integers(0, 3))),
        holds=(BreathHold(float(rng.uniform(10, 30)), float(rng.uniform(2, 20))),)
        if rng.random() < 0.3
        else (),
    )
    return PatientLike(pattern, rng)


def _gated(beam: Beam, rng: np.random.Generator, devices: Sequence[BeamHoldDevice]) -> Beam:
    kind = rng.choice(["none", "1.x", "2.0"])
    listed = [*devices]
    imaging = None
    if kind == "1.x":
        listed.append(BeamHoldDevice(GATE_DEVICE))
        imaging = ImagingParameters((), gating=_filter(rng))
    elif kind == "2.0":
        imaging = ImagingParameters((), motion_management=_management(rng))
    return replace(beam, beam_hold_devices=tuple(listed), imaging=imaging)


def _filter(rng: np.random.Generator) -> GatingParameters:
    name = str(rng.choice(["BreathingPhase", "BreathingAmplitude", "PassThrough"]))
    top = 360.0 if name == "BreathingPhase" else 1.5
    entry, leave = sorted(rng.uniform(0.0, top, 2).tolist())
    window = GatingWindow(
        float(entry),
        float(leave),
        axis="Z" if name == "PassThrough" else None,
        fault_on_exit=bool(rng.random() < 0.1),
        entry_delay=float(rng.uniform(0, 2)) if rng.random() < 0.3 else None,
    )
    return GatingParameters(name, (window,), quality_threshold=float(rng.choice([0.0, 0.5])))


def _management(rng: np.random.Generator) -> MotionManagementParameters:
    windows = [_window(rng, str(rng.choice(WINDOW_AXES))) for _ in range(rng.integers(1, 3))]
    over_all = [_window(rng, str(rng.choice(GLOBAL_AXES)))] if rng.random() < 0.2 else []
    source = TrackingSource(
        SOURCE,
        AcquisitionParameters(Mode("Tracking")),
        motion_model=GatingMotionModel(),
        action_windows=tuple(windows),
    )
    return MotionManagementParameters(
        tracking_sources=(source,), global_action_windows=tuple(over_all)
    )


def _window(rng: np.random.Generator, axis: str) -> ActionWindow:
    lower, width = {
        "Phase": (rng.uniform(0, 300), rng.uniform(10, 200)),
        "Quality": (0.0, 1.0),
        "MU": (0.0, rng.uniform(2, 40)),
        "GantryAngle": (rng.uniform(150, 175), rng.uniform(10, 40)),
        "Time": (rng.uniform(0, 5), rng.uniform(5, 100)),
    }.get(axis, (rng.uniform(-0.2, 0.6), rng.uniform(0.1, 1.0)))
    return ActionWindow(
        "Segmental" if rng.random() < 0.3 else "Basic",
        axis,
        float(lower),
        float(lower + width),
        fault_on_exit=bool(rng.random() < 0.05),
        entry_delay_ms=float(rng.uniform(0, 500)) if rng.random() < 0.3 else None,
        linger_timeout_ms=float(rng.uniform(0, 300)) if rng.random() < 0.3 else None,
    )


def _line(rng: np.random.Generator) -> list[Edge]:
    """Return a line with pulses, chatter and sometimes an end that stays up."""
    edges: list[Edge] = []
    now_s, hold = float(rng.uniform(0.0, 12.0)), True
    while now_s < SPAN_S:
        edges.append((to_ns(now_s), hold))
        chatter = rng.random() < 0.4
        now_s += float(rng.exponential(0.01 if chatter else 2.0)) + 1e-6
        hold = not hold
    if not hold and rng.random() < 0.9:
        edges.append((to_ns(SPAN_S), False))
    return edges


def _faults(rng: np.random.Generator) -> list[tuple[int, Fault]]:
    out = []
    for _ in range(rng.integers(1, 3)):
        kind = FaultKind(
            rng.choice(["axis_stuck", "axis_slow", "axis_pushed", "dose_rate", "beam_hold_ready"])
        )
        target = (
            "4"
            if kind is FaultKind.BEAM_HOLD_READY
            else str(rng.choice(["GantryRtn", "X1", "CouchLng"]))
        )
        value = float(rng.choice([0.0, 0.05, 0.3]))
        begin_s = float(rng.uniform(3.0, 30.0))
        out.append((to_ns(begin_s), Fault(kind, target, value)))
        if rng.random() < 0.7:
            end_s = begin_s + float(rng.uniform(0.1, 8.0))
            out.append((to_ns(end_s), Fault(kind, target, value, clear=True)))
    return out


def _presses(rng: np.random.Generator) -> list[tuple[int, Action]]:
    times = rng.uniform(3.0, SPAN_S, rng.integers(1, 6))
    return [(to_ns(float(time)), ACTIONS[rng.integers(len(ACTIONS))]) for time in times]


def _patient_operator(agenda: Agenda) -> Steps:
    """Close the door, acknowledge and try to go on, again and again."""
    for _ in range(int(SPAN_S) // 12 + 2):
        yield agenda.wait(8 * NS_PER_S)
        agenda.post(Operator(Action.CLOSE_DOOR))
        agenda.post(Operator(Action.ACKNOWLEDGE))
        agenda.post(Operator(Action.MV_READY_PRESS))
        yield agenda.wait(4 * NS_PER_S)
        agenda.post(Operator(Action.MV_BEAM_ON))


def _approver(agenda: Agenda) -> Steps:
    for _ in range(int(SPAN_S)):
        yield agenda.wait(NS_PER_S)
        agenda.post(Operator(Action.APPROVE))
