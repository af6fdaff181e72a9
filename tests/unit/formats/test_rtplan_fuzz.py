"""A short run of the fuzzer, and that it notices what it is there for."""

import random

import pytest

from linacsim.formats.rtplan import plan_of
from tools.fuzz_rtplan import damaged_and_judged, judged, seeds


def test_the_seeds_themselves_are_sound() -> None:
    corpus = seeds()
    assert all(plan_of(one, "plan.dcm").findings == () for one in corpus)
    assert set(map(judged, corpus)) == {"deliverable", "a field"}


def test_damaged_plans_give_findings_or_one_clear_line() -> None:
    chance = random.Random(7)
    corpus = seeds()
    outcomes = {damaged_and_judged(corpus, chance) for _ in range(200)}
    assert {"unreadable", "with errors", "deliverable"} <= outcomes


def test_the_fuzzer_notices_a_reader_that_falls_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: object, name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("tools.fuzz_rtplan.plan_of", broken)
    with pytest.raises(KeyError):
        judged(seeds()[0])
