"""Every shipped scenario runs, meets its expectations and gives the frames it always gave.

`python -m tools.scenario_digests` writes tests/system/digests.txt anew; the difference is what a
change did to the machine.
"""

import platform
from pathlib import Path

import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.formats.trajectory_log import read_log
from linacsim.scenario.running import prepare, run_scenario
from tools.scenario_digests import PLATFORM, STORE, digest_of, read_store, scenario_files

FILES = scenario_files()
STORED = read_store()


def test_enough_scenarios_are_shipped() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expectations_are_met(path: Path) -> None:
    report = run_scenario(prepare(path))
    assert report.misses == ()


@pytest.mark.skipif(
    platform.machine() != PLATFORM, reason=f"digests are of {PLATFORM}, rounding may differ here"
)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_frames_are_the_same_as_ever(path: Path) -> None:
    found, stored = digest_of(path), STORED.get(path.stem)
    assert stored is not None, f"no digests yet: {STORE.name} is written by tools.scenario_digests"
    assert found == stored


def test_each_stored_digest_has_its_scenario() -> None:
    assert set(STORED) == {path.stem for path in FILES}


@pytest.mark.parametrize(
    "name", ["dynamic-arc", "interlock-hold-axis-lag", "interlock-interrupt-door"]
)
def test_recorded_run_replays_bit_identically(name: str, tmp_path: Path) -> None:
    path = next(path for path in FILES if path.stem == name)
    report = run_scenario(prepare(path), tmp_path)
    files = report.outcome.files
    assert files.journal is not None
    assert files.log is not None
    journal = read_journal(files.journal)
    result = replay(journal)
    assert result.identical
    assert result.digest == report.outcome.digest.value()
    assert read_log(files.log).crc_ok
