"""The ticker that works anywhere, by a loop and a clock that the test moves."""

from collections.abc import Callable

import pytest

from linacsim.engines.realtime import ticker
from linacsim.engines.realtime.ticker import LoopTicker

MS = 1_000_000


class Loop:
    """Stands in for an event loop and for the module `time`, with zeros of their own."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._calls: list[tuple[int, Callable[..., None], tuple[int, ...]]] = []

    def time(self) -> float:
        return 1000.0 + self.now_ns / 1e9

    def monotonic(self) -> float:
        return self.now_ns / 1e9

    def monotonic_ns(self) -> int:
        return self.now_ns

    def call_at(self, when_s: float, call: Callable[..., None], *arguments: int) -> "Loop":
        self._calls.append((round((when_s - 1000.0) * 1e9), call, arguments))
        return self

    def cancel(self) -> None:
        self._calls.clear()

    def run(self, until_ns: int) -> None:
        while self._calls and self._calls[0][0] <= until_ns:
            when_ns, call, arguments = self._calls.pop(0)
            self.now_ns = max(self.now_ns, when_ns)
            call(*arguments)


def rings(monkeypatch: pytest.MonkeyPatch, busy_ns: dict[int, int], until_ns: int) -> list[int]:
    """Return when it rings; some calls, by their number, keep the loop busy."""
    loop, rung = Loop(), list[int]()
    monkeypatch.setattr(ticker, "time", loop)

    def call() -> None:
        loop.now_ns += busy_ns.get(len(rung), 0)
        rung.append(loop.now_ns - busy_ns.get(len(rung), 0))

    ticker_ = LoopTicker(loop)  # type: ignore[arg-type]
    ticker_.start(5 * MS, 10 * MS, call)
    loop.run(until_ns)
    ticker_.stop()
    loop.run(1 << 60)
    return rung


def test_it_rings_at_each_deadline_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rings(monkeypatch, {}, 40 * MS) == [5 * MS, 15 * MS, 25 * MS, 35 * MS]


def test_a_deadline_that_has_passed_is_rung_at_once_and_only_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert rings(monkeypatch, {1: 34 * MS}, 60 * MS) == [5 * MS, 15 * MS, 49 * MS, 55 * MS]


def test_one_that_passes_while_the_call_lasts_is_not_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with ticks that take nearly all of their period: the next is due in a moment."""
    rung = rings(monkeypatch, {0: 10 * MS, 1: 10 * MS}, 40 * MS)
    assert rung == [5 * MS, 15 * MS, 25 * MS, 35 * MS]
