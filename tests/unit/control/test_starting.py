"""What keeps a beam from starting, and the pre-beam check."""

import numpy as np
import pytest

from linacsim.control import interlocks as il
from linacsim.engines.conditions import control_point_reaches
from linacsim.model.axes import Axis
from linacsim.model.interlocks import Effect, Right
from linacsim.model.messages import Action, Fault, FaultKind, HoldLine, Load, Message, Operator
from linacsim.model.signals import State
from tests.beams import make_beam
from tests.console import Console
from tests.situations import AWAY, KV, STATIC, blocked_by, prepared

BLOCKING = [
    row.name
    for row in il.TABLE
    if Effect.BLOCK_START in row.effects and row.name != il.GATE_FAULT  # comes with motion only
]


@pytest.mark.parametrize("name", BLOCKING)
def test_mv_ready_is_blocked_by_each_interlock_that_blocks_the_start(name: str) -> None:
    console = blocked_by(name)
    assert name in console.lamps
    before = console.state
    assert f"{name}: " in console.refusal(Action.MV_READY_PRESS)
    assert console.state is before


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        (il.ACCESSORY, Operator(Action.MOUNT, "1", 0)),
        (il.INITIAL_POSITION, Operator(Action.GO_TO, "couch_linear")),
        (il.BEAM_HOLD_NOT_READY, Fault(FaultKind.BEAM_HOLD_READY, "4", 1.0)),
        (il.BEAM_HOLD_UNPLANNED, Fault(FaultKind.BEAM_HOLD_READY, "4", 0.0)),
        (il.KV_COLLIMATION, Fault(FaultKind.KV_COLLIMATION, value=0.0)),
        (il.KV_COLLIMATION, Fault(FaultKind.KV_COLLIMATION, value=1.0, clear=True)),
        (il.DOOR, Operator(Action.CLOSE_DOOR)),
        (il.MOTN, Operator(Action.ACKNOWLEDGE)),
        (il.DOSE_MODEL, Operator(Action.ACKNOWLEDGE)),
        (il.HOLD_LINE_CHATTER, Operator(Action.ACKNOWLEDGE)),
        (il.AXIS_POSITION, Operator(Action.MOVE, "CouchLng", -0.5)),
    ],
)
def test_once_mended_the_beam_starts(name: str, mend: Message) -> None:
    console = blocked_by(name)
    console.send(mend)
    console.rest()
    console.run(2)
    assert console.lamps == ()
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    console.press(Action.MV_BEAM_ON)
    console.until(State.COMPLETE)
    assert console.mu == pytest.approx(20, abs=0.03)


def test_a_device_that_was_seen_to_hold_and_let_go_may_start() -> None:
    console = blocked_by(il.HOLD_LINE_UNTESTED)
    console.send(HoldLine(7, True, 0))
    console.run(1)
    assert console.lamps == (il.BEAM_HOLD,)
    console.send(HoldLine(7, False, 0))
    console.run(2)
    assert console.lamps == ()
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)


def test_the_initial_position_counts_even_when_all_is_pressed_in_one_tick() -> None:
    console = Console()
    told = console.send(Load(AWAY), Operator(Action.PREPARE), Operator(Action.MV_READY_PRESS))
    assert console.state is State.PREPARED
    assert any(e.kind == "refused" and "INITIAL_POSITION" in e.text for e in told)


def test_a_kv_beam_is_not_started_from_a_wrong_place_in_one_tick() -> None:
    beam = make_beam({"Mu": 0, "GantryRtn": 150.0}, {"GantryRtn": 140.0}, energy="0k", dose_rate=0)
    console = Console()
    console.send(Load(beam), Operator(Action.PREPARE), Operator(Action.KV_BEAM_ON))
    assert console.state is State.PREPARED
    assert console.lamps == ("INITIAL_POSITION",)


def test_beam_on_is_held_up_by_what_came_up_in_the_same_tick() -> None:
    console = Console(STATIC).to(State.READY)
    told = console.send(Fault(FaultKind.KV_COLLIMATION, value=1.0), Operator(Action.MV_BEAM_ON))
    assert any(e.kind == "refused" and "KV_COLLIMATION" in e.text for e in told)
    assert console.state is State.PREPARED


def test_releasing_mv_ready_during_the_check_gives_up_the_start() -> None:
    console = Console(STATIC).to(State.CHECKING)
    console.run(20)
    console.press(Action.MV_READY_RELEASE)
    assert console.state is State.PREPARED
    console.run(300)
    assert console.state is State.PREPARED
    assert console.press(Action.MV_READY_PRESS)[0].text.startswith("PREPARED -> CHECKING")


