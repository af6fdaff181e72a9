"""Stubs that cannot start say why."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.model.findings import InputError
from linacsim.scenario import bench_process
from linacsim.scenario.bench_process import EPOCH, BenchProcess


def test_stubs_that_do_not_start_say_why(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.yaml"
    with pytest.raises(InputError, match=r"camera, gate: did not start: .*nowhere\.yaml") as told:
        BenchProcess(("bench", str(missing)), ("camera", "gate"))
    assert "linacsim:" not in str(told.value)


MARKER = str(Path(__file__).resolve().parents[2] / "scenarios" / "live-marker.yaml")


def test_stubs_whose_run_is_never_begun_end_in_order() -> None:
    with BenchProcess(("bench", MARKER, EPOCH), ("marker",)) as bench:
        link = Path(bench.urls["marker"])
        assert link.is_symlink()
    assert bench._process.returncode == 0
    assert not link.parent.exists(), "it has taken its links away"


def test_stubs_that_are_gone_before_the_run_begins_are_told_of() -> None:
    with BenchProcess(("bench", MARKER, EPOCH), ("marker",)) as bench:
        bench._process.kill()
        bench._process.wait()
        shutil.rmtree(Path(bench.urls["marker"]).parent)
        with pytest.raises(InputError, match="marker: ended before the run began"):
            bench.begin(0)


def test_a_defect_of_a_stub_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a stub has a defect")

    monkeypatch.setattr("linacsim.stubs.serving.serve_all", fail)
    ended = CliRunner().invoke(app, ["stub", "bench", MARKER, "--for", "1"])
    assert ended.exit_code == 1
    assert "defect: ValueError: a stub has a defect" in ended.stderr


def test_an_endless_complaint_is_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench_process, "LONGEST_LINE", 50)
    with pytest.raises(InputError) as told:
        BenchProcess(("bench", str(tmp_path / ("n" * 200))), ("camera",))
    assert len(str(told.value)) <= len("camera: did not start: ") + 50
