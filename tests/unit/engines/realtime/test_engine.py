"""When ticks begin, by a clock that the test moves: what is due next is never kept waiting."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from linacsim.engines.agenda import Agenda
from linacsim.engines.operator import DefaultOperator
from linacsim.engines.realtime import engine
from linacsim.engines.realtime.engine import EARLY_NS, Live, RealTimeOptions, run_realtime
from linacsim.engines.realtime.policy import LatePolicy
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.joints import FrameSink
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS
from tests.beams import make_beam

PATIENT = LatePolicy(late_ns=10**12, hold_after=None, stop_ns=None)
OVERSHOOT_NS = 70_000


@dataclass
class Clock:
    """Stands in for the module `time`; sleep ends a little late, as it does."""

    now_ns: int = 10**9
    turns: int = 0
    """Of the loop."""

    def monotonic_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9) + OVERSHOOT_NS


class Ticker:
    """Rings at its deadlines, or after whatever else takes the clock beyond them."""

    def __init__(self, clock: Clock, busy_ns: Callable[[int], int]) -> None:
        self._clock, self._busy_ns = clock, busy_ns
        self._running = False
        self.first_ns = 0

    def start(self, first_ns: int, period_ns: int, call: Callable[[], None]) -> None:
        """Every turn of the loop is one of the devices', too."""
        self._running, self.first_ns = True, first_ns
        asyncio.get_running_loop().call_soon(self._ring, first_ns, period_ns, call)

    def stop(self) -> None:
        self._running = False

    def _ring(self, due_ns: int, period_ns: int, call: Callable[[], None]) -> None:
        number = (due_ns - self.first_ns) // period_ns
        self._clock.turns += 1
        self._clock.now_ns = max(self._clock.now_ns, due_ns) + self._busy_ns(number)
        call()
        if self._running:
            asyncio.get_running_loop().call_soon(self._ring, due_ns + period_ns, period_ns, call)


def late_ns(
    monkeypatch: pytest.MonkeyPatch,
    busy_ns: Callable[[int], int],
    clock: Clock | None = None,
    watchers: Sequence[FrameSink] = (),
) -> list[int]:
    """Return how late each tick began when a device kept the loop busy before some of them."""
    clock = clock or Clock()
    monkeypatch.setattr(engine, "time", clock)
    monkeypatch.setattr(engine, "make_ticker", lambda _loop: Ticker(clock, busy_ns))
    live = Live(
        Linac(load_machine("truebeam-m120"), seed=1),
        Agenda(),
        [DefaultOperator(make_beam({"Mu": 0}, {"Mu": 1}))],
        [],
        watchers=watchers,
        options=RealTimeOptions(policy=PATIENT),
    )
    ended = run_realtime(live)
    assert ended.result.state is State.COMPLETE
    return list(ended.late_ns)


def test_the_loop_waits_for_the_deadline_and_is_as_late_as_its_sleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(late_ns(monkeypatch, lambda _tick: 0)) == {OVERSHOOT_NS}


def test_what_a_device_does_shortly_before_a_tick_does_not_make_it_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(late_ns(monkeypatch, lambda tick: EARLY_NS // 2 * (tick % 3 == 0))) == {OVERSHOOT_NS}


def test_what_takes_longer_makes_one_tick_late_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = late_ns(monkeypatch, lambda tick: EARLY_NS + 200_000 if tick == 5 else 0)
    assert late.pop(5) == 200_000
    assert set(late) == {OVERSHOOT_NS}


def test_ticks_missed_meanwhile_run_back_to_back(monkeypatch: pytest.MonkeyPatch) -> None:
    late = late_ns(monkeypatch, lambda tick: EARLY_NS + 3 * TICK_NS if tick == 5 else 0)
    assert late[5:9] == [3 * TICK_NS, 2 * TICK_NS, TICK_NS, 0]
    assert set(late[:5] + late[9:]) == {OVERSHOOT_NS}


@dataclass
class Work:
    """A watcher that takes nearly all the time there is, and counts in how many turns."""

    clock: Clock
    per_turn: dict[int, int]

    def write(self, frames: Frames) -> None:
        self.clock.now_ns += TICK_NS - 2 * OVERSHOOT_NS
        self.per_turn[self.clock.turns] = self.per_turn.get(self.clock.turns, 0) + 1

    def close(self, *, truncated: bool = False) -> None:
        pass


def test_devices_have_a_turn_between_ticks_that_take_nearly_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    work = Work(clock, {})
    late = late_ns(monkeypatch, lambda _tick: 0, clock=clock, watchers=[work])
    assert set(late) == {OVERSHOOT_NS}
    assert set(work.per_turn.values()) == {1}
