"""Logs that scenarios write keep the rules that logs of real machines keep."""

from pathlib import Path

import pytest

from linacsim.formats.trajectory_log import read_log
from linacsim.machines import load_machine
from linacsim.review.log_check import check_log
from linacsim.scenario.running import prepare, run_scenario

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SOUND = (
    "beam-on",
    "carriage-split",
    "ceilings",
    "dose-lag",
    "dynamic-arc",
    "gated-arc",
    "gated-segmental",
    "hold-lines",
    "interlock-hold-axis-lag",
    "motion-only-mlc",
    "operator-interrupt-arc",
    "two-static-fields",
)


def checked(name: str, folder: Path) -> list[str]:
    """Run a scenario; return what its log breaks."""
    log = run_scenario(prepare(FOLDER / f"{name}.yaml"), folder).outcome.files.log
    assert log is not None
    read = read_log(log)
    machine = {0: "truebeam-mlc80", 2: "truebeam-m120", 3: "truebeam-hd120"}[read.header.mlc_model]
    return [str(found) for found in check_log(read, load_machine(machine)).violations]


@pytest.mark.parametrize("name", SOUND)
def test_emulated_logs_keep_all_rules(name: str, tmp_path: Path) -> None:
    assert checked(name, tmp_path) == []


def test_a_couch_that_was_pushed_is_named(tmp_path: Path) -> None:
    """The fault of this scenario is one that no machine would do by itself."""
    found = checked("interlock-interrupt-frozen-axis", tmp_path)
    assert {line.split()[1] for line in found} == {"frozen-axis:", "jump:"}
    assert all("CouchLng 0.5" in line for line in found)