def test_the_check_takes_its_time_however_it_is_cut() -> None:
    console = Console(STATIC).to(State.CHECKING)
    console.run(200)
    checking = np.count_nonzero(console.column("state") == State.CHECKING)
    assert checking == 100


def test_a_check_begun_again_takes_its_whole_time_again() -> None:
    console = Console(STATIC).to(State.CHECKING)
    console.run(90)
    console.press(Action.MV_READY_RELEASE)
    console.press(Action.MV_READY_PRESS)
    console.run(98)
    assert console.state is State.CHECKING
    console.run(2)
    assert console.state is State.READY


@pytest.mark.parametrize("state", [State.CHECKING, State.READY])
@pytest.mark.parametrize(
    "message", [Operator(Action.BEAM_OFF), Operator(Action.OPEN_DOOR)], ids=["beam off", "door"]
)
def test_a_start_is_given_up(state: State, message: Message) -> None:
    console = Console(STATIC).to(state)
    console.send(message)
    assert console.state is State.PREPARED
    assert console.mu == 0


@pytest.mark.parametrize("state", [State.CHECKING, State.READY])
def test_a_frozen_axis_that_is_pushed_before_the_beam_gives_up_the_start(state: State) -> None:
    console = Console(STATIC).to(state)
    console.send(Fault(FaultKind.AXIS_PUSHED, "CouchVrt", 0.2))
    console.run(2)
    assert console.state is State.PREPARED
    assert console.lamps == ("MOTN",)


def test_unnamed_axes_are_free_before_ready() -> None:
    console = Console(STATIC).to(State.PREPARED)
    console.press(Action.MOVE, "CouchVrt", 5.0)
    console.rest()
    console.press(Action.MV_READY_PRESS)
    assert console.state is State.CHECKING


def test_an_override_is_logged_and_lets_the_beam_start_with_the_lamp_on() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 5}, accessories=(4001, None, None, None))
    console = Console(beam, rights=Right.SERVICE)
    console.send(Load(beam), Operator(Action.PREPARE))
    told = console.press(Action.OVERRIDE, "ACCESSORY")
    assert [(e.kind, e.text) for e in told] == [
        ("overridden", "ACCESSORY overridden with Service rights")
    ]
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    console.press(Action.MV_BEAM_ON)
    console.until(State.COMPLETE)
    assert console.lamps == ("ACCESSORY",)


def test_an_override_does_not_outlive_the_beam() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 5}, accessories=(4001, None, None, None))
    console = Console(beam, rights=Right.SERVICE)
    console.send(Load(beam))
    console.press(Action.OVERRIDE, "ACCESSORY")
    console.send(Load(beam), Operator(Action.PREPARE))
    assert "ACCESSORY" in console.refusal(Action.MV_READY_PRESS)


def test_basic_rights_cannot_override_and_are_told_which_could() -> None:
    console = blocked_by(il.ACCESSORY)
    assert "Service rights are needed" in console.refusal(Action.OVERRIDE, "ACCESSORY")


# kV only ---------------------------------------------------------------------------------------


def test_a_kv_beam_has_no_mv_ready() -> None:
    console = Console(KV)
    console.send(Load(KV), Operator(Action.PREPARE))
    assert "kV only" in console.refusal(Action.MV_READY_PRESS)


def test_an_mv_beam_has_no_kv_beam_on() -> None:
    assert "MV radiation" in prepared().refusal(Action.KV_BEAM_ON)


def test_a_kv_beam_runs_without_mv() -> None:
    console = Console(KV)
    console.send(Load(KV), Operator(Action.PREPARE))
    console.press(Action.KV_BEAM_ON)
    console.until(State.COMPLETE)
    console.rest()
    assert console.mu == 0
    assert not console.column("beam_on").any()
    assert console.position[Axis.GANTRY_RTN] == pytest.approx(175, abs=0.1)


def test_a_kv_beam_is_resumed_with_its_own_button() -> None:
    console = Console(KV)
    console.send(Load(KV), Operator(Action.PREPARE))
    console.press(Action.KV_BEAM_ON)
    console.until(control_point_reaches(0.02))
    console.press(Action.BEAM_OFF)
    console.rest()
    console.run(2)
    if console.lamps == ():
        console.press(Action.KV_BEAM_ON)
        assert console.state is State.DELIVERING
    else:
        assert console.lamps == ("AXIS_POSITION",)
        assert "AXIS_POSITION" in console.refusal(Action.KV_BEAM_ON)
