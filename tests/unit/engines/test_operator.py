"""The default operator presses what the manual says, in its order."""

import itertools

import pytest

from linacsim.control.interlocks import BIT, DEVICE_HOLD
from linacsim.engines.agenda import Agenda
from linacsim.engines.operator import MOST_PRESSES, REACTION_NS, DefaultOperator
from linacsim.model.messages import Action, Load, Message, Operator
from linacsim.model.signals import State
from linacsim.model.time import TICK_NS
from tests.beams import make_beam
from tests.frames import make_frames

MV = make_beam({"Mu": 0}, {"Mu": 1})
KV = make_beam({"Mu": 0, "GantryRtn": 0.0}, {"GantryRtn": 1.0}, energy="0k", dose_rate=0)

USUAL = {
    None: State.IDLE,
    Action.PREPARE: State.PREPARED,
    Action.GO_TO: State.PREPARED,
    Action.MV_READY_PRESS: State.READY,
    Action.MV_BEAM_ON: State.DELIVERING,
}


def watch(
    operator: DefaultOperator, answers: dict[Action | None, State]
) -> list[tuple[int, Message]]:
    """Return what the operator does, by tick, on a machine that answers at once."""
    agenda = Agenda()
    agenda.start(operator)
    state, done = answers[None], []
    for tick in range(1000):
        for message in agenda.advance(tick * TICK_NS):
            done.append((tick, message))
            if isinstance(message, Operator):
                state = answers.get(message.action, state)
        agenda.show(make_frames(1, tick, state=state))
    return done


def actions(done: list[tuple[int, Message]]) -> list[Action | str]:
    return [m.action if isinstance(m, Operator) else "load" for _, m in done]


def test_all_steps_in_order_each_after_a_moment() -> None:
    done = watch(DefaultOperator(MV), USUAL)
    assert actions(done) == [
        "load",
        Action.PREPARE,
        Action.GO_TO,
        Action.MV_READY_PRESS,
        Action.MV_BEAM_ON,
    ]
    assert done[0][1] == Load(MV)
    ticks = [tick for tick, _ in done]
    assert ticks[0] == 0
    pauses = [b - a for a, b in itertools.pairwise(ticks)]
    assert all(pause * TICK_NS >= REACTION_NS for pause in pauses)


def test_go_to_can_be_left_out() -> None:
    done = watch(DefaultOperator(MV, go_to=False), USUAL)
    assert Action.GO_TO not in actions(done)
    assert actions(done)[-1] == Action.MV_BEAM_ON


def test_go_to_is_for_all_axes() -> None:
    done = watch(DefaultOperator(MV), USUAL)
    assert Operator(Action.GO_TO, "all") in [message for _, message in done]


def test_a_kv_beam_has_its_own_button() -> None:
    done = watch(DefaultOperator(KV), USUAL)
    assert actions(done) == ["load", Action.PREPARE, Action.GO_TO, Action.KV_BEAM_ON]


@pytest.mark.parametrize(
    ("refused", "last"),
    [
        (Action.PREPARE, Action.PREPARE),
        (Action.MV_READY_PRESS, Action.MV_READY_PRESS),
    ],
)
def test_gives_up_where_a_button_is_refused(refused: Action, last: Action) -> None:
    answers = {action: state for action, state in USUAL.items() if action != refused}
    done = watch(DefaultOperator(MV), answers)
    assert actions(done)[-1] == last


def blocked(until_tick: int, again: int = 0) -> list[Action | str]:
    """Return what is pressed where a device holds the start until a tick, or ever `again`."""
    agenda = Agenda()
    agenda.start(DefaultOperator(MV))
    state, done, until = State.IDLE, [], until_tick
    for tick in range(2000):
        for message in agenda.advance(tick * TICK_NS):
            done.append((tick, message))
            if not isinstance(message, Operator):
                continue
            if message.action is Action.MV_READY_PRESS and tick < until:
                continue
            if message.action is Action.MV_READY_PRESS and again:
                until = tick + again
                continue
            state = USUAL.get(message.action, state)
        held = BIT[DEVICE_HOLD] if tick < until else 0
        agenda.show(make_frames(1, tick, state=state, interlocks=held))
    return actions(done)


def test_what_blocks_is_waited_for_and_the_button_pressed_again() -> None:
    assert blocked(until_tick=500)[2:] == [
        Action.GO_TO,
        Action.MV_READY_PRESS,
        Action.MV_READY_PRESS,
        Action.MV_BEAM_ON,
    ]


def test_what_stays_blocked_is_pressed_once() -> None:
    assert blocked(until_tick=5000).count(Action.MV_READY_PRESS) == 1


def test_a_button_that_is_blocked_ever_again_is_given_up() -> None:
    pressed = blocked(until_tick=0, again=20)
    assert pressed.count(Action.MV_READY_PRESS) == MOST_PRESSES
    assert Action.MV_BEAM_ON not in pressed


def test_what_blocks_between_ready_and_beam_on_is_waited_for() -> None:
    agenda = Agenda()
    agenda.start(DefaultOperator(MV))
    state, pressed, lapse = State.IDLE, [], range(0)
    for tick in range(1000):
        for message in agenda.advance(tick * TICK_NS):
            if isinstance(message, Operator):
                pressed.append(message.action)
                state = USUAL.get(message.action, state)
                if pressed.count(Action.MV_READY_PRESS) == 1:
                    lapse = lapse or range(tick + 10, tick + 100)
        if tick in lapse:
            state = State.PREPARED
        held = BIT[DEVICE_HOLD] if tick in lapse else 0
        agenda.show(make_frames(1, tick, state=state, interlocks=held))
    assert pressed[2:] == [Action.MV_READY_PRESS] * 2 + [Action.MV_BEAM_ON]
