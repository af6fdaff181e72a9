"""Stubs that cannot start say why."""

from pathlib import Path

import pytest

from linacsim.model.findings import InputError
from linacsim.scenario import bench_process
from linacsim.scenario.bench_process import BenchProcess


def test_stubs_that_do_not_start_say_why(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.yaml"
    with pytest.raises(InputError, match=r"camera, gate: did not start: .*nowhere\.yaml") as told:
        BenchProcess(("bench", str(missing)), ("camera", "gate"))
    assert "linacsim:" not in str(told.value)


def test_an_endless_complaint_is_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench_process, "LONGEST_LINE", 50)
    with pytest.raises(InputError) as told:
        BenchProcess(("bench", str(tmp_path / ("n" * 200))), ("camera",))
    assert len(str(told.value)) <= len("camera: did not start: ") + 50
