"""Gates of beams in both dialects, decisions, approval, faults and triggers."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from linacsim.control.gating.axes import MachineValues
from linacsim.control.gating.building import gates_from_beam
from linacsim.control.gating.gates import GateDecision, Gates
from linacsim.control.gating.source import GatedSource
from linacsim.control.gating.triggers import Trigger
from linacsim.model.acquisition import AcquisitionParameters, Mode
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.motion import (
    AcquisitionTrigger,
    ActionWindow,
    GatingParameters,
    GatingWindow,
    MotionManagementParameters,
    TrackingSource,
)
from linacsim.model.samples import MotionState, PositionSample, TargetMotion
from tests.beams import make_beam

MS = 1_000_000
AGE = 200 * MS
GATE_4 = (BeamHoldDevice(id=4),)
UNKNOWN = math.nan


def state(
    ms: float,
    amplitude: float = 0.0,
    phase: float = UNKNOWN,
    quality: float = 1.0,
    *,
    valid: bool = True,
) -> MotionState:
    return MotionState(
        round(ms * MS),
        amplitude,
        0.0,
        phase,
        quality,
        *(UNKNOWN,) * 5,
        0,
        10 * amplitude,
        20 * amplitude,
        amplitude,
        amplitude,
        valid=valid,
    )


def gates_1x(parameters: GatingParameters, devices: Sequence[BeamHoldDevice] = GATE_4) -> Gates:
    imaging = ImagingParameters((), gating=parameters)
    beam = make_beam({"Mu": 0}, {"Mu": 1}, imaging=imaging, beam_hold_devices=tuple(devices))
    return gates_from_beam(beam, AGE)


def gates_20(
    *windows: ActionWindow,
    global_windows: Sequence[ActionWindow] = (),
    source: str = "NDI",
    energy: str = "6x",
) -> Gates:
    management = MotionManagementParameters(
        tracking_sources=(
            TrackingSource(source, AcquisitionParameters(Mode("m")), action_windows=windows),
        ),
        global_action_windows=tuple(global_windows),
    )
    imaging = ImagingParameters((), motion_management=management)
    beam = make_beam({"Mu": 0}, {"Mu": 1}, imaging=imaging, energy=energy)
    return gates_from_beam(beam, AGE)


def basic(axis: str, lower: float, upper: float, **rest: object) -> ActionWindow:
    return ActionWindow("Basic", axis, lower, upper, **rest)  # type: ignore[arg-type]


def see(gates: Gates, seen: MotionState, target: TargetMotion | None = None) -> GateDecision:
    return gates.update("NDI", seen, seen.measured_ns, target)


def play(
    gates: Gates, value: Callable[[float], MotionState], seconds: float, step_ms: float = 40.0
) -> list[GateDecision]:
    """Return the decisions that differ from the one before."""
    decisions = [gates.decision]
    for k in range(int(seconds * 1000 / step_ms) + 1):
        see(gates, value(k * step_ms))
        if gates.decision != decisions[-1]:
            decisions.append(gates.decision)
    return decisions[1:]


def on_time_ms(decisions: Sequence[GateDecision]) -> list[float]:
    """Return the lengths of the times between an allowing edge and the next that does not."""
    times = [(d.changed_ns / MS, d.mv_allowed) for d in decisions]
    return [off - on for (on, allowed), (off, _) in pairwise(times) if allowed]


EXAMPLE_12 = GatingParameters(
    "BreathingPhase", (GatingWindow(125.0, 230.0),), quality_threshold=0.0, kv_gating=True
)
"""The manual's gated beams."""


def clock(ms: float) -> MotionState:
    """Return a perfect breath of 4 s."""
    return state(ms, phase=ms * 0.09 % 360)


def test_example_12_as_its_text_means_it_the_closed_gate_lets_the_beam_through() -> None:
    """Closing at 125 deg and opening at 230 deg; imaging stops while open."""
    decisions = play(gates_1x(EXAMPLE_12), clock, 8.0)
    edges = [(d.changed_ns / MS, d.mv_allowed) for d in decisions]
    assert edges == [
        (pytest.approx(125 / 0.09, abs=1e-3), True),
        (pytest.approx(230 / 0.09, abs=1e-3), False),
        (pytest.approx(485 / 0.09, abs=1e-3), True),
        (pytest.approx(590 / 0.09, abs=1e-3), False),
    ]
    assert all(d.kv_allowed is d.mv_allowed for d in decisions)


