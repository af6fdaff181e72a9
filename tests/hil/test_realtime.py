"""The real-time engine: the same frames as headless, lateness as an input, stops at tick borders.

Nothing here asserts how punctual this machine is.
"""

import re
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.engines.journal import JournalWriter, read_journal
from linacsim.engines.operator import DefaultOperator
from linacsim.engines.realtime import engine
from linacsim.engines.realtime.background import NAME
from linacsim.engines.realtime.engine import Live, LiveResult, RealTimeOptions, run_realtime
from linacsim.engines.realtime.policy import LatePolicy
from linacsim.engines.realtime.ticker import LoopTicker
from linacsim.engines.replay import replay
from linacsim.engines.run import Limits
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Right
from linacsim.model.signals import Frames, State
from tests.beams import make_beam

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
MACHINE = load_machine("truebeam-m120")
BEAM = make_beam({"Mu": 0}, {"Mu": 5})
PATIENT = LatePolicy(late_ns=10**12, hold_after=None, stop_ns=None)
"""For runs that are not about lateness: a busy test machine must not change them."""


@dataclass
class Sleeper:
    """A watcher that makes the loop late on purpose: sleeps in some ticks of the delivery."""

    ticks: int
    sleep_s: float
    slept: int = 0
    states: list[int] = field(default_factory=list)

    def write(self, frames: Frames) -> None:
        self.states.append(int(frames.state[0]))
        if frames.state[0] == State.DELIVERING and self.slept < self.ticks:
            self.slept += 1
            time.sleep(self.sleep_s)

    def close(self, *, truncated: bool = False) -> None:
        pass


def run_live(*sinks, watchers=(), options=None, record=None, limit_s=60) -> LiveResult:
    return run_realtime(
        Live(
            Linac(MACHINE, seed=1),
            Agenda(),
            [DefaultOperator(BEAM)],
            sinks,
            watchers=watchers,
            record=record,
            limits=Limits(limit_ns=limit_s * 10**9),
            options=options or RealTimeOptions(policy=PATIENT),
        )
    )


def headless() -> FrameDigest:
    digest, agenda = FrameDigest(), Agenda()
    agenda.start(DefaultOperator(BEAM))
    run_batch(Linac(MACHINE, seed=1), agenda, [digest])
    return digest


def test_frames_are_those_of_a_headless_run(tmp_path: Path) -> None:
    live = FrameDigest()
    journal = JournalWriter(tmp_path / "live.journal", MACHINE, 1, Right.BASIC)
    ended = run_live(live, journal, record=journal.record)
    journal.close()
    assert ended.result.state is State.COMPLETE
    assert live.columns() == headless().columns()
    assert ended.timing.deadlines == live.ticks
    assert not replay(read_journal(tmp_path / "live.journal")).differing


def test_a_system_without_timerfd_runs_the_same_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "make_ticker", LoopTicker)
    live = FrameDigest()
    assert run_live(live).result.state is State.COMPLETE
    assert live.columns() == headless().columns()


def test_twice_the_period_runs_two_ticks_a_deadline() -> None:
    digest = FrameDigest()
    ended = run_live(digest, options=RealTimeOptions(period_ns=20_000_000, policy=PATIENT))
    assert ended.result.state is State.COMPLETE
    assert abs(2 * ended.timing.deadlines - digest.ticks) <= 2


def test_lateness_holds_the_beam_and_punctuality_releases_it(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "late.journal", MACHINE, 1, Right.BASIC)
    sleeper = Sleeper(ticks=1, sleep_s=0.15)
    policy = LatePolicy(late_ns=20_000_000, hold_after=3, release_after=5, stop_ns=None)
    ended = run_live(
        journal,
        watchers=[sleeper],
        options=RealTimeOptions(policy=policy),
        record=journal.record,
    )
    journal.close()
    assert ended.result.state is State.COMPLETE
    assert "LATE" in ended.result.interlocks
    assert ended.result.holds >= 1
    assert ended.timing.skipped >= 1
    assert ended.timing.holds >= 1
    assert not replay(read_journal(tmp_path / "late.journal")).differing


def test_ticks_that_are_late_are_run_and_none_is_left_out() -> None:
    digest = FrameDigest()
    ended = run_live(digest, watchers=[Sleeper(ticks=3, sleep_s=0.12)])
    assert ended.result.ticks == digest.ticks
    assert ended.result.state is State.COMPLETE


def test_far_too_late_ends_the_run_with_its_reason() -> None:
    policy = LatePolicy(late_ns=10**12, hold_after=None, stop_ns=200_000_000)
    digest = FrameDigest()
    ended = run_live(
        digest,
        watchers=[Sleeper(ticks=1, sleep_s=0.4)],
        options=RealTimeOptions(policy=policy),
    )
    assert "late, more than the 200 ms allowed" in ended.result.too_late
    assert ended.result.state is State.DELIVERING
    assert digest.ticks == ended.result.ticks


def test_a_run_that_was_too_late_says_so_and_misses_what_it_expects(tmp_path: Path) -> None:
    """Even where it expects the state in which it was ended."""
    path = tmp_path / "late.yaml"
    path.write_text(
        f"""\
schema: 1
title: No tick is as punctual as that
machine: truebeam-hd120
beam: {SCENARIOS / "beams" / "beam-on.xml"}
seed: 1
real_time: {{late: {{hold_after: null, stop_ms: 0.000001}}}}
operator: [{{do: default, at_s: 5}}]
expect: {{state: IDLE}}
"""
    )
    ended = CliRunner().invoke(app, ["run", "--realtime", str(path)])
    assert ended.exit_code == 1
    assert re.search(r"ended at 0 s: tick 0 was \d+ ms late, more than the 0 ms", ended.stdout)
    assert "MISSED the run was ended by its lateness: tick 0" in ended.stdout


class CtrlC:
    """A watcher that presses Ctrl-C in its 20th tick."""

    def __init__(self) -> None:
        self.ticks = 0

    def write(self, frames: Frames) -> None:
        self.ticks += len(frames)
        if self.ticks == 20:
            signal.raise_signal(signal.SIGINT)

    def close(self, *, truncated: bool = False) -> None:
        pass


def test_ctrl_c_ends_the_run_between_ticks() -> None:
    digest, watcher = FrameDigest(), CtrlC()
    with pytest.raises(KeyboardInterrupt):
        run_live(digest, watchers=[watcher])
    assert digest.ticks == watcher.ticks < 200
    assert not [thread for thread in threading.enumerate() if thread.name == "writer"]


class FullDisk:
    """A sink that refuses its second block."""

    def __init__(self) -> None:
        self.blocks = 0

    def write(self, frames: Frames) -> None:
        self.blocks += 1
        if self.blocks > 1:
            raise InputError("no space left on the device")

    def close(self, *, truncated: bool = False) -> None:
        pass


def test_a_full_disk_ends_the_run() -> None:
    with pytest.raises(InputError, match="no space left"):
        run_live(FullDisk())


def test_all_threads_of_a_run_have_the_priority_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thread has the priority of the one that made it, and the loop waits for whichever runs."""
    asked: dict[str, set[str]] = {}

    def ask(name: str) -> str:
        asked[name] = {thread.name for thread in threading.enumerate()}
        return f"{name} asked for"

    monkeypatch.setattr(engine, "ask_system", lambda: (ask("priority"),))
    monkeypatch.setattr(engine, "stay_on_one_processor", lambda: ask("processor"))
    run_live(options=RealTimeOptions(policy=PATIENT, ask_system=True))
    assert NAME not in asked["priority"], "what writes files has it too"
    assert NAME in asked["processor"], "but may stay on another processor than the loop"
