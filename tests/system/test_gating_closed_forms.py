"""A gated delivery against what can be worked out by hand.

The chain from the motion to the dose: the sensor measures, the sample arrives `latency_ms` later,
the gate decides `gate_decision_s` after that, and the linac stops the dose `beam_off_latency_s`
(starts it `beam_on_latency_s`) after the edge of the gate's line. So

    t_off = sensor latency + decision + beam-off latency
    t_on  = sensor latency + decision + beam-on latency

counted from the first sample beyond the edge of the gate, which comes up to one sensor period
after the motion crosses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from linacsim.control.hold_lines import HoldLines
from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.feed import Feed
from linacsim.engines.operator import DefaultOperator
from linacsim.invariants import HoldEye, Invariants, Points
from linacsim.invariants.holds import Edge
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.messages import Action, Fault, FaultKind, HoldLine, Operator
from linacsim.model.motion import (
    ActionWindow,
    GatingParameters,
    GatingWindow,
    MotionManagementParameters,
)
from linacsim.model.signals import State
from linacsim.model.time import NS_PER_S, TICK_NS, seconds
from linacsim.motion.presets import SensorSpec, sensor_spec
from linacsim.motion.sensors import Sensor
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Regular, Uniform
from tests.beams import make_beam
from tests.keep import Keep

MACHINE = load_machine("truebeam-m120")
TIMES = MACHINE.supervision
IDEAL = SensorSpec(rate_hz=1000.0, latency_ms=30.0)
T_OFF = 0.030 + TIMES.gate_decision_s + TIMES.beam_off_latency_s
T_ON = 0.030 + TIMES.gate_decision_s + TIMES.beam_on_latency_s
PERIOD_S = 4.0
SINE = Regular(2.0, PERIOD_S)
RATE = 10.0
"""MU/s of a static field at 600 MU/min."""
STATIC = make_beam({"Mu": 0}, {"Mu": 300})
ARC = make_beam({"Mu": 0, "GantryRtn": 300.0}, {"Mu": 60, "GantryRtn": 120.0})
FIELDS = make_beam(
    {"Mu": 0, "leaves": (10.0, 10.0), "GantryRtn": 180.0, "CouchLng": 100.0},
    {"Mu": 4},
    {"Mu": 4, "leaves": (0.0, 10.0), "GantryRtn": 176.0},
    {"Mu": 7, "GantryRtn": 174.0},
    {"Mu": 9, "GantryRtn": 173.0},
    {"Mu": 9, "leaves": (-9.0, 10.0)},
    {"Mu": 9, "CouchLng": 99.0},
    {"Mu": 12},
)


@dataclass
class Run:
    """A delivery that was watched."""

    result: RunResult
    keep: Keep
    edges: list[Edge]
    """Of the gate's line, in its own time."""
    violations: tuple[object, ...]

    def spans(self) -> list[tuple[float, float]]:
        """Return from when to when the gate lets dose come, latencies included, in s."""
        return [
            (seconds(up) + TIMES.beam_on_latency_s, seconds(down) + TIMES.beam_off_latency_s)
            for (up, held), (down, _) in zip(self.edges, self.edges[1:], strict=False)
            if not held
        ]


def gated(beam: Beam, lower: float, upper: float) -> Beam:
    """Return the beam with a gate on the height of the marker, without any delay of its own."""
    window = GatingWindow(lower, upper, axis="Z")
    imaging = ImagingParameters((), gating=GatingParameters("PassThrough", (window,)))
    return replace(beam, imaging=imaging, beam_hold_devices=(BeamHoldDevice(4),))


