"""The clock regression against simulated links and crystals."""

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.devices.clock_sync import (
    CRYSTAL_PPM,
    EVERY_NS,
    FIRST_EXCHANGES,
    ClockSync,
    Exchange,
    Unwrap,
)
from linacsim.model.time import NS_PER_MS, NS_PER_S


class Link:
    """A device with a drifting clock behind a link that takes its time."""

    def __init__(self, seed: int, ppm: float, start_ns: int, floor_ns: int, jitter_ns: int) -> None:
        self.random = random.Random(seed)
        self.rate = 1.0 + ppm * 1e-6
        self.start_ns = start_ns
        self.floor_ns, self.jitter_ns = floor_ns, jitter_ns

    def device_ns(self, host_ns: int) -> int:
        return round(self.start_ns + self.rate * host_ns)

    def way_ns(self) -> int:
        return self.floor_ns + round(self.random.expovariate(1.0) * self.jitter_ns)

    def exchange(self, asked_ns: int) -> Exchange:
        received_ns = asked_ns + self.way_ns()
        sent_ns = received_ns + 30_000
        return Exchange(
            asked_ns,
            self.device_ns(received_ns) // 1000 * 1000,
            self.device_ns(sent_ns) // 1000 * 1000,
            sent_ns + self.way_ns(),
        )

    def talk(self, sync: ClockSync, until_ns: int, now_ns: int = 0) -> int:
        """Exchange when due; return when the last one was asked."""
        while (due_ns := sync.next_ns(now_ns)) <= until_ns:
            now_ns = due_ns
            sync.asked(now_ns)
            assert sync.add(self.exchange(now_ns)), "a steady clock does not step"
        return now_ns


LINKS = st.builds(
    Link,
    seed=st.integers(0, 2**32),
    ppm=st.floats(-150.0, 150.0),
    start_ns=st.integers(0, 10**15),
    floor_ns=st.integers(20_000, 2_000_000),
    jitter_ns=st.integers(1_000, 3_000_000),
)


@settings(max_examples=60)
@given(LINKS)
def test_host_times_are_found_within_what_the_link_allows(link: Link) -> None:
    sync = ClockSync()
    link.talk(sync, 30 * NS_PER_S)
    assert sync.synced
    for host_ns in range(29 * NS_PER_S, 31 * NS_PER_S, 100 * NS_PER_MS):
        error_ns = abs(sync.host_ns(link.device_ns(host_ns)) - host_ns)
        assert error_ns < 300_000 + link.jitter_ns


@settings(max_examples=60)
@given(LINKS)
def test_eight_quick_exchanges_make_it_synced_and_no_fewer(link: Link) -> None:
    sync = ClockSync()
    for n in range(FIRST_EXCHANGES):
        assert not sync.synced
        now_ns = sync.next_ns(0)
        sync.asked(now_ns)
        sync.add(link.exchange(now_ns))
        assert now_ns == n * 50 * NS_PER_MS
    assert sync.within_bounds is sync.synced
    sync.asked(now_ns)
    assert sync.next_ns(now_ns) == now_ns + EVERY_NS


@settings(max_examples=60)
@given(LINKS, st.integers(0, 30), st.sampled_from([-1, 1]))
def test_a_step_beyond_doubt_is_seen_at_once(link: Link, seconds: int, way: int) -> None:
    sync = ClockSync()
    now_ns = link.talk(sync, (2 + seconds) * NS_PER_S)
    due_ns = sync.next_ns(now_ns)
    link.start_ns += way * (8 * NS_PER_MS + 40 * (link.floor_ns + link.jitter_ns))
    assert not sync.add(link.exchange(due_ns))
    assert sync.steps == 1
    assert not sync.synced
    now_ns = link.talk(sync, due_ns + NS_PER_S, due_ns)
    assert sync.synced


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_a_wrapping_counter_is_followed(start: int, steps: list[int]) -> None:
    unwrap = Unwrap()
    true = start
    assert unwrap(true) == true
    for step in steps:
        true += step
        assert unwrap(true % 2**32) == true


@given(st.integers(1, 2**31 - 1))
def test_an_older_count_is_unwrapped_backwards(back: int) -> None:
    unwrap = Unwrap()
    unwrap(100)
    assert unwrap((100 - back) % 2**32) == 100 - back
    assert unwrap(101) == 101


def test_a_rate_beyond_bounds_is_not_synced() -> None:
    link = Link(1, 5 * CRYSTAL_PPM, 0, 100_000, 20_000)
    sync = ClockSync()
    now_ns = 0
    for _ in range(40):
        now_ns = sync.next_ns(now_ns)
        sync.asked(now_ns)
        sync.add(link.exchange(now_ns))
    assert not sync.within_bounds
    assert not sync.synced
    assert math.isclose(sync.rate_ppm, 5 * CRYSTAL_PPM, rel_tol=0.05)


def test_an_impossible_answer_is_ignored() -> None:
    sync = ClockSync()
    assert sync.add(Exchange(1000, 50, 40, 2000)), "sent before it was received"
    assert sync.add(Exchange(1000, 50, 5000, 2000)), "took longer there than altogether"
    assert sync.add(Exchange(0, 50, 60, 5 * NS_PER_S)), "far too slow"
    assert sync.ignored == 3
    assert not sync.synced


def test_a_slow_link_is_poor() -> None:
    sync = ClockSync()
    Link(1, 0.0, 0, 15 * NS_PER_MS, 1000).talk(sync, NS_PER_S)
    assert sync.synced
    assert sync.poor
