"""`linacsim trace info|plot|convert`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.traces import robot_rows, vxp, vxp_rows

Run = Callable[..., Any]


@pytest.fixture
def trace(folder: Path) -> Path:
    path = folder / "breath.vxp"
    path.write_text(vxp(vxp_rows()), newline="")
    return path


def test_info_for_people(linacsim: Run, trace: Path) -> None:
    result = linacsim("trace", "info", trace)
    assert result.exit_code == 0
    assert "breathing.period_s" in result.stdout
    assert "note[trace.crc]" in result.stdout


def test_info_for_programs(linacsim: Run, trace: Path) -> None:
    result = linacsim("trace", "info", "--json", trace, "missing.vxp")
    assert result.exit_code == 2
    good, bad = json.loads(result.stdout)
    assert good["clock"]["rate_hz"] == 25
    assert good["findings"][0]["rule"] == "trace.crc"
    assert "No such file" in bad["unreadable"]
    assert result.stderr.count("\n") == 1


def test_policy_refuses(linacsim: Run, folder: Path) -> None:
    rows = robot_rows()
    rows[9], rows[10] = rows[10], rows[9]
    (folder / "a.txt").write_text("\n".join(rows))
    assert linacsim("trace", "info", "a.txt").exit_code == 0
    result = linacsim("trace", "info", "a.txt", "--policy", "out-of-order=refuse")
    assert result.exit_code == 2
    assert "a.txt:11: time goes back" in result.stderr


def test_options_reach_the_reader(linacsim: Run, folder: Path) -> None:
    (folder / "a.csv").write_text("t;SI\n0;1,0\n40;2,0\n80;3,0\n")
    columns = "time=t,time_unit=ms,y=SI,length_unit=mm"
    result = linacsim("trace", "info", "a.csv", "--json", "--invert", "--columns", columns)
    assert result.exit_code == 0
    (facts,) = json.loads(result.stdout)
    assert facts["positions"]["y"]["least_cm"] == -0.3
    assert facts["clock"]["rate_hz"] == 25


def test_convert_there_and_back(linacsim: Run, trace: Path) -> None:
    assert linacsim("trace", "convert", trace, "-o", "a.csv").exit_code == 0
    assert linacsim("trace", "convert", "a.csv", "-o", "b.vxp").exit_code == 0
    back = Path("b.vxp").read_bytes().split(b"[Data]")[1]
    assert back == trace.read_bytes().split(b"[Data]")[1]


def test_convert_tells_what_is_lost(linacsim: Run, trace: Path) -> None:
    result = linacsim("trace", "convert", trace, "-o", "a.txt")
    assert result.exit_code == 0
    assert "cannot hold phase_deg" in result.stdout
    again = linacsim("trace", "convert", trace, "-o", "a.txt")
    assert again.exit_code == 2
    assert "exists and is kept" in again.stderr


@pytest.mark.parametrize("name", ["picture.png", "picture.svg"])
def test_plot(linacsim: Run, trace: Path, name: str) -> None:
    result = linacsim("trace", "plot", trace, "--out", name)
    assert result.exit_code == 0
    assert Path(name).stat().st_size > 10_000