def deliver(beam: Beam, motion: Motion, spec: SensorSpec = IDEAL, seed: int = 1) -> Run:
    agenda, keep = Agenda(), Keep()
    agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0))
    agenda.start(DefaultOperator(beam))
    eye = Invariants(MACHINE, Points.of(beam))
    sensor = Sensor(spec, motion, np.random.default_rng(seed))
    edges: list[Edge] = []
    post = HoldLines.post

    def seen(lines: HoldLines, line: HoldLine, now_ns: int) -> None:
        edges.append((line.time_ns, line.hold))
        post(lines, line, now_ns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HoldLines, "post", seen)
        result = run_batch(
            Linac(MACHINE, seed=seed),
            agenda,
            [keep, eye],
            feeds=[Feed("NDI", sensor.received)],
            limit_ns=600 * NS_PER_S,
        )
    eye.close()
    lines = HoldEye(MACHINE, beam.energy, [edges])
    for frames in keep.blocks:
        lines.write(frames)
    return Run(result, keep, edges, eye.violations + lines.violations)


@pytest.fixture(scope="module")
def sine() -> Run:
    """Return a long static beam gated by the upper half of a sine."""
    return deliver(gated(STATIC, 1.0, 9.0), SINE)


@pytest.mark.parametrize("speed", [0.1, 0.15, 0.2])
def test_a_target_that_runs_out_of_the_gate_gets_dose_for_the_latency_and_no_longer(
    speed: float,
) -> None:
    run = deliver(gated(STATIC, 0.0, 2.0), Uniform((0.0, 0.0, speed)))
    assert run.result.no_progress
    assert run.violations == ()
    (_, off_s), *others = run.spans()
    assert others == []
    past_cm = speed * off_s - 2.0
    assert 0 <= past_cm - speed * T_OFF <= speed * 0.001 + 1e-9
    # The dose stopped then and not at a tick: what came is what 10 MU/s give until then.
    state, tick, mu = (run.keep.column(name) for name in ("state", "tick", "mu_actual"))
    row = int(np.flatnonzero(state == State.HOLDING)[0])
    planned = run.keep.column("mu_expected")
    before = row - 1 - int(tick[row - 1] + 1 - off_s * NS_PER_S // TICK_NS)
    wanted = planned[before] + RATE * (off_s - seconds(int(tick[before] + 1) * TICK_NS))
    pulse = MACHINE.energies["6x"].mu_per_pulse
    assert abs(mu[row] - wanted) < pulse + RATE * MACHINE.dose.lag_s


def test_light_comes_later_than_the_gate_by_half_of_both_latencies(sine: Run) -> None:
    assert sine.violations == ()
    for on_s, off_s in sine.spans()[3:-2]:
        centre = 0.5 * (on_s + off_s)
        lag = centre - PERIOD_S * round(centre / PERIOD_S)
        assert -1e-6 < lag - 0.5 * (T_ON + T_OFF) < 0.001 + 1e-6


def test_light_is_on_for_the_gate_and_the_difference_of_latencies(sine: Run) -> None:
    for on_s, off_s in sine.spans()[3:-2]:
        assert off_s - on_s == pytest.approx(0.5 * PERIOD_S + T_OFF - T_ON, abs=0.001)


def test_dose_itself_is_centred_and_as_much_as_the_light(sine: Run) -> None:
    """By the monitor, whose ticks and pulses are coarser: 10 ms and three pulses."""
    tick, mu = sine.keep.column("tick"), sine.keep.column("mu_actual")
    middle_s = seconds(TICK_NS) * (tick + 0.5)
    rise = np.diff(mu, prepend=0.0)
    pulse = MACHINE.energies["6x"].mu_per_pulse
    for on_s, off_s in sine.spans()[3:-2]:
        cycle = (middle_s > on_s - 0.5) & (middle_s < off_s + 0.5)
        assert rise[cycle].sum() == pytest.approx(RATE * (off_s - on_s), abs=3 * pulse)
        centre = float((middle_s * rise)[cycle].sum() / rise[cycle].sum())
        assert centre == pytest.approx(0.5 * (on_s + off_s), abs=0.01 + MACHINE.dose.lag_s)


def test_a_long_static_beam_takes_its_time_over_the_share_of_light(sine: Run) -> None:
    on_s = 0.5 * PERIOD_S - T_ON + T_OFF
    wanted = 300 / RATE * PERIOD_S / on_s
    assert sine.result.state is State.COMPLETE
    assert sine.result.delivered_s == pytest.approx(wanted, abs=PERIOD_S)


def test_a_real_sensor_adds_half_of_its_period(sine: Run) -> None:
    """25 Hz, 14.2 ms, noise: on average half a period later, at the most a whole one."""
    spec = sensor_spec("NDI")
    run = deliver(gated(STATIC, 1.0, 9.0), SINE, spec)
    assert run.violations == ()
    period_s = 1 / spec.rate_hz
    chain_s = spec.latency_ms / 1000 - 0.030 + 0.5 * (T_ON + T_OFF)
    lags = []
    for on_s, off_s in run.spans()[3:-2]:
        centre = 0.5 * (on_s + off_s)
        lags.append(centre - PERIOD_S * round(centre / PERIOD_S))
    assert np.mean(lags) == pytest.approx(chain_s + 0.5 * period_s, abs=0.5 * period_s)
    assert max(lags) < chain_s + period_s + 4 * spec.latency_jitter_ms / 1000
    assert run.result.delivered_s == pytest.approx(sine.result.delivered_s, abs=PERIOD_S)


def test_a_gated_arc_meets_the_beam_again_where_it_left() -> None:
    run = deliver(gated(ARC, 1.0, 9.0), SINE, sensor_spec("NDI"))
    assert run.result.state is State.COMPLETE
    assert run.result.holds > 5
    assert run.violations == ()
    state = run.keep.column("state")
    actual = run.keep.column("actual")[:, Axis.GANTRY_RTN]
    expected = run.keep.column("expected")[:, Axis.GANTRY_RTN]
    off = np.flatnonzero((state[:-1] == State.DELIVERING) & (state[1:] == State.HOLDING))
    on = np.flatnonzero((state[:-1] == State.HOLDING) & (state[1:] == State.DELIVERING))
    assert len(off) == len(on) == run.result.holds
    assert np.abs(actual[off] - actual[on]).max() < 0.5
    assert np.abs(actual[on] - expected[on]).max() <= 0.1


# Holds where they are awkward ------------------------------------------------------------------


def hold(
    beam: Beam, edges: Sequence[tuple[float, bool]], presses: Sequence[tuple[float, Action]] = ()
) -> Run:
    """Deliver a beam while device 7 changes its line and somebody presses, at times in s."""
    beam = replace(beam, beam_hold_devices=(BeamHoldDevice(7),))
    agenda, keep, eye = Agenda(), Keep(), Invariants(MACHINE, Points.of(beam))
    agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, "7", 1.0))
    agenda.start(DefaultOperator(beam))
    line = [(round(time_s * NS_PER_S), up) for time_s, up in edges]
    for time_ns, up in line:
        agenda.line(time_ns, 7, hold=up)
    for time_s, action in presses:
        agenda.at(round(time_s * NS_PER_S), Operator(action))
    result = run_batch(Linac(MACHINE, seed=1), agenda, [keep, eye], limit_ns=300 * NS_PER_S)
    eye.close()
    lines = HoldEye(MACHINE, beam.energy, [line])
    for frames in keep.blocks:
        lines.write(frames)
    return Run(result, keep, line, eye.violations + lines.violations)


