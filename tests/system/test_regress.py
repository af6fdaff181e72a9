"""`linacsim regress`: what changed is named, and what cannot be compared is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import junitparser
import pytest

from linacsim.regress.baseline import Baseline
from linacsim.regress.cases import cases_in
from linacsim.regress.parallel import deliver_all
from linacsim.regress.text import to_text
from tests.regressing import SHIPPED, contents, make_folder, regress, set_leaf_accel

PATIENCE_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three cases without baselines."""
    make_folder(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cases with baselines, to be copied."""
    folder = tmp_path_factory.mktemp("model")
    make_folder(folder)
    assert regress(folder, "--update", "--quiet").exit_code == 0
    return folder


@pytest.fixture
def kept(model: Path, tmp_path: Path) -> Path:
    """Three cases with baselines."""
    return Path(shutil.copytree(model, tmp_path / "kept"))


def test_nothing_changed(kept: Path) -> None:
    before = contents(kept)
    done = regress(kept)
    assert done.exit_code == 0
    assert "window.yaml: unchanged" in done.output
    assert "3 unchanged" in done.output
    assert contents(kept) == before


def test_two_percent_of_a_leaf_acceleration_names_control_points_and_signals(kept: Path) -> None:
    set_leaf_accel(kept, 49.0)
    done = regress(kept, "--json")
    assert done.exit_code == 1
    cases = {case["case"]: case for case in json.loads(done.stdout)["cases"]}
    assert cases["beam-on.yaml"]["status"] == "unchanged"
    assert cases["arc.xml"]["status"] == "unchanged"
    window = cases["window.yaml"]
    assert window["status"] == "changed"
    beyond = {change["what"]: change for change in window["changes"] if change["beyond"]}
    reached = beyond["control point 5: reached at [s]"]
    assert reached["control_points"] == [5]
    assert 0 < reached["difference"] < 0.02
    assert reached["tolerance"] == 0.001
    assert beyond["segment to control point 5: length [s]"]["old"] < 3.61
    parts = beyond["signal expected"]["parts"]
    in_beam = [part for part in parts if part["to_control_point"] > 0]
    assert in_beam[0]["from_control_point"] < 1 < in_beam[0]["to_control_point"]
    assert "leaf A1-A60" in beyond["axes expected"]["difference"]
    state = beyond["signal state"]
    assert (state["old"], state["new"]) == ("COMPLETE", "DELIVERING")
    assert "tick" in state["difference"]


def test_table_for_people_says_from_when_and_at_which_control_point(kept: Path) -> None:
    set_leaf_accel(kept, 49.0)
    done = regress(kept)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    headings = next(line for line in lines if line.startswith("what"))
    assert headings.split() == ["what", "old", "new", "difference", "tolerance"]
    signal_line = next(line for line in lines if line.startswith("signal mu_expected"))
    assert "(control point 0.00 to 5.00)" in signal_line
    assert "2 unchanged, 1 changed" in done.stdout


def test_neither_order_nor_processes_matter(folder: Path) -> None:
    cases = cases_in(folder)
    made = [
        {done.case.name: done.result for done in deliver_all(some, None, jobs=jobs, stop=bool)}
        for some, jobs in ((cases, 1), (cases[::-1], 1), (cases, 2))
    ]
    assert all(isinstance(result, Baseline) for result in made[0].values())
    assert all(one == made[0] for one in made)


def test_missing_baseline_says_how_to_make_it(folder: Path) -> None:
    done = regress(folder)
    assert done.exit_code == 2
    assert "baselines/window.toml: there is no such baseline yet: write it with --update" in (
        done.stderr
    )
    assert not (folder / "baselines").exists()


def test_baseline_of_an_older_schema_is_told_and_may_be_written_anew(kept: Path) -> None:
    old = kept / "baselines" / "window.toml"
    good = old.read_text()
    old.write_text(good.replace("schema = 1", "schema = 0"))
    before = contents(kept)
    done = regress(kept)
    assert done.exit_code == 2
    assert "window.toml: schema: written by an older linacsim (schema 0" in done.stderr
    assert "--update" in done.stderr
    assert contents(kept) == before
    assert regress(kept, "--update").exit_code == 0
    assert old.read_text() == good


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("schema = 2\n", "schema: written by a newer linacsim"),
        ('title = "machine"\n', "schema: not a baseline"),
        ("schema = 1\n", "source: not a whole baseline"),
        ("<html>\n", "not TOML, so not a baseline"),
    ],
)
def test_what_is_no_baseline_is_never_overwritten(kept: Path, found: str, told: str) -> None:
    (kept / "baselines" / "window.toml").write_text(found)
    set_leaf_accel(kept, 49.0)
    before = contents(kept)
    for words in ((), ("--update",)):
        done = regress(kept, *words)
        assert done.exit_code == 2
        assert told in done.stderr
        assert contents(kept) == before


def test_scenario_that_became_invalid_is_told_and_nothing_is_written(kept: Path) -> None:
    set_leaf_accel(kept, 49.0)
    path = kept / "beam-on.yaml"
    path.write_text(path.read_text().replace("seed: 1", "sede: 1"))
    before = contents(kept)
    done = regress(kept)
    assert done.exit_code == 2
    assert "beam-on.yaml:6: sede: unknown key; did you mean seed?" in done.stderr
    assert "window.yaml: changed" in done.stdout
    done = regress(kept, "--update")
    assert done.exit_code == 2
    assert "no baseline was written" in done.stderr
    assert contents(kept) == before


def test_beam_that_cannot_be_delivered_is_told(kept: Path) -> None:
    path = kept / "arc.xml"
    path.write_text(path.read_text().replace("<GantryRtn>130<", "<GantryRtn>430<"))
    done = regress(kept)
    assert done.exit_code == 2
    assert "machine.axis-range" in done.stderr


def test_case_that_is_gone_is_told_and_update_removes_its_baseline(kept: Path) -> None:
    (kept / "window.yaml").unlink()
    done = regress(kept)
    assert done.exit_code == 1
    assert "window.yaml is not there any more" in done.stdout
    done = regress(kept, "--update")
    assert done.exit_code == 0
    assert f"removed  {kept}/baselines/window.toml" in done.stdout
    assert regress(kept).exit_code == 0


def test_update_shows_what_changed_and_keeps_the_rest_as_it_is(kept: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (kept / "baselines").iterdir()}
    set_leaf_accel(kept, 49.0)
    done = regress(kept, "--update")
    assert done.exit_code == 0
    assert "control point 5: reached at [s]" in done.stdout
    assert f"written  {kept}/baselines/window.toml" in done.stdout
    changed = {path.name for path, at in before.items() if path.stat().st_mtime_ns != at}
    assert changed == {"window.toml"}
    assert regress(kept).exit_code == 0


def test_tolerances_of_the_folder(kept: Path) -> None:
    set_leaf_accel(kept, 49.0)
    (kept / "tolerances.toml").write_text(
        "schema = 1\n[signals]\nmust_be_identical = false\n"
        "[figures]\ntotal_time_s = 0.02\nbeam_on_time_s = 0.02\nsimulated_s = 0.02\n"
        "[control_points]\ntime_s = 0.01\nmu = 0.01\n"
    )
    done = regress(kept)
    assert done.exit_code == 0
    assert "window.yaml: within tolerance" in done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[figures]\nmu = 1\n", "schema: must say schema = 1"),
        ("schema = 1\n[figures]\nmuu = 1\n", "figures.muu: unknown key; did you mean figures.mu?"),
        ("schema = 1\n[figures]\nmu = -1\n", "figures.mu: must be a number 0 or more, not -1"),
        ("schema = 1\n[figures]\nmu = nan\n", "figures.mu: must be a number 0 or more, not nan"),
        ("schema = 1\n[signals]\nmust_be_identical = 1\n", "must be true or false, not 1"),
        ("mu: 1\n", "this is not TOML"),
    ],
)
def test_tolerances_in_error(kept: Path, text: str, told: str) -> None:
    (kept / "tolerances.toml").write_text(text)
    done = regress(kept)
    assert done.exit_code == 2
    assert "tolerances.toml" in done.stderr
    assert told in done.stderr


def test_folders_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = regress(tmp_path / "none")
    assert (done.exit_code, "there is no such folder" in done.stderr) == (2, True)
    done = regress(tmp_path)
    assert (done.exit_code, "nothing to deliver here" in done.stderr) == (2, True)
    (tmp_path / "a.yaml").touch()
    done = regress(tmp_path / "a.yaml")
    assert (done.exit_code, "name the folder, not a file" in done.stderr) == (2, True)
    (tmp_path / "a.xml").touch()
    done = regress(tmp_path)
    assert (done.exit_code, "would share the baseline a.toml with a.xml" in done.stderr) == (
        2,
        True,
    )

    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refused)
    done = regress(tmp_path)
    assert done.exit_code == 2
    assert f"{tmp_path}: Permission denied: ask for the right" in done.stderr


def test_interrupted_update_leaves_all_baselines(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def cut_off(baseline: object) -> str:
        written.append(baseline)
        if len(written) == 2:
            raise KeyboardInterrupt
        return to_text(baseline)  # type: ignore[arg-type]

    for path in ("arc.xml", "beams/window.xml"):
        text = (kept / path).read_text()
        (kept / path).write_text(text.replace("<Mu>100<", "<Mu>101<"))
    before = contents(kept)
    monkeypatch.setattr("linacsim.regress.store.to_text", cut_off)
    assert regress(kept, "--update").exit_code == 130
    assert len(written) == 2
    assert contents(kept) == before


def test_folder_that_takes_no_baseline_keeps_the_old_ones(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(30, "Read-only file system", str(path))

    set_leaf_accel(kept, 49.0)
    before = contents(kept)
    monkeypatch.setattr("linacsim.regress.store._write_through", full)
    done = regress(kept, "--update")
    assert done.exit_code == 2
    assert "Read-only file system: choose another folder" in done.stderr
    assert contents(kept) == before


def test_junit_is_read_back(kept: Path, tmp_path: Path) -> None:
    set_leaf_accel(kept, 49.0)
    (kept / 'new <&> "one".yaml').write_text((kept / "window.yaml").read_text())
    junit = tmp_path / "result.xml"
    assert regress(kept, "--junit", junit, "--quiet").exit_code == 2
    [suite] = junitparser.JUnitXml.fromfile(str(junit))
    assert (suite.tests, suite.failures, suite.errors) == (4, 1, 1)
    cases = {case.name: case for case in suite}
    assert cases["beam-on.yaml"].is_passed
    [failure] = cases["window.yaml"].result
    assert "control point 5: reached at [s]" in failure.text
    [error] = cases['new <&> "one".yaml'].result
    assert "--update" in error.text
    assert suite.time > 0


def test_plan_of_several_sequences_has_them_in_one_baseline(
    tmp_path: Path, shared_data: Path
) -> None:
    shutil.copy(shared_data / "plans" / "varian-m120-sliding-window.dcm", tmp_path / "plan.dcm")
    assert regress(tmp_path, "--update", "--quiet").exit_code == 0
    baseline = tmp_path / "baselines" / "plan.toml"
    text = baseline.read_text(encoding="utf-8")
    assert text.count("[[delivery]]") == 3
    assert regress(tmp_path).exit_code == 0
    before, third = text.rsplit("total_time_s = ", 1)
    baseline.write_text(f"{before}total_time_s = 1{third}", encoding="utf-8")
    done = regress(tmp_path)
    assert done.exit_code == 1
    assert "sequence 3: total_time_s" in done.stdout


def test_page_tells_all(kept: Path, tmp_path: Path) -> None:
    set_leaf_accel(kept, 49.0)
    page = tmp_path / "result.html"
    assert regress(kept, "--html", page, "--quiet").exit_code == 1
    text = page.read_text(encoding="utf-8")
    for told in ("window.yaml", "control point 5: reached at [s]", "Research and test use only"):
        assert told in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert regress(kept, "--html", tmp_path / "no" / "r.html").exit_code == 2


def test_ctrl_c_ends_all_processes_and_writes_nothing(folder: Path) -> None:
    text = (SHIPPED / "beams" / "two-static-fields.xml").read_text()
    for k in range(4):
        long = text.replace("<Mu>110<", "<Mu>8000<").replace("<Mu>182<", f"<Mu>{9000 + k}<")
        (folder / f"long{k}.xml").write_text(long)
    before = contents(folder)
    words = [sys.executable, "-m", "linacsim", "regress", str(folder), "--update", "--jobs", "2"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    _wait(lambda: _children(process.pid) >= 3 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, stderr
    assert stderr == "linacsim: stopped by Ctrl-C: nothing was written\n"
    assert contents(folder) == before
    _wait(lambda: not _group_lives(process.pid))


def _children(pid: int) -> int:
    """Return how many processes a process has started: a tracker of resources, and workers."""
    return len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _wait(until) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)