def test_example_12_read_the_other_way_round_is_the_window_with_entry_and_exit_exchanged() -> None:
    """Who means `closed` as `beam held` gets it from 230 deg over 360 to 125 deg."""
    meant = gates_1x(EXAMPLE_12)
    other = gates_1x(
        GatingParameters("BreathingPhase", (GatingWindow(230.0, 125.0),), quality_threshold=0.0)
    )
    for ms in range(0, 8000, 7):
        first, second = see(meant, clock(ms)), see(other, clock(ms))
        assert first.mv_allowed is not second.mv_allowed


@pytest.mark.parametrize(
    ("devices", "kv_gating", "mv_held", "kv_held"),
    [
        (GATE_4, True, True, True),
        (GATE_4, None, True, False),
        ((), True, False, True),
        ((BeamHoldDevice(id=4, mv_beam_impact=False),), True, True, True),
        ((BeamHoldDevice(id=4, mv_beam_impact=False, motion_impact=False),), True, False, True),
        ((BeamHoldDevice(id=5),), None, False, False),
    ],
)
def test_mv_obeys_where_device_4_is_listed_and_kv_where_kv_gating_says(
    devices: Sequence[BeamHoldDevice], kv_gating: bool | None, mv_held: bool, kv_held: bool
) -> None:
    gates = gates_1x(
        GatingParameters("BreathingPhase", (GatingWindow(125, 230),), kv_gating=kv_gating), devices
    )
    decision = see(gates, state(0, phase=0.0))
    assert decision.mv_allowed is not mv_held
    assert decision.kv_allowed is not kv_held


def test_on_time_of_a_wrapping_phase_window_is_its_width() -> None:
    gates = gates_1x(GatingParameters("BreathingPhase", (GatingWindow(300, 60),)))
    widths = on_time_ms(play(gates, clock, 40.0))
    assert len(widths) == 10
    assert widths[1:] == pytest.approx([120 / 0.09] * 9, abs=1e-3)


def test_two_windows_side_by_side_make_one() -> None:
    """Split at 360 deg, as the checker advises; no edge where they meet."""
    gates = gates_1x(
        GatingParameters("BreathingPhase", (GatingWindow(300, 360), GatingWindow(0, 60)))
    )
    widths = on_time_ms(play(gates, clock, 40.0))
    assert widths[1:] == pytest.approx([120 / 0.09] * (len(widths) - 1), abs=1e-3)


def test_sine_with_amplitude_gate_at_half_is_on_half_the_time() -> None:
    gates = gates_1x(GatingParameters("BreathingAmplitude", (GatingWindow(0.5, 2.0),)))

    def sine(ms: float) -> MotionState:
        return state(ms, amplitude=0.5 + 0.5 * math.sin(2 * math.pi * ms / 4000))

    decisions = play(gates, sine, 41.0)
    widths = on_time_ms(decisions)
    assert widths[1:] == pytest.approx([2000] * 9, abs=0.5)
    edges = np.array([d.changed_ns / MS for d in decisions[1:]])
    assert np.abs(edges - 2000 * np.round(edges / 2000)).max() < 0.5


def test_quality_must_exceed_the_threshold_even_of_0() -> None:
    gates = gates_1x(EXAMPLE_12)
    assert not see(gates, state(0, phase=180.0, quality=0.0)).mv_allowed
    assert see(gates, state(40, phase=183.6, quality=0.01)).mv_allowed
    assert not see(gates, state(80, phase=187.2, quality=0.0)).mv_allowed
    strict = gates_1x(
        GatingParameters("BreathingPhase", (GatingWindow(125, 230),), quality_threshold=0.5)
    )
    assert not see(strict, state(0, phase=180.0, quality=0.5)).mv_allowed
    assert see(strict, state(40, phase=183.6, quality=0.51)).mv_allowed


def test_breath_hold_of_the_manual() -> None:
    """PassThrough on z from 10 to 15 cm, allowed half a second after entry, without quality."""
    window = GatingWindow(10.0, 15.0, axis="z", fault_on_exit=False, entry_delay=0.5)
    gates = gates_1x(GatingParameters("PassThrough", (window,), quality_threshold=0.0))

    def hold(ms: float) -> MotionState:
        return state(ms, amplitude=min(ms / 100, 12.0) if ms < 9000 else 8.0, quality=0.0)

    decisions = play(gates, hold, 10.0)
    assert [(d.changed_ns / MS, d.mv_allowed) for d in decisions] == [
        (pytest.approx(1500, abs=1e-3), True),
        (pytest.approx(8980, abs=1e-3), False),
    ]
    assert not decisions[-1].fault


