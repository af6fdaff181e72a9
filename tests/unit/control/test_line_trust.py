"""Lines that chatter, whose device falls silent, or that do not change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.control.line_trust import NEVER, Doubt, LineTrust
from linacsim.machines import load_machine
from linacsim.model.time import NS_PER_MS, NS_PER_S

RULES = load_machine("truebeam-m120").hold_line
S, MS = NS_PER_S, NS_PER_MS


def line(**rules: float) -> LineTrust:
    return LineTrust(replace(RULES, **rules))


def turns(trust: LineTrust, until_ns: int, step_ns: int = 10 * MS) -> list[tuple[int, bool]]:
    """Run tick by tick, as the machine does; return when the line was doubted and when not."""
    out = []
    for now_ns in range(0, until_ns, step_ns):
        out += [tuple(turn) for turn in trust.turns(now_ns, now_ns + step_ns)]
    return out


def test_ten_edges_in_a_second_are_not_chatter_and_eleven_are() -> None:
    for count, doubted in ((10, False), (11, True)):
        trust = line()
        for k in range(count):
            trust.edge(S + k * 90 * MS, hold=k % 2 == 0)
        found = turns(trust, 4 * S)
        assert bool(found) is doubted
    # From the edge that is one too many, until fewer than eleven lie within a second.
    assert found == [(S + 900 * MS, True), (2 * S, False)]


def test_a_gate_without_wire_may_change_as_often_as_it_likes() -> None:
    trust = LineTrust(RULES.without_wire())
    trust.ask(0, asked=True)
    for k in range(400):
        trust.edge(S + k * 20 * MS, hold=k % 2 == 0)
    assert trust.next_turn_ns() == NEVER
    assert turns(trust, 100 * S) == []
    assert trust.next_fault_ns(100 * S) == NEVER


def test_edges_that_change_nothing_are_not_counted() -> None:
    trust = line()
    for k in range(40):
        trust.edge(S + k * MS, hold=True)
    assert turns(trust, 3 * S) == []


def test_chatter_is_a_fault_after_its_time() -> None:
    trust = line(fault_after_s=0.5)
    for k in range(200):
        trust.edge(S + k * 50 * MS, hold=k % 2 == 0)
    begin_ns = S + 500 * MS
    assert turns(trust, 2 * S) == [(begin_ns, True)]
    assert trust.fault(begin_ns + 499 * MS) is None
    assert trust.next_fault_ns(begin_ns) == begin_ns + 500 * MS
    found = trust.fault(begin_ns + 500 * MS)
    assert found is not None
    assert found == (Doubt.CHATTER, "more than 10 edges in a second")


def test_a_device_without_heart_beat_is_not_asked_for_one() -> None:
    trust = line()
    trust.arm(0)
    assert turns(trust, 10 * S) == []
    assert trust.next_turn_ns() == NEVER


def test_once_it_beats_it_must_go_on() -> None:
    trust = line()
    trust.beat(S, 2 * S)
    assert turns(trust, 4 * S) == [(2 * S + 150 * MS, True)]
    assert trust.why() == "silent for 0.15 s"


def test_a_device_that_must_beat_is_waited_for_from_prepare_on() -> None:
    trust = line(must_beat=1)
    trust.arm(S)
    assert turns(trust, 2 * S) == [(S + 150 * MS, True)]
    trust.beat(3 * S, 9 * S)
    assert list(trust.turns(2 * S, 4 * S)) == [(3 * S, False)]


def test_beats_told_ahead_can_be_taken_back() -> None:
    trust = line()
    trust.beat(0, 100 * S)
    assert turns(trust, 5 * S) == []
    trust.silence(5 * S)
    assert [time for time, _ in trust.turns(5 * S, 6 * S)] == [5 * S + 150 * MS]


def test_single_beats_are_one_span_where_close_enough() -> None:
    one, many = line(), line()
    one.beat(S, 3 * S)
    for k in range(21):
        many.beat(S + k * 100 * MS, S + k * 100 * MS)
    assert turns(one, 5 * S) == turns(many, 5 * S) == [(3 * S + 150 * MS, True)]


def test_a_line_that_must_change_is_doubted_only_while_the_beam_is_asked_for() -> None:
    trust = line(longest_quiet_s=2.0)
    assert turns(trust, 5 * S) == []
    trust.ask(5 * S, asked=True)
    assert [tuple(turn) for turn in trust.turns(5 * S, 9 * S)] == [(7 * S, True)]
    assert trust.why() == "no edge for 2 s"
    trust.ask(9 * S, asked=False)
    assert [tuple(turn) for turn in trust.turns(9 * S, 10 * S)] == [(9 * S, False)]


def test_an_edge_ends_the_doubt_of_a_quiet_line() -> None:
    trust = line(longest_quiet_s=2.0)
    trust.ask(0, asked=True)
    trust.edge(3 * S, hold=True)
    assert turns(trust, 4 * S) == [(2 * S, True), (3 * S, False)]


def test_a_hold_without_end_is_a_fault() -> None:
    trust = line(longest_hold_s=20.0)
    trust.ask(2 * S, asked=True)
    trust.edge(S, hold=True)
    assert turns(trust, 30 * S) == []
    assert trust.next_fault_ns(3 * S) == 22 * S
    assert trust.fault(22 * S - 1) is None
    assert trust.fault(22 * S) == (Doubt.STUCK, "has held for 20 s")


def test_a_device_shows_once_that_it_can_hold() -> None:
    trust = line(self_test=1)
    assert trust.untested
    trust.edge(S, hold=True)
    trust.edge(2 * S, hold=False)
    turns(trust, 3 * S)
    assert not trust.untested
    assert not LineTrust(replace(RULES, self_test=1), up=True).untested
    assert not line().untested


@given(
    gaps=st.lists(st.integers(1, 400 * MS), min_size=1, max_size=40),
    beats=st.lists(st.integers(1, 300 * MS), max_size=20),
    step_ms=st.sampled_from([10, 30, 170]),
)
def test_doubts_come_at_their_time_whatever_the_step(
    gaps: list[int], beats: list[int], step_ms: int
) -> None:
    def found(step_ns: int) -> list[tuple[int, bool]]:
        trust = line(longest_quiet_s=0.3)
        trust.ask(0, asked=True)
        now_ns = 0
        for k, gap in enumerate(gaps):
            trust.edge(now_ns := now_ns + gap, hold=k % 2 == 0)
        now_ns = 0
        for gap in beats:
            now_ns += gap
            trust.beat(now_ns, now_ns)
        return turns(trust, 20 * S, step_ns)

    assert found(10 * MS) == found(step_ms * MS)


@given(gaps=st.lists(st.integers(1, 200 * MS), min_size=1, max_size=60))
def test_chatter_is_what_counting_says(gaps: list[int]) -> None:
    trust, times, now_ns = line(), [], 0
    for k, gap in enumerate(gaps):
        now_ns += gap
        times.append(now_ns)
        trust.edge(now_ns, hold=k % 2 == 0)
    doubted = turns(trust, 20 * S)
    for at_ns in times:
        count = sum(at_ns - S < time <= at_ns for time in times)
        held = [up for time, up in doubted if time <= at_ns]
        assert (held[-1] if held else False) is (count > 10)


@pytest.mark.parametrize("known_ns", [0, 3 * S])
def test_no_turn_comes_before_the_time_told(known_ns: int) -> None:
    trust = line()
    trust.beat(0, 5 * S)
    for k in range(30):
        trust.edge(S + k * 30 * MS, hold=k % 2 == 0)
    list(trust.turns(known_ns, known_ns))
    due_ns = trust.next_turn_ns()
    assert [turn for turn in trust.turns(known_ns, due_ns - 1) if turn.time_ns > known_ns] == []
