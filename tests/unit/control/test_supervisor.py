"""Every button in every state: refused with its reason, or without meaning, changes nothing."""

from itertools import product

import numpy as np
import pytest

from linacsim.control.state_table import Ignored, Refusal
from linacsim.control.states import Happening, look_up
from linacsim.engines.digest import COLUMNS
from linacsim.model.messages import Action, Message
from linacsim.model.signals import State
from tests.console import Console
from tests.situations import IN, PRESSES

WRONG = [
    (state, press)
    for state, press in product(State, PRESSES)
    if isinstance(look_up(state, press), Refusal)
]
MEANT_NOTHING = [
    (state, press)
    for state, press in product(State, PRESSES)
    if isinstance(look_up(state, press), Ignored)
]


def beside(console: Console, message: Message) -> tuple[Console, Console]:
    """Return two machines one tick on: one that got the message and one that did not."""
    other = IN[console.state]()
    console.send(message)
    other.send()
    return console, other


def same(one: Console, other: Console) -> bool:
    """Whether the last frames are alike in everything."""
    a, b = one.frames[-1], other.frames[-1]
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)


@pytest.mark.parametrize("state", IN)
def test_every_state_can_be_got_into(state: State) -> None:
    assert IN[state]().state is state


@pytest.mark.parametrize(("state", "press"), WRONG, ids=lambda part: part.name)
def test_a_wrong_button_is_refused_with_its_reason_and_nothing_else_changes(
    state: State, press: Happening
) -> None:
    console, other = beside(IN[state](), PRESSES[press])
    entry = look_up(state, press)
    assert isinstance(entry, Refusal)
    told = [(event.kind, event.text) for event in console.frames[-1].events]
    assert told[0] == ("refused", f"{press}: {entry.reason}")
    assert told[1:] == [(event.kind, event.text) for event in other.frames[-1].events]
    assert same(console, other)


@pytest.mark.parametrize(("state", "press"), MEANT_NOTHING, ids=lambda part: part.name)
def test_a_button_that_means_nothing_does_nothing(state: State, press: Happening) -> None:
    console, other = beside(IN[state](), PRESSES[press])
    assert console.frames[-1].events == other.frames[-1].events
    assert same(console, other)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.MOVING,)])
@pytest.mark.parametrize(
    ("action", "words"),
    [(Action.PARTIAL_BEAM, "partial beams"), (Action.DRY_RUN, "dry runs")],
)
def test_what_the_machine_does_not_support_is_refused_everywhere(
    state: State, action: Action, words: str
) -> None:
    assert words in IN[state]().refusal(action)