def test_axes_of_breath_hold_must_all_be_inside() -> None:
    windows = (GatingWindow(0.5, 1.5, axis="z"), GatingWindow(0, 5, axis="x"))
    gates = gates_1x(GatingParameters("PassThrough", windows))
    assert not see(gates, state(0, amplitude=1.0)).mv_allowed, "x is 10 cm"
    assert not see(gates, state(40, amplitude=0.4)).mv_allowed, "z is 0.4 cm"
    assert see(gates, state(80, amplitude=0.5)).mv_allowed


def test_fault_on_exit_stays_until_cleared() -> None:
    window = GatingWindow(1.0, 2.0, axis="z", fault_on_exit=True)
    gates = gates_1x(GatingParameters("PassThrough", (window,)))
    assert not see(gates, state(0, amplitude=0.5)).fault, "not yet entered: nothing to leave"
    assert see(gates, state(40, amplitude=1.5)).mv_allowed
    left = see(gates, state(80, amplitude=0.5))
    assert left.fault == "NDI z 1 to 2: left its window"
    back = see(gates, state(120, amplitude=1.5))
    assert back.fault
    assert not back.mv_allowed
    assert not back.kv_allowed
    cleared = gates.clear_faults(130 * MS)
    assert not cleared.fault
    assert cleared.mv_allowed
    assert cleared.changed_ns == 130 * MS


def test_segmental_stops_and_waits_for_the_operator() -> None:
    gates = gates_20(ActionWindow("Segmental", "Amplitude", 0.0, 1.0))
    assert see(gates, state(0, amplitude=0.5)).mv_allowed
    left = see(gates, state(40, amplitude=1.5))
    assert left.needs_approval
    assert not left.mv_allowed
    assert gates.why() == ("NDI Amplitude 0 to 1: left; waits for the operator's approval",)
    assert not see(gates, state(80, amplitude=0.5)).mv_allowed, "back inside, not approved"
    approved = gates.approve(100 * MS)
    assert approved.mv_allowed
    assert not approved.needs_approval
    assert approved.changed_ns == 100 * MS


def test_segmental_approved_while_outside_waits_for_entry_and_asks_again() -> None:
    gates = gates_20(ActionWindow("Segmental", "Amplitude", 0.0, 1.0))
    for ms, amplitude in ((0, 0.5), (40, 1.5)):
        see(gates, state(ms, amplitude=amplitude))
    assert not gates.approve(50 * MS).mv_allowed
    assert see(gates, state(80, amplitude=0.5)).mv_allowed
    assert see(gates, state(120, amplitude=1.5)).needs_approval


def test_basic_resumes_by_itself() -> None:
    gates = gates_20(basic("Amplitude", 0.0, 1.0))
    allowed = [see(gates, state(40 * k, amplitude=a)).mv_allowed for k, a in enumerate((0, 2, 0))]
    assert allowed == [True, False, True]


def test_impacts_hold_what_they_name() -> None:
    gates = gates_20(
        basic("Amplitude", 0, 1, mv_beam_impact=False, kv_beam_impact=True),
        basic("Amplitude", 0, 2, motion_compensation_impact=True),
    )
    between = see(gates, state(0, amplitude=1.5))
    assert (between.mv_allowed, between.kv_allowed) == (True, False)
    assert between.motion_compensation_allowed
    outside = see(gates, state(40, amplitude=2.5))
    assert (outside.mv_allowed, outside.motion_compensation_allowed) == (False, False)


@pytest.mark.parametrize(("energy", "mv_held"), [("6x", True), ("0k", False)])
def test_a_beam_without_mv_has_nothing_for_an_mv_gate_to_hold(energy: str, mv_held: bool) -> None:
    gates = gates_20(
        basic("Amplitude", 0, 1, kv_beam_impact=True),
        global_windows=[basic("Time", 0, 1)],
        energy=energy,
    )
    outside = see(gates, state(0, amplitude=2))
    assert outside.mv_allowed is not mv_held
    assert not outside.kv_allowed


def test_entry_delay_and_linger_are_in_ms() -> None:
    gates = gates_20(basic("Amplitude", 0, 1, entry_delay_ms=100.0, linger_timeout_ms=60.0))
    for ms in range(0, 161, 40):
        see(gates, state(ms, amplitude=0.5))
    assert gates.decision.mv_allowed
    assert gates.decision.changed_ns == 100 * MS
    see(gates, state(200, amplitude=1.5))
    assert gates.decision.mv_allowed
    assert gates.next_change_ns() == 240 * MS
    assert not gates.advance(240 * MS).mv_allowed
    assert gates.decision.changed_ns == 240 * MS


