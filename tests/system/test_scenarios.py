"""Every shipped scenario runs, meets its expectations and is delivered as it always was.

`linacsim regress scenarios` tells what a change did to the machine; with `--update` it writes
scenarios/baselines anew.
"""

import platform
from dataclasses import replace
from pathlib import Path

import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.formats.trajectory_log import read_log
from linacsim.regress.cases import Case, Delivered, cases_in, deliver_case
from linacsim.regress.rows import change_line
from linacsim.regress.store import read_baseline
from linacsim.regress.tolerances import load_tolerances
from linacsim.regress.verdicts import FAILS, Status, gone, verdict
from linacsim.scenario.running import prepare, run_scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
CASES = cases_in(SCENARIOS)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.path.stem)
def delivered(request: pytest.FixtureRequest) -> tuple[Case, Delivered]:
    """Deliver a scenario once for all that is asked of it."""
    return request.param, deliver_case(request.param.path)


def test_enough_scenarios_are_shipped() -> None:
    assert len(CASES) >= 10


def test_expectations_are_met(delivered: tuple[Case, Delivered]) -> None:
    _, done = delivered
    assert done.report is not None
    assert done.report.misses == ()


def test_delivery_is_the_same_as_ever(delivered: tuple[Case, Delivered]) -> None:
    """Frames bit by bit; on other processors, which round differently, within tolerances."""
    case, done = delivered
    stored, tolerances = read_baseline(case.baseline), load_tolerances(SCENARIOS)
    if stored and stored.made_by["processor"] != platform.machine():
        values = tolerances.values | {"signals.must_be_identical": False}
        tolerances = replace(tolerances, values=values)
    found = verdict(case, done.baseline, tolerances)
    told = [*found.reasons, *map(change_line, found.changes)]
    assert found.status is not Status.NEW, told
    assert found.status not in FAILS, "\n".join(told)


def test_each_baseline_has_its_scenario() -> None:
    assert gone(SCENARIOS, CASES) == ()


@pytest.mark.parametrize(
    "name", ["dynamic-arc", "interlock-hold-axis-lag", "interlock-interrupt-door"]
)
def test_recorded_run_replays_bit_identically(name: str, tmp_path: Path) -> None:
    report = run_scenario(prepare(SCENARIOS / f"{name}.yaml"), tmp_path)
    files = report.outcome.files
    assert files.journal is not None
    assert files.log is not None
    journal = read_journal(files.journal)
    result = replay(journal)
    assert result.identical
    assert result.digest == report.outcome.digest.value()
    assert read_log(files.log).crc_ok
