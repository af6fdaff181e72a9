"""The agenda: messages at times, after conditions, in order, and from actors."""

from collections.abc import Callable

import pytest

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.conditions import mu_reaches, state_is
from linacsim.model.messages import Action, Operator
from linacsim.model.signals import State
from linacsim.model.time import TICK_NS
from tests.frames import make_frames

A, B, C = (Operator(action) for action in (Action.PREPARE, Action.UNLOAD, Action.ACKNOWLEDGE))


def idle(agenda: Agenda) -> bool:
    """Whether nothing is left to happen before the next tick."""
    agenda.advance(agenda.now_ns)
    return agenda.only_waits and agenda.watched is None


def run(agenda: Agenda, ticks: int, state: State = State.IDLE) -> dict[int, list[Operator]]:
    """Tick by tick, as an engine does; return the messages by the tick before which they came."""
    out: dict[int, list[Operator]] = {}
    first = agenda.now_ns // TICK_NS
    for tick in range(first, first + ticks):
        if due := list(agenda.advance(tick * TICK_NS)):
            out[tick] = due
        agenda.show(make_frames(1, tick, state=state))
    return out


def test_an_empty_agenda_is_over() -> None:
    agenda = Agenda()
    assert agenda.only_waits
    assert agenda.watched is None
    assert agenda.next_ns(otherwise=77) == 77


@pytest.mark.parametrize(
    ("time_ns", "tick"),
    [(0, 0), (1, 1), (TICK_NS - 1, 1), (TICK_NS, 1), (TICK_NS + 1, 2), (5 * TICK_NS, 5)],
)
def test_a_message_comes_before_the_first_tick_that_starts_at_or_after_its_time(
    time_ns: int, tick: int
) -> None:
    agenda = Agenda()
    agenda.at(time_ns, A)
    assert run(agenda, 8) == {tick: [A]}
    assert idle(agenda)


def test_messages_of_one_time_keep_their_order() -> None:
    agenda = Agenda()
    agenda.at(2 * TICK_NS, A, B)
    agenda.at(2 * TICK_NS, C)
    agenda.at(1, B)
    assert run(agenda, 4) == {1: [B], 2: [A, B, C]}


def test_what_is_posted_comes_with_the_next_tick() -> None:
    agenda = Agenda()
    agenda.post(A)
    assert not agenda.only_waits
    assert list(agenda.advance(0)) == [A]
    assert list(agenda.advance(0)) == []


def test_next_time_is_the_nearest_but_not_beyond_the_limit() -> None:
    agenda = Agenda()
    agenda.at(300, A)
    agenda.at(200, B)
    agenda.advance(0)
    assert agenda.next_ns(otherwise=1000) == 200
    assert agenda.next_ns(otherwise=50) == 50


def test_a_condition_is_met_by_any_tick_of_a_block_once() -> None:
    agenda = Agenda()
    agenda.when(mu_reaches(2.0), A)
    agenda.advance(0)
    assert agenda.only_waits
    assert not idle(agenda)
    agenda.show(make_frames(3, mu_actual=[0.0, 1.0, 1.9]))
    assert list(agenda.advance(3 * TICK_NS)) == []
    agenda.show(make_frames(3, 3, mu_actual=[2.0, 1.0, 0.0]))
    assert list(agenda.advance(6 * TICK_NS)) == [A]
    agenda.show(make_frames(1, 6, mu_actual=9.0))
    assert list(agenda.advance(7 * TICK_NS)) == []
    assert idle(agenda)


def test_a_delay_counts_from_the_end_of_the_tick_that_met_the_condition() -> None:
    agenda = Agenda()
    agenda.when(state_is(State.IDLE), A, after_ns=2 * TICK_NS)
    assert run(agenda, 6) == {3: [A]}


def test_what_is_watched_flags_the_ticks_that_somebody_waits_for() -> None:
    agenda = Agenda()
    agenda.when(mu_reaches(2.0), A)
    agenda.when(state_is(State.READY), B)
    agenda.advance(0)
    frames = make_frames(3, state=[State.IDLE, State.READY, State.IDLE], mu_actual=[0.0, 0.0, 2.0])
    assert agenda.watched is not None
    assert agenda.watched(frames).tolist() == [False, True, True]


def test_an_actor_acts_waits_and_sees() -> None:
    seen = []

    def actor(agenda: Agenda) -> Steps:
        agenda.post(A)
        yield agenda.wait(3 * TICK_NS)
        seen.append(agenda.now_ns)
        agenda.post(B)
        yield agenda.until(state_is(State.IDLE))
        seen.append(agenda.now_ns)
        agenda.post(C)

    agenda = Agenda()
    agenda.start(actor)
    assert run(agenda, 8) == {0: [A], 3: [B], 4: [C]}
    assert seen == [3 * TICK_NS, 4 * TICK_NS]
    assert idle(agenda)


def test_two_actors_share_the_clock_in_the_order_they_were_started() -> None:
    def actor(message: Operator) -> Callable[[Agenda], Steps]:
        def steps(agenda: Agenda) -> Steps:
            for _ in range(2):
                yield agenda.wait(TICK_NS)
                agenda.post(message)

        return steps

    agenda = Agenda()
    agenda.start(actor(A))
    agenda.start(actor(B))
    assert run(agenda, 4) == {1: [A, B], 2: [A, B]}


def test_time_passes_with_frames_however_long_they_are() -> None:
    agenda = Agenda()
    agenda.show(make_frames(12))
    assert agenda.now_ns == 12 * TICK_NS
    agenda.advance(20 * TICK_NS)
    assert agenda.now_ns == 20 * TICK_NS


def test_an_actor_that_fails_is_heard() -> None:
    def broken(agenda: Agenda) -> Steps:
        yield agenda.wait(1)
        raise ArithmeticError("broken script")

    agenda = Agenda()
    agenda.start(broken)
    with pytest.raises(ArithmeticError, match="broken script"):
        agenda.advance(TICK_NS)


def test_waiting_for_a_state_that_lasts_is_over_after_one_tick() -> None:
    agenda = Agenda()
    agenda.when(state_is(State.IDLE), A)
    agenda.when(state_is(State.IDLE), B)
    assert run(agenda, 3) == {1: [A, B]}
    assert idle(agenda)
