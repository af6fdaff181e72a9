"""Replay: the same inputs give the same bits; other ones do not, and it says where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.conditions import mu_reaches, state_is
from linacsim.engines.digest import FrameDigest
from linacsim.engines.journal import read_journal
from linacsim.engines.operator import DefaultOperator
from linacsim.engines.replay import replay
from linacsim.machines import load_machine
from linacsim.model.messages import Action, Fault, FaultKind, Operator
from linacsim.model.signals import State
from tests.beams import make_beam
from tests.journals import contents, reseal
from tests.runs import record_run

MACHINE = load_machine("truebeam-m120")
BEAM = make_beam(
    {"Mu": 0, "GantryRtn": 180.0, "leaves": (2.0, 2.0)},
    {"Mu": 6, "GantryRtn": 177.0, "leaves": (2.5, 1.5)},
    {"GantryRtn": 176.0},
    {"Mu": 12},
)


def stop_and_resume(agenda: Agenda) -> Steps:
    yield agenda.until(mu_reaches(8))
    agenda.post(Operator(Action.BEAM_OFF))
    yield agenda.until(state_is(State.INTERRUPTED))
    yield agenda.wait(10**9)
    agenda.post(Operator(Action.MV_READY_PRESS))
    yield agenda.until(state_is(State.READY))
    agenda.post(Operator(Action.MV_BEAM_ON))


def trouble(agenda: Agenda) -> Steps:
    yield agenda.until(mu_reaches(2))
    agenda.post(Fault(FaultKind.AXIS_STUCK, "GantryRtn"))
    yield agenda.until(state_is(State.HOLDING))
    yield agenda.wait(123_456_789)
    agenda.post(Fault(FaultKind.AXIS_STUCK, "GantryRtn", clear=True))


RUNS = {
    "completed": (State.COMPLETE, 120.0, []),
    "interrupted and resumed": (State.COMPLETE, 120.0, [stop_and_resume]),
    "held": (State.COMPLETE, 120.0, [trouble]),
    "ended by its limit": (State.DELIVERING, 16.0, []),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function from the name of a run to its journal."""
    folder, done = tmp_path_factory.mktemp("replay"), {}

    def get(name: str) -> Path:
        if name not in done:
            state, limit_s, actors = RUNS[name]
            path = folder / f"{name}.journal"
            result = record_run(
                path, MACHINE, [DefaultOperator(BEAM), *actors], seed=7, limit_s=limit_s
            )
            assert result.state is state
            done[name] = path
        return done[name]

    return get


@pytest.mark.parametrize("block", [1, 7, 512])
@pytest.mark.parametrize("name", RUNS)
def test_replay_gives_the_same_bits_whatever_the_blocks(
    name: str, block: int, recorded: Callable[[str], Path]
) -> None:
    journal = read_journal(recorded(name))
    result = replay(journal, block=block)
    assert result.identical is True
    assert result.differing == ()
    assert result.ticks == journal.ticks
    assert result.digest == journal.digest


def test_sinks_get_every_frame(recorded: Callable[[str], Path]) -> None:
    journal = read_journal(recorded("completed"))
    seen = FrameDigest()
    replay(journal, [seen], block=100)
    assert seen.ticks == journal.ticks
    assert seen.value() == journal.digest


def cut_off(path: Path, folder: Path) -> Path:
    out = folder / "cut.journal"
    out.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    return out


def test_a_run_that_was_cut_off_replays_up_to_its_last_input(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    journal = read_journal(cut_off(recorded("completed"), tmp_path))
    result = replay(journal)
    assert result.identical is None
    assert result.differing == ()
    assert result.ticks == max(journal.inputs) + 1


def test_a_run_that_was_cut_off_begins_like_the_whole_one(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    whole, part = FrameDigest(), FrameDigest()
    journal = read_journal(cut_off(recorded("completed"), tmp_path))
    replay(journal, [part])
    uncut = read_journal(recorded("completed"))
    end = journal.ticks

    class UpToThere:
        def write(self, frames: Any) -> None:
            if (keep := end - int(frames.tick[0])) > 0:
                whole.write(frames.first(keep))

        def close(self, *, truncated: bool = False) -> None:
            pass

    replay(uncut, [UpToThere()])
    assert whole.columns() == part.columns()


def altered(path: Path, folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    rows = contents(path)
    change(rows)
    out = folder / "altered.journal"
    out.write_bytes(reseal(rows))
    return out


def test_another_seed_differs_in_what_was_measured_and_not_in_what_was_planned(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[0]["seed"] += 1

    result = replay(read_journal(altered(recorded("completed"), tmp_path, change)))
    assert result.identical is False
    assert {"actual", "mu_actual"} <= set(result.differing)
    assert "tick" not in result.differing


def test_another_machine_number_differs_and_names_the_columns(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[0]["machine"]["dose"]["pulse_scatter"] *= 1.01

    result = replay(read_journal(altered(recorded("completed"), tmp_path, change)))
    assert result.identical is False
    assert result.differing == ("mu_actual",)


def test_a_missing_press_differs(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        del rows[-2]

    result = replay(read_journal(altered(recorded("completed"), tmp_path, change)))
    assert result.identical is False
    assert "state" in result.differing


def test_a_resealed_journal_without_changes_is_identical(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    path = altered(recorded("completed"), tmp_path, lambda rows: None)
    assert path.read_bytes() == recorded("completed").read_bytes()


def test_a_journal_of_no_ticks_is_identical_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "none.journal"
    record_run(path, MACHINE, [], limit_s=0)
    result = replay(read_journal(path))
    assert (result.ticks, result.identical) == (0, True)
