"""Limits and watches: sides, crossings between samples, delays, age."""

import math

import pytest

from linacsim.control.gating.limits import Limits
from linacsim.control.gating.watch import NEVER, Side, Watch

MS = 1_000_000
AGE = 200 * MS


def run_to(watch: Watch, now_ns: int) -> Watch:
    while watch.next_ns <= now_ns:
        watch.step()
    return watch


def feed(watch: Watch, *samples: tuple[float, float]) -> list[tuple[float, bool]]:
    """Give (ms, value) samples that arrive when measured; return when `within` changed, in ms."""
    changes: list[tuple[float, bool]] = []

    def note_until(now_ns: int) -> None:
        while watch.next_ns <= now_ns:
            due, before = watch.next_ns, watch.within
            watch.step()
            if watch.within is not before:
                changes.append((due / MS, watch.within))

    for ms, value in samples:
        now = round(ms * MS)
        note_until(now)
        watch.offer(value, now, now)
        note_until(now)
    return changes


def test_a_range_includes_its_limits_and_never_nan() -> None:
    limits = Limits(1.0, 2.0)
    assert [limits.contain(v) for v in (0.99, 1.0, 2.0, 2.01, math.nan)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert not Limits(2.0, 1.0).contain(1.5), "limits the wrong way round allow nothing"


def test_a_cyclic_range_passes_360() -> None:
    limits = Limits(300.0, 60.0, cyclic=True)
    assert [limits.contain(v) for v in (299.0, 300.0, 359.9, 0.0, 60.0, 61.0, 180.0)] == [
        False,
        True,
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("limits", "before", "after", "entering", "share"),
    [
        (Limits(1.0, 2.0), 0.5, 1.5, True, 0.5),
        (Limits(1.0, 2.0), 2.5, 1.5, True, 0.5),
        (Limits(1.0, 2.0), 1.5, 3.5, False, 0.25),
        (Limits(1.0, 2.0), 1.5, 0.0, False, 1 / 3),
        (Limits(125.0, 230.0, cyclic=True), 120.0, 130.0, True, 0.5),
        (Limits(125.0, 230.0, cyclic=True), 228.0, 238.0, False, 0.2),
        (Limits(300.0, 60.0, cyclic=True), 295.0, 305.0, True, 0.5),
        (Limits(355.0, 1.0, cyclic=True), 358.0, 4.0, False, 0.5),
        (Limits(125.0, 230.0, cyclic=True), 240.0, 220.0, True, 1.0),
        (Limits(1.0, 2.0, interpolate=False), 0.5, 1.5, True, 1.0),
    ],
)
def test_crossings_between_samples(
    limits: Limits, before: float, after: float, entering: bool, share: float
) -> None:
    crossing = limits.crossing_ns(0, before, 40 * MS, after, entering=entering)
    assert crossing == round(share * 40 * MS)


def test_constant_velocity_crosses_at_the_true_time() -> None:
    """x = 0.3 cm/s t crosses 0.1 cm at 333.3 ms, between samples."""
    samples = [(40.0 * k, 0.3 * 0.04 * k) for k in range(20)]
    changes = feed(Watch(Limits(-1.0, 0.1), AGE), *samples)
    assert changes == [(0.0, True), (pytest.approx(1000 / 3, abs=1e-3), False)]


def test_chatter_follows_every_sample_without_delays() -> None:
    samples = [(40.0 * k, 1.5 if k % 2 else 2.5) for k in range(10)]
    changes = feed(Watch(Limits(1.0, 2.0), AGE), *samples)
    assert len(changes) == 9
    assert [within for _, within in changes] == [True, False] * 4 + [True]


def test_entry_delay_counts_from_the_crossing_and_starts_again() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE, entry_delay_ns=100 * MS)
    inside = [(40.0 * k, 1.5) for k in range(5)]
    assert feed(watch, *inside) == [(100.0, True)]
    again = [(200.0, 2.5), (240.0, 1.5), (280.0, 2.5), *((320.0 + 40 * k, 1.5) for k in range(5))]
    assert feed(watch, *again) == [(180.0, False), (400.0, True)]


def test_linger_overlooks_short_exits_only() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE, linger_ns=100 * MS)
    blink = [(0.0, 1.5), (40.0, 2.5), (80.0, 1.5), (120.0, 1.5)]
    assert feed(watch, *blink) == [(0.0, True)]
    left = [(160.0, 2.5), (200.0, 2.5), (240.0, 2.5), (280.0, 2.5)]
    assert feed(watch, *left) == [(240.0, False)], "crossed at 140 ms"


def test_linger_never_covers_a_sample_that_is_not_valid() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE, linger_ns=NEVER)
    assert feed(watch, (0.0, 1.5), (40.0, math.nan)) == [(0.0, True), (40.0, False)]


def test_a_sample_too_old_allows_nothing_from_the_very_ns() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE, linger_ns=NEVER)
    watch.offer(1.5, 0, 60 * MS)
    assert run_to(watch, 60 * MS).within
    assert watch.next_ns == AGE
    assert run_to(watch, AGE - 1).within
    assert not run_to(watch, AGE).within
    assert watch.side is Side.UNKNOWN


def test_a_sample_that_arrives_too_old_allows_nothing() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE)
    watch.offer(1.5, 0, AGE)
    assert not run_to(watch, AGE).within


def test_no_crossing_is_made_up_after_a_drop_out() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE)
    changes = feed(watch, (0.0, 0.5), (300.0, 1.5))
    assert changes == [(300.0, True)]


def test_a_sample_not_newer_than_the_last_is_ignored() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE)
    watch.offer(1.5, 40 * MS, 40 * MS)
    run_to(watch, 40 * MS)
    watch.offer(9.0, 40 * MS, 50 * MS)
    watch.offer(9.0, 10 * MS, 50 * MS)
    assert run_to(watch, 60 * MS).within


def test_it_tells_when_an_edge_could_be_known() -> None:
    watch = Watch(Limits(1.0, 2.0), AGE)
    watch.offer(0.5, 0, 60 * MS)
    watch.offer(1.5, 40 * MS, 100 * MS)
    assert watch.next_ns == 20 * MS
    watch.step()
    assert watch.within
    assert watch.known_ns == 100 * MS