AXES_AND_VALUES = {
    "Amplitude": 1.0,
    "Phase": 90.0,
    "Quality": 1.0,
    "Target_fixed.X": 3.0,
    "Target_fixed.Y": 4.0,
    "Target_fixed.Z": 12.0,
    "Target_fixed.R": 13.0,
    "Target_fixed.AngleX": 0.1,
    "Target_fixed.AngleY": 0.2,
    "Target_fixed.AngleZ": 0.3,
    "Target_model.X": 1.0,
    "Target_model.Y": 2.0,
    "Target_model.Z": 2.0,
    "Target_model.R": 3.0,
    "Target_model.AngleX": 0.4,
    "Target_model.AngleY": 0.5,
    "Target_model.AngleZ": 0.6,
}
GLOBAL_AXES_AND_VALUES = {
    "MU": 10.0,
    "GantryAngle": 181.0,
    "Time": 3.5,
    "ConformityIndexOverArea": 0.7,
    "ConformityIndexUnderArea": 0.8,
}
TARGET = TargetMotion(0, (3.0, 4.0, 12.0), (1.0, 2.0, 2.0), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


@pytest.mark.parametrize(("axis", "value"), AXES_AND_VALUES.items())
def test_every_tracking_axis_is_watched(axis: str, value: float) -> None:
    seen = state(0, amplitude=1.0, phase=90.0)
    assert see(gates_20(basic(axis, value - 0.01, value + 0.01)), seen, TARGET).mv_allowed
    assert not see(gates_20(basic(axis, value + 0.01, value + 0.02)), seen, TARGET).mv_allowed


@pytest.mark.parametrize(("axis", "value"), GLOBAL_AXES_AND_VALUES.items())
def test_every_global_axis_is_watched(axis: str, value: float) -> None:
    seen = MachineValues(0, 10.0, 181.0, 3.5, 0.7, 0.8)
    for shift, allowed in ((0.0, True), (1.0, False)):
        gates = gates_20(global_windows=[basic(axis, value + shift - 0.01, value + shift + 0.01)])
        assert gates.needs_machine_values
        assert gates.update_machine(seen).mv_allowed is allowed


def test_unknown_axes_and_filters_and_bad_delays_never_allow() -> None:
    for gates in (
        gates_20(basic("Amplitud", -9, 9)),
        gates_20(basic("Target_room.X", -9, 9)),
        gates_20(basic("Amplitude", -9, 9, entry_delay_ms=math.nan)),
        gates_20(basic("Amplitude", -9, 9, entry_delay_ms=-1.0)),
        gates_20(basic("Amplitude", math.nan, 9)),
        gates_1x(GatingParameters("Breathing", (GatingWindow(-9, 9),))),
        gates_1x(GatingParameters("BreathingAmplitude", (GatingWindow(2.0, 1.0),))),
    ):
        assert not any(
            see(gates, state(40 * k, amplitude=1.5, phase=90.0), TARGET).mv_allowed
            for k in range(50)
        )


def test_windows_on_the_target_do_not_allow_without_a_target() -> None:
    assert not see(gates_20(basic("Target_model.X", -9, 9)), state(0)).mv_allowed


def test_sources_are_kept_apart() -> None:
    gates = gates_20(basic("Amplitude", 0, 1), source="RTX1")
    assert gates.sources == ("RTX1",)
    assert not gates.update("NDI", state(0, amplitude=0.5), 0).mv_allowed
    assert gates.update("RTX1", state(0, amplitude=0.5), 0).mv_allowed


def test_without_gates_all_is_allowed() -> None:
    gates = gates_from_beam(make_beam({"Mu": 0}, {"Mu": 1}), AGE)
    assert gates.decision.mv_allowed
    assert gates.next_change_ns() is None
    assert gates.why() == ()


def test_nothing_is_allowed_before_the_first_sample_nor_after_the_last() -> None:
    gates = gates_20(basic("Amplitude", 0, 1))
    assert not gates.advance(10**12).mv_allowed
    assert gates.why() == ("NDI Amplitude 0 to 1: no valid and recent sample",)
    seen = state(2_000_000, amplitude=0.5)
    assert see(gates, seen).mv_allowed
    assert gates.next_change_ns() == seen.measured_ns + AGE
    stale = gates.advance(10**16)
    assert not stale.mv_allowed
    assert stale.changed_ns == seen.measured_ns + AGE


def test_an_invalid_sample_holds_at_once() -> None:
    gates = gates_20(basic("Amplitude", 0, 1, linger_timeout_ms=1e6))
    assert see(gates, state(0, amplitude=0.5)).mv_allowed
    assert not see(gates, state(40, amplitude=0.5, valid=False)).mv_allowed
    assert see(gates, state(80, amplitude=0.5)).mv_allowed


def test_an_edge_has_a_time_of_motion_and_a_time_of_knowledge() -> None:
    gates = gates_20(basic("Amplitude", 0, 1))
    gates.update("NDI", state(0, amplitude=0.5), 60 * MS)
    left = gates.update("NDI", state(40, amplitude=1.5), 100 * MS)
    assert left.changed_ns == 20 * MS
    assert left.known_ns == 100 * MS


TRIGGER = AcquisitionTrigger("KV", delay_s=0.1, on_exit=True, single=False)


def test_triggers_on_entering_and_leaving_with_their_delay() -> None:
    gates = gates_20(basic("Amplitude", 0, 1, triggers=(TRIGGER, AcquisitionTrigger("MV"))))
    for k, amplitude in enumerate((0.5, 1.5, 0.5)):
        see(gates, state(40 * k, amplitude=amplitude))
    assert gates.take_triggers() == (
        Trigger("MV", 0),
        Trigger("KV", 100 * MS),
        Trigger("KV", 120 * MS),
        Trigger("KV", 160 * MS),
    )
    assert gates.take_triggers() == ()


def test_delta_triggers_step_from_the_lower_limit() -> None:
    window = basic(
        "GantryAngle", 180.0, 200.0, delta=5.0, triggers=(AcquisitionTrigger("KV", single=False),)
    )
    gates = gates_20(global_windows=[window])
    for k in range(300):
        at_ns = k * 10 * MS
        gates.update_machine(MachineValues(at_ns, 0.0, 175.0 + 0.06 * k, k / 100))
    at_gantry = [175 + 6 * trigger.at_ns / 1e9 for trigger in gates.take_triggers()]
    assert at_gantry == pytest.approx([180.0, 185.0, 190.0], abs=1e-6)


def test_1x_triggers_carry_their_source() -> None:
    parameters = GatingParameters(
        "BreathingPhase",
        (GatingWindow(125, 230),),
        kv_trigger=AcquisitionTrigger("KVTrigger", single=False),
    )
    gates = gates_1x(parameters)
    play(gates, clock, 8.0)
    assert [trigger.source for trigger in gates.take_triggers()] == ["KV", "KV"]


def test_a_source_leads_samples_through_its_model_to_the_gates() -> None:
    class Doubling:
        def update(self, sample: PositionSample) -> MotionState:
            return state(sample.measured_ns / MS, amplitude=2 * sample.z_cm)

    gates = gates_20(basic("Amplitude", 0.9, 1.1), basic("Target_model.X", 0, 2))
    source = GatedSource("NDI", Doubling(), gates, lambda seen, sample: TARGET)
    assert source.receive(PositionSample(0, 60 * MS, 0, 0, 0.5)).mv_allowed
    assert source.state is not None
    assert source.state.amplitude_cm == 1.0
    assert source.target is TARGET
    assert not source.receive(PositionSample(40 * MS, 100 * MS, 0, 0, 1.0)).mv_allowed


def test_segmental_and_fault_ask_for_nothing_before_the_first_entry() -> None:
    gates = gates_20(ActionWindow("Segmental", "Amplitude", 0.0, 1.0, fault_on_exit=True))
    see(gates, state(0, amplitude=1.5))
    expired = gates.advance(AGE)
    assert not expired.needs_approval
    assert not expired.fault


def test_a_sample_that_arrives_too_old_enters_and_leaves_nothing() -> None:
    gates = gates_20(
        ActionWindow("Segmental", "Amplitude", 0.0, 1.0, fault_on_exit=True, triggers=(TRIGGER,))
    )
    late = gates.update("NDI", state(0, amplitude=0.5), AGE)
    assert not late.mv_allowed
    assert not late.fault
    assert not late.needs_approval
    assert gates.take_triggers() == ()


def test_times_of_edges_never_go_back() -> None:
    """Entry counts from 70 ms on; a late sample then shows that the exit was at 62 ms."""
    gates = gates_20(basic("Amplitude", 0, 1, entry_delay_ms=30.0))
    gates.update("NDI", state(40, amplitude=0.5), 100 * MS)
    assert gates.decision.changed_ns == 70 * MS
    left = gates.update("NDI", state(80, amplitude=1.4), 140 * MS)
    assert not left.mv_allowed
    assert left.changed_ns == 70 * MS
    assert left.known_ns == 140 * MS


def test_a_lost_signal_counts_as_leaving() -> None:
    gates = gates_20(ActionWindow("Segmental", "Amplitude", 0.0, 1.0, fault_on_exit=True))
    see(gates, state(0, amplitude=0.5))
    lost = gates.advance(AGE)
    assert lost.needs_approval
    assert lost.fault
