"""Holds, interruptions, faults and what follows them."""

import numpy as np
import pytest

from linacsim.engines.conditions import mu_reaches, state_is
from linacsim.model.messages import Action, Fault, FaultKind, Load
from linacsim.model.signals import State
from tests.beams import make_beam
from tests.console import Console
from tests.situations import ARC, FREE, STATIC, dose_fault, holding, interrupted, terminated


def test_beam_off_in_a_hold_interrupts() -> None:
    console = holding()
    console.press(Action.BEAM_OFF)
    assert console.state is State.INTERRUPTED
    mu = console.mu
    console.run(100)
    assert console.state is State.INTERRUPTED
    assert console.mu == pytest.approx(mu, abs=0.01)


def test_a_hold_gives_no_dose_and_ends_by_itself() -> None:
    console = holding()
    mu = console.mu
    console.run(50)
    assert console.state is State.HOLDING
    assert console.mu == pytest.approx(mu, abs=0.01)
    console.send(FREE)
    console.until(State.DELIVERING)
    console.until(State.COMPLETE)
    assert console.mu == pytest.approx(20, abs=0.03)
    assert "AXIS_LAG" not in console.lamps


def test_a_hold_that_lasts_is_a_fault_that_needs_an_acknowledgement() -> None:
    console = holding()
    console.until(State.INTERRUPTED)
    assert "AXIS_MODEL" in console.lamps
    console.send(FREE)
    console.rest()
    console.run(2)
    assert "AXIS_MODEL" in console.lamps
    assert "AXIS_MODEL: " in console.refusal(Action.MV_READY_PRESS)
    told = console.press(Action.ACKNOWLEDGE)
    assert [e.text for e in told if e.kind == "interlock"] == ["AXIS_MODEL down"]


def test_loading_again_forgets_a_fault_that_is_over() -> None:
    console = dose_fault()
    assert "DOSE_MODEL" in console.lamps
    console.send(Load(STATIC))
    console.run(1)
    assert console.lamps == ()


def test_a_fault_that_is_still_there_stays_after_loading_again() -> None:
    console = Console(STATIC).to(State.PREPARED)
    console.press(Action.OPEN_DOOR)
    console.send(Load(STATIC))
    assert console.lamps == ("DOOR",)


def test_unload_after_an_interruption_leaves_an_empty_console() -> None:
    console = interrupted()
    console.press(Action.UNLOAD)
    assert console.state is State.IDLE
    assert console.linac.supervisor.loaded is None
    assert console.lamps == ()
    assert "no beam is loaded" in console.refusal(Action.PREPARE)


def test_after_an_interrupted_arc_is_unloaded_the_axes_stay_where_they_stopped() -> None:
    console = Console(ARC).to(State.DELIVERING)
    console.until(mu_reaches(5))
    console.press(Action.BEAM_OFF)
    console.rest()
    rest = console.position.copy()
    console.press(Action.UNLOAD)
    console.run(100)
    assert np.abs(console.position - rest).max() < 0.01


def test_an_axis_moved_away_blocks_resuming_until_it_is_back() -> None:
    console = interrupted()
    assert console.lamps == ()
    console.press(Action.MOVE, "CouchLng", 0.5)
    console.rest()
    console.run(2)
    assert console.lamps == ("AXIS_POSITION",)


def test_max_rad_time_needs_loading_again() -> None:
    console = terminated()
    assert console.lamps == ("MAX_RAD_TIME",)
    assert console.mu == pytest.approx(5.0, abs=0.3)
    assert "load it again" in console.refusal(Action.MV_READY_PRESS)
    console.send(Load(STATIC))
    assert console.lamps == ()
    assert console.state is State.LOADED


def test_a_resumed_beam_is_not_judged_by_what_was_asked_before() -> None:
    console = dose_fault()
    console.press(Action.ACKNOWLEDGE)
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    told = console.press(Action.MV_BEAM_ON)
    assert [e.kind for e in told] == ["state"]
    console.until(State.COMPLETE)
    assert console.mu == pytest.approx(20, abs=0.03)


def test_dose_is_gone_for_two_seconds_before_it_is_a_fault() -> None:
    console = Console(STATIC).to(State.DELIVERING)
    console.until(mu_reaches(3))
    start = console.linac.supervisor.tick
    console.send(Fault(FaultKind.DOSE_RATE, value=0.0))
    console.until(State.INTERRUPTED)
    waited = (console.linac.supervisor.tick - start) / 100
    assert 2.0 < waited < 2.3
    assert "DOSE_MODEL" in console.lamps


def test_a_short_lack_of_dose_at_a_high_rate_is_no_fault() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 400}, energy="10xFFF", dose_rate=2400)
    console = Console(beam).to(State.DELIVERING)
    console.run(400)
    console.send(Fault(FaultKind.DOSE_RATE, value=0.0))
    console.run(30)
    console.send(Fault(FaultKind.DOSE_RATE, clear=True))
    console.until(state_is(State.COMPLETE, State.INTERRUPTED))
    assert console.state is State.COMPLETE
