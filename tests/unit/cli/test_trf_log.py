"""`linacsim log` on TRF logs."""

import json
from pathlib import Path

import pytest

from linacsim.formats.trf import write_trf
from tests.trf_rows import header, rows


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_trf(tmp_path / "a.trf", header(), rows())


def test_info_tells_states_and_start_up(linacsim, log: Path) -> None:
    told = linacsim("log", "info", str(log))
    assert told.exit_code == 0
    assert "TRF version 3" in told.stdout
    assert "radiation on 4.80 s" in told.stdout
    (facts,) = json.loads(linacsim("log", "info", str(log), "--json").stdout)
    assert facts["planned_mu"] == 30.0


def test_a_trf_log_is_known_by_how_it_begins(linacsim, log: Path) -> None:
    other = log.rename(log.with_suffix(".log"))
    assert "TRF version 3" in linacsim("log", "info", str(other)).stdout
    assert linacsim("log", "metrics", str(other)).exit_code == 0


def test_export_and_pictures(linacsim, log: Path, tmp_path: Path) -> None:
    assert linacsim("log", "export", str(log), "-o", str(tmp_path / "b.csv")).exit_code == 0
    assert (tmp_path / "b.csv").read_text().startswith("time_s,time_ms,control_point")
    again = linacsim("log", "export", str(log), "-o", str(tmp_path / "b.csv"))
    assert again.exit_code == 2
    assert "exists and is kept" in again.stderr
    assert linacsim("log", "plot", str(log)).exit_code == 0
    assert log.with_suffix(".png").is_file()


def test_metrics_and_comparison(linacsim, log: Path, tmp_path: Path) -> None:
    (measured,) = json.loads(linacsim("log", "metrics", str(log), "--json").stdout)
    assert measured["mu"]["actual"] == pytest.approx(30.0, abs=0.02)
    same = write_trf(tmp_path / "same.trf", header(version=1), rows())
    assert linacsim("log", "compare", str(log), str(same)).exit_code == 0


def test_the_check_says_why_it_does_not_judge(linacsim, log: Path) -> None:
    told = linacsim("log", "check", str(log))
    assert told.exit_code == 2
    assert "log check is for trajectory logs" in told.stderr


@pytest.mark.parametrize("command", ["info", "export", "metrics", "plot", "check"])
def test_damage_is_one_line(linacsim, command: str, log: Path, tmp_path: Path) -> None:
    log.write_bytes(log.read_bytes()[:-5])
    told = linacsim("log", command, str(log))
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    none = linacsim("log", command, str(tmp_path / "none.trf"))
    assert none.exit_code == 2
    assert len(none.stderr.strip().splitlines()) == 1


def test_a_damaged_log_is_taken_leniently(linacsim, log: Path, tmp_path: Path) -> None:
    log.write_bytes(log.read_bytes()[:-5])
    assert "log export take it all the same with --lenient" in linacsim("log", "info", log).stderr
    (facts,) = json.loads(linacsim("log", "info", str(log), "--lenient", "--json").stdout)
    assert "cut short" in facts["problems"][0]
    table = tmp_path / "b.csv"
    told = linacsim("log", "export", str(log), "--lenient", "-o", str(table))
    assert (told.exit_code, len(table.read_text().splitlines())) == (0, facts["rows"] + 1)
    assert "cut short" in told.stderr


def test_a_log_without_radiation_is_told(linacsim, tmp_path: Path) -> None:
    still = rows()
    still.state[:] = 16
    path = write_trf(tmp_path / "still.trf", header(), still)
    told = linacsim("log", "metrics", str(path))
    assert told.exit_code == 2
    assert "radiation was never on" in told.stderr
