"""The state table: every state with every event."""

from itertools import product

import pytest

from linacsim.control.state_table import Ignored, Refusal, Transition
from linacsim.control.states import (
    TABLE,
    Do,
    Happening,
    look_up,
)
from linacsim.model.signals import State

PAIRS = list(product(State, Happening))


@pytest.mark.parametrize(("state", "happening"), PAIRS, ids=lambda part: part.name)
def test_every_pair_has_one_well_formed_entry(state: State, happening: Happening) -> None:
    entry = look_up(state, happening)
    if isinstance(entry, Refusal):
        assert entry.reason
        assert not entry.reason.endswith(".")
    elif isinstance(entry, Transition):
        assert entry.target is None or entry.target in State
        assert entry.action is None or entry.action in Do
    else:
        assert isinstance(entry, Ignored)


def test_the_table_has_no_other_rows() -> None:
    assert set(TABLE) == set(State)
    assert all(set(row) == set(Happening) for row in TABLE.values())


BUTTONS = [
    Happening.LOAD,
    Happening.UNLOAD,
    Happening.PREPARE,
    Happening.GO_TO,
    Happening.MV_BEAM_ON,
    Happening.KV_BEAM_ON,
]


@pytest.mark.parametrize(("state", "button"), list(product(State, BUTTONS)))
def test_no_button_that_starts_or_changes_something_is_silently_ignored(
    state: State, button: Happening
) -> None:
    assert not isinstance(look_up(state, button), Ignored)


def test_beam_can_start_only_from_ready_except_kv_alone() -> None:
    starts = {
        (state, happening)
        for state, happening in PAIRS
        if isinstance(entry := look_up(state, happening), Transition) and entry.action is Do.START
    }
    assert starts == {
        (State.READY, Happening.MV_BEAM_ON),
        (State.PREPARED, Happening.KV_BEAM_ON),
        (State.INTERRUPTED, Happening.KV_BEAM_ON),
    }


@pytest.mark.parametrize("state", [State.DELIVERING, State.HOLDING])
@pytest.mark.parametrize(
    ("happening", "target"),
    [
        (Happening.BEAM_OFF, State.INTERRUPTED),
        (Happening.INTERRUPT, State.INTERRUPTED),
        (Happening.TERMINATE, State.TERMINATED),
    ],
)
def test_running_beam_stops_with_brakes(state: State, happening: Happening, target: State) -> None:
    assert look_up(state, happening) == Transition(target, Do.BRAKE)


def test_every_state_can_be_reached_from_idle() -> None:
    seen = {State.IDLE}
    while True:
        further = {
            target
            for state, happening in PAIRS
            if state in seen
            and isinstance(entry := look_up(state, happening), Transition)
            and (target := entry.target or State.PREPARED) not in seen
        }
        if not further:
            break
        seen |= further
    assert seen == set(State)


def test_from_every_state_a_beam_can_be_loaded_again_or_the_run_ended() -> None:
    for state in State:
        events = [h for h in Happening if isinstance(look_up(state, h), Transition)]
        assert events, f"{state.name} is a dead end"