@pytest.fixture(scope="module")
def unheld() -> Run:
    """Return fields with carriage moves and motion without dose between them, not held."""
    return hold(FIELDS, [])


@pytest.mark.parametrize("share", [0.02, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.97])
def test_a_hold_anywhere_in_a_sequence_is_got_over(share: float, unheld: Run) -> None:
    """In a field, between fields, in motion without dose, while carriages move."""
    assert unheld.result.state is State.COMPLETE
    running = np.flatnonzero(unheld.keep.column("state") == State.DELIVERING)
    begin_s = seconds(int(running[0] + share * len(running)) * TICK_NS) + 0.0033
    run = hold(FIELDS, [(begin_s, True), (begin_s + 1.5, False)])
    assert run.violations == ()
    assert run.result.state is State.COMPLETE
    assert run.result.holds == 1
    assert run.result.mu == pytest.approx(12, abs=0.05)


@pytest.mark.parametrize("point", [1, 3, 4])
@pytest.mark.parametrize("offset_ticks", [-1, 0, 1])
def test_a_hold_at_a_control_point_is_got_over(point: int, offset_ticks: int, unheld: Run) -> None:
    cp = unheld.keep.column("cp")
    row = int(np.flatnonzero(cp >= point)[0]) + offset_ticks
    begin_s = seconds(int(unheld.keep.column("tick")[row]) * TICK_NS) + 0.001
    run = hold(FIELDS, [(begin_s, True), (begin_s + 1.5, False)])
    assert run.violations == ()
    assert run.result.state is State.COMPLETE
    assert run.result.mu == pytest.approx(12, abs=0.05)


