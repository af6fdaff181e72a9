"""What the supervisor tells and shows."""

import numpy as np

from linacsim.engines.conditions import control_point_reaches
from linacsim.model.axes import Axis
from linacsim.model.messages import Action, Load
from linacsim.model.signals import BeamHold, State
from tests.beams import make_beam
from tests.console import Console
from tests.situations import ARC, STATIC


def progress(console: Console) -> list[str]:
    return [event.text for event in console.events if event.kind == "progress"]


def test_progress_events_at_first_inner_and_last_points() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 5}, {"Mu": 10}, events={0: "start", 1: "half", 2: "end"})
    console = Console(beam).to(State.COMPLETE)
    assert progress(console) == [
        "control point 0: start",
        "control point 1: half",
        "control point 2: end",
    ]
    on = console.column("tick")[console.column("state") == State.DELIVERING]
    ticks = [event.tick for event in console.events if event.kind == "progress"]
    assert ticks[0] == on[0]
    cp = dict(zip(console.column("tick").tolist(), console.column("cp").tolist(), strict=True))
    for point, tick in enumerate(ticks[1:], start=1):
        assert cp[tick - 1] < point <= cp[tick]


def test_a_point_passed_again_after_a_stop_is_not_told_again() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 5}, {"Mu": 10}, events={1: "half"})
    console = Console(beam).to(State.DELIVERING)
    console.until(control_point_reaches(1.0))
    console.press(Action.BEAM_OFF)
    assert console.linac.supervisor.loaded is not None
    console.rest()
    console.press(Action.MV_READY_PRESS)
    console.until(State.READY)
    console.press(Action.MV_BEAM_ON)
    console.until(State.COMPLETE)
    assert progress(console) == ["control point 1: half"]


def test_each_change_of_state_is_told_once_in_order() -> None:
    console = Console(STATIC).to(State.COMPLETE)
    told = [event.text.split(" (")[0] for event in console.events if event.kind == "state"]
    assert told == [
        "IDLE -> LOADED",
        "LOADED -> PREPARED",
        "PREPARED -> MOVING",
        "MOVING -> PREPARED",
        "PREPARED -> CHECKING",
        "CHECKING -> READY",
        "READY -> DELIVERING",
        "DELIVERING -> COMPLETE",
    ]


def test_events_carry_the_tick_of_their_frame() -> None:
    console = Console(ARC).to(State.COMPLETE)
    for frames in console.frames:
        for event in frames.events:
            assert frames.tick[0] <= event.tick <= frames.tick[-1]


def test_frozen_axes_are_those_the_beam_does_not_move() -> None:
    console = Console(ARC).to(State.COMPLETE)
    for frames in console.frames:
        state = State(int(frames.state[0]))
        frozen = state in (State.CHECKING, State.READY, State.DELIVERING)
        assert frames.frozen[Axis.COUCH_LNG] == frozen
        assert not frames.frozen[Axis.GANTRY_RTN]


def test_beam_is_on_only_while_delivering() -> None:
    console = Console(ARC).to(State.COMPLETE)
    on = console.column("beam_on")
    assert (console.column("state")[on] == State.DELIVERING).all()
    free = console.column("hold_actual") == BeamHold.NORMAL
    assert free[on].all()
    # The line is released one tick before the first dose.
    assert np.flatnonzero(free & ~on).tolist() == [np.argmax(on) - 1]


def test_a_beam_for_other_leaves_is_refused_by_prepare() -> None:
    beam = make_beam({"Mu": 0, "leaves": (1.0, 1.0)}, {"Mu": 1}, mlc_model="NDS80")
    console = Console(beam)
    console.send(Load(beam))
    assert "40 leaf pairs, this machine has 60" in console.refusal(Action.PREPARE)
    assert console.state is State.LOADED


def test_a_beam_that_cannot_be_planned_says_why() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 1}, energy="7x")
    console = Console(beam)
    console.send(Load(beam))
    assert "7x" in console.refusal(Action.PREPARE)
    assert console.state is State.LOADED
