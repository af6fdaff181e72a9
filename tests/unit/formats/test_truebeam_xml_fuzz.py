"""A short run of the fuzzer over its seeds, and inputs that once were trouble."""

import random

import pytest

from linacsim.model.findings import InputError
from tools.fuzz_xml import CORPUS, judged, mutated

SEEDS = [path.read_bytes() for path in sorted(CORPUS.rglob("*.xml"))]


def test_the_seeds_themselves_are_without_errors() -> None:
    assert len(SEEDS) == 16
    assert {judged(data) for data in SEEDS} == {"without errors"}


def test_broken_beams_give_a_result_or_one_clear_line() -> None:
    chance = random.Random(2)
    outcomes = {judged(mutated(SEEDS, chance)) for _ in range(400)}
    assert outcomes == {"unreadable", "with errors", "without errors"}


def test_the_fuzzer_notices_a_reader_that_falls_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("tools.fuzz_xml.parse_beam", broken)
    with pytest.raises(KeyError):
        judged(SEEDS[0])


def test_the_fuzzer_notices_an_error_of_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> None:
        raise InputError(f"{name}\nand more")

    monkeypatch.setattr("tools.fuzz_xml.parse_beam", broken)
    with pytest.raises(AssertionError, match="one line"):
        judged(SEEDS[0])
