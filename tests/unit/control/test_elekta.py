"""The Elekta supervisor: states in its own words, interrupts, dose channels, wedge, gate."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.control.elekta.stages import BUTTONS, TABLE, Happening, Stage
from linacsim.control.state_table import Ignored
from linacsim.engines.agenda import Agenda, Steps
from linacsim.machines import load_machine
from linacsim.model.elekta import Field, LinacState, Wedge
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.messages import Action, Fault, FaultKind, Operator, Prescribe
from linacsim.model.signals import State
from tests.fields import at_mu, deliver, made, when_in

S = LinacState
ARC = {"gantry_deg": [0, 60]}


def test_every_stage_answers_every_event_and_no_button_silently() -> None:
    assert set(TABLE) == set(Stage)
    for row in TABLE.values():
        assert set(row) == set(Happening)
        assert not any(isinstance(row[button], Ignored) for button in BUTTONS)


@pytest.mark.parametrize("machine", ["agility", "precise-mlc", "precise-beam-modulator"])
def test_a_static_field(machine: str) -> None:
    done = deliver(made(machine, 50.0, [0, 1]), machine)
    assert done.result.state is State.COMPLETE
    assert done.result.mu == pytest.approx(50.0, abs=0.05)
    assert done.states == [
        S.CLOSED,
        S.INTERSEGMENT,
        S.RADIATION_ON,
        S.TERMINATED_CHECKING,
        S.TERMINATED_OK,
    ]
    assert not done.eye.violations


def test_the_beam_comes_late_and_slowly_as_in_real_logs() -> None:
    """log-formats 2.4: 24 rows of intersegment, 1.4 to 3.3 s to the first dose, a slow start."""
    done = deliver(made("agility", 50.0, [0, 1]), "agility")
    state, mu = done.column("state"), done.column("mu_actual")
    lit = np.flatnonzero(state == S.RADIATION_ON)
    first = int(np.argmax(mu > 0))
    assert np.count_nonzero(state == S.INTERSEGMENT) == 96
    assert 1.4 <= (first - lit[0]) / 100 <= 3.3
    assert mu[first + 50] < 0.1 * 5.0
    assert mu[first + 120] - mu[first + 80] == pytest.approx(4.0, abs=0.5)
    assert 0.24 <= (lit[-1] - int(np.argmax(mu >= mu[-1]))) / 100 <= 0.6


def test_step_and_shoot_moves_between_segments() -> None:
    shapes, angles = [50.0, 50.0, 150.0, 150.0], [0, 0, 90, 90]
    field = made("agility", 50.0, [0, 0.5, 0.5, 1], half_mm=shapes, gantry_deg=angles)
    done = deliver(field, "agility")
    assert done.states[1:6] == [
        S.INTERSEGMENT,
        S.RADIATION_ON,
        S.INTERSEGMENT,
        S.MOVE_ONLY,
        S.RADIATION_ON,
    ]
    assert not done.eye.violations
    rising = np.diff(done.column("mu_actual")) > 0
    assert not (rising & (done.column("state")[1:] != S.RADIATION_ON)).any()


@pytest.mark.parametrize("mu", [0.3, 20.0, 49.8])
def test_an_interrupted_field_is_resumed_with_what_is_left(mu: float) -> None:
    done = deliver(
        made("agility", 50.0, [0, 1], **ARC),
        "agility",
        at_mu(mu, Operator(Action.BEAM_OFF)),
        at_mu(mu, Operator(Action.MV_BEAM_ON), after_s=4.0),
    )
    assert done.result.state is State.COMPLETE
    assert done.result.mu == pytest.approx(50.0, abs=0.1)
    k = done.states.index(S.INTERRUPTED)
    assert done.states[k + 1 :][:4] == [
        S.INTERRUPTED_READY,
        S.PAUSE,
        S.INTERSEGMENT,
        S.RADIATION_ON,
    ]
    assert not done.eye.violations


def test_a_partial_field_delivers_the_rest() -> None:
    field = made("agility", 50.0, [0, 1], **ARC)

    def operator(agenda: Agenda) -> Steps:
        agenda.post(Prescribe(field))
        agenda.post(Operator(Action.PARTIAL_BEAM, value=20.0))
        agenda.post(Operator(Action.PREPARE))
        agenda.post(Operator(Action.GO_TO, "all"))
        yield agenda.wait(20 * 10**9)
        agenda.post(Operator(Action.MV_BEAM_ON))

    done = deliver(field, "agility", operator=operator)
    assert done.result.state is State.COMPLETE
    assert done.result.mu == pytest.approx(20.0, abs=0.05)
    gantry = done.keep.blocks[-1].expected[-1, 0]
    assert gantry == pytest.approx(120.0)


def test_an_open_door_inhibits_until_it_is_closed() -> None:
    done = deliver(
        made("agility", 50.0, [0, 1]),
        "agility",
        at_mu(20.0, Operator(Action.OPEN_DOOR)),
        at_mu(20.0, Operator(Action.MV_BEAM_ON), after_s=2.0),
    )
    assert done.result.state is State.INTERRUPTED
    assert done.states[-1] is S.INTERRUPTED
    refused = [e.text for e in done.result.events if e.kind == "refused"]
    assert refused == ["MV START: the field is interrupted and something inhibits its start"]
    assert done.result.mu < 20.5


def test_terminate_ends_a_field_and_its_check_fails() -> None:
    field = made("agility", 50.0, [0, 1], **ARC)
    done = deliver(field, "agility", at_mu(20.0, Operator(Action.TERMINATE)))
    assert done.result.state is State.TERMINATED
    assert done.states[-2:] == [S.TERMINATED_CHECKING, S.TERMINATED_FAULT]
    assert "check failed: 20.0 MU of 50.0 delivered" in done.texts


@pytest.mark.parametrize(("channel", "share"), [("1", 0.8), ("2", 0.8), ("2", 0.0)])
def test_channels_that_differ_end_the_beam(channel: str, share: float) -> None:
    misread = Fault(FaultKind.DOSE_CHANNEL, channel, share)
    done = deliver(made("agility", 50.0, [0, 1]), "agility", at_mu(20.0, misread))
    assert done.result.state is State.TERMINATED
    assert done.result.interlocks == ("INITIAL_POSITION", "DOSE_CHANNELS")
    apart = np.abs(done.column("backup_mu") - done.column("mu_actual"))
    assert apart.max() == pytest.approx(2.0, abs=0.15)


def test_the_second_channel_ends_a_beam_that_the_first_reads_too_low() -> None:
    # So small a field that both channels stay within what they may differ by.
    misread = Fault(FaultKind.DOSE_CHANNEL, "1", 0.83)
    done = deliver(made("agility", 10.0, [0, 1]), "agility", at_mu(1.0, misread))
    assert done.result.state is State.TERMINATED
    assert done.result.mu < 9.9
    assert done.column("backup_mu").max() == pytest.approx(10.0 * 1.05 + 1.0, abs=0.15)
    assert any("its limit is 11.5" in text for text in done.texts)


def test_a_dead_first_channel_ends_the_beam() -> None:
    dead = Fault(FaultKind.DOSE_CHANNEL, "1", 0.0)
    done = deliver(made("agility", 50.0, [0, 1]), "agility", at_mu(20.0, dead))
    assert done.result.state is State.TERMINATED
    assert "DOSE_MODEL" in done.result.interlocks
    assert done.column("backup_mu").max() < 22.0


def test_a_small_difference_of_the_channels_is_allowed() -> None:
    misread = Fault(FaultKind.DOSE_CHANNEL, "2", 0.97)
    done = deliver(made("agility", 50.0, [0, 1]), "agility", at_mu(20.0, misread))
    assert done.result.state is State.COMPLETE
    assert done.result.mu == pytest.approx(50.0, abs=0.05)


def test_the_backup_timer_ends_a_beam_that_hardly_comes() -> None:
    slow = Fault(FaultKind.DOSE_RATE, value=0.3)
    done = deliver(made("agility", 200.0, [0, 1]), "agility", at_mu(20.0, slow))
    assert done.result.state is State.TERMINATED
    assert "MAX_RAD_TIME" in done.result.interlocks


def test_the_wedge_moves_between_segments() -> None:
    field = made("precise-mlc", 50.0, [0, 0.5, 1], wedge=["IN", "OUT", "OUT"])
    done = deliver(field, "precise-mlc")
    assert done.result.state is State.COMPLETE
    wedge, mu = done.column("wedge"), done.column("mu_actual")
    rising = np.diff(mu) > 0
    assert set(wedge[1:][rising & (mu[1:] < 24.9)]) == {Wedge.IN}
    assert set(wedge[1:][rising & (mu[1:] > 25.1)]) == {Wedge.OUT}


def test_a_wedge_that_sticks_inhibits() -> None:
    field = made("precise-mlc", 50.0, [0, 0.5, 1], wedge=["IN", "OUT", "OUT"])
    stuck = Fault(FaultKind.AXIS_STUCK, "wedge")
    free = Fault(FaultKind.AXIS_STUCK, "wedge", clear=True)
    start = Operator(Action.MV_BEAM_ON)
    held = deliver(field, "precise-mlc", at_mu(10.0, stuck))
    assert held.result.state is State.INTERRUPTED
    assert held.result.mu == pytest.approx(25.0, abs=0.05)
    resumed = deliver(
        field,
        "precise-mlc",
        at_mu(10.0, stuck),
        when_in(State.INTERRUPTED, free, after_s=1.0),
        when_in(State.INTERRUPTED, start, after_s=8.0),
    )
    assert resumed.result.state is State.COMPLETE
    assert resumed.result.mu == pytest.approx(50.0, abs=0.1)


@pytest.mark.parametrize("preset", ["response", "abches_6fff"])
def test_a_gate_inhibits_with_the_latencies_of_its_preset(preset: str) -> None:
    machine = load_machine("agility")
    times = machine.gate_presets[preset]
    machine = replace(
        machine,
        supervision=replace(
            machine.supervision,
            beam_on_latency_s=times.beam_on_s,
            beam_off_latency_s=times.beam_off_s,
        ),
    )
    field = made("agility", 100.0, [0, 1], gantry_deg=[0, 90])
    gated = Field(replace(field.beam, beam_hold_devices=(BeamHoldDevice(4),)), field.wedge_in)
    edges: list[int] = []

    def gate(agenda: Agenda) -> Steps:
        agenda.post(Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0))
        yield agenda.until(lambda frames: frames.mu_actual >= 30.0)
        edges.extend((agenda.now_ns, agenda.now_ns + 3 * 10**9))
        agenda.line(edges[0], 4, hold=True)
        agenda.line(edges[1], 4, hold=False)
        yield agenda.wait(1)

    done = deliver(gated, machine, gate)
    assert done.result.state is State.COMPLETE
    assert done.result.holds == 1
    rises = np.flatnonzero(np.diff(done.column("mu_actual")) > 0) + 1
    gap = int(np.argmax(np.diff(rises)))
    off_s, on_s = (rises[gap] + 1) / 100 - edges[0] / 1e9, rises[gap + 1] / 100 - edges[1] / 1e9
    assert off_s == pytest.approx(times.beam_off_s, abs=0.03)
    assert on_s == pytest.approx(times.beam_on_s, abs=0.12)
    assert not done.eye.violations


def test_a_console_takes_only_its_own() -> None:
    done = deliver(made("agility", 50.0, [0, 1]), "truebeam-m120", limit_s=2.0)
    assert any("does not take prescribed fields" in text for text in done.texts)