RESUME = ((0.0, Action.MV_READY_PRESS), (4.0, Action.MV_BEAM_ON))


def test_beam_off_while_held_interrupts_and_the_line_still_holds_afterwards() -> None:
    presses = [(12.0, Action.BEAM_OFF), *((14.0 + after, action) for after, action in RESUME)]
    run = hold(make_beam({"Mu": 0}, {"Mu": 100}), [(10.0, True), (30.0, False)], presses)
    assert run.violations == ()
    assert run.result.state is State.COMPLETE
    state, tick, mu = (run.keep.column(name) for name in ("state", "tick", "mu_actual"))
    assert state[tick == 1300] == State.INTERRUPTED
    assert state[tick == 2500] == State.HOLDING
    assert mu[tick == 2900] - mu[tick == 1200] < 0.01


def test_a_hold_that_comes_and_goes_while_interrupted_leaves_no_trace() -> None:
    presses = [(10.0, Action.BEAM_OFF), *((14.0 + after, action) for after, action in RESUME)]
    run = hold(make_beam({"Mu": 0}, {"Mu": 100}), [(11.0, True), (12.0, False)], presses)
    assert run.violations == ()
    assert run.result.state is State.COMPLETE
    assert run.result.holds == 0


# Treatment time --------------------------------------------------------------------------------


def test_time_of_a_window_counts_from_beam_on_and_runs_on_while_held() -> None:
    window = ActionWindow("Basic", "Time", 0.0, 8.0)
    management = MotionManagementParameters(global_action_windows=(window,))
    imaging = ImagingParameters((), motion_management=management)
    beam = replace(make_beam({"Mu": 0}, {"Mu": 300}), imaging=imaging)
    agenda, keep = Agenda(), Keep()
    agenda.at(0, Fault(FaultKind.BEAM_HOLD_READY, "7", 1.0))
    beam = replace(beam, beam_hold_devices=(BeamHoldDevice(7),))
    agenda.start(DefaultOperator(beam))
    for time_s, up in ((8.0, True), (10.0, False)):
        agenda.line(round(time_s * NS_PER_S), 7, hold=up)
    run_batch(Linac(MACHINE, seed=1), agenda, [keep], limit_ns=60 * NS_PER_S)
    state, tick = keep.column("state"), keep.column("tick")
    begun = int(tick[state == State.DELIVERING][0])
    last = int(tick[state == State.DELIVERING][-1])
    held = np.diff(np.flatnonzero(state[tick < last] == State.HOLDING)).size + 1
    assert 190 < held < 215
    passed_s = seconds((last - begun) * TICK_NS)
    assert passed_s == pytest.approx(8.0 + TIMES.gate_decision_s, abs=0.03)
