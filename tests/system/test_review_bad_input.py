"""Bad input to metrics and comparison: one clear line, the right exit code, no harm done."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.trajectory_log.crc import log_crc
from linacsim.machines import load_machine
from tests.beams import make_beam
from tests.reviewing import deliver_to

STATIC = make_beam(
    {"Mu": 0, "GantryRtn": 180, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)}, {"Mu": 20}
)
OTHER = make_beam(
    {"Mu": 0, "GantryRtn": 100, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)},
    {"Mu": 20, "GantryRtn": 120},
    {"Mu": 60, "GantryRtn": 140},
)


def linacsim(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver_to(tmp_path_factory.mktemp("good") / "good.bin", STATIC)


def sealed(data: bytes) -> bytes:
    """Return a log's bytes with the CRC they should have."""
    return data[:-2] + log_crc(np.frombuffer(data[:-2], dtype=np.uint8)).to_bytes(2, "little")


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def wrong_crc(data: bytes) -> bytes:
    return data[:5000] + bytes([data[5000] ^ 0xFF]) + data[5001:]


def unknown_version(data: bytes) -> bytes:
    return data[:16] + b"9.7".ljust(16, b"\0") + data[32:]


def no_snapshots(data: bytes) -> bytes:
    count = 44 + 8 * 16 + 12
    head = data[:count] + bytes(4) + data[count + 4 : 1024 + 560]
    return sealed(head + bytes(2))


def not_a_number(data: bytes) -> bytes:
    row = 1024 + 560 + 10 * 8 * 137 + 8 * 12  # expected MU of snapshot 10
    return sealed(data[:row] + b"\0\0\xc0\x7f" + data[row + 4 :])


DAMAGE: dict[Callable[[bytes], bytes], str] = {
    cut_short: "cut short",
    wrong_crc: "CRC is wrong",
    unknown_version: "9.7",
    no_snapshots: "no snapshots",
    not_a_number: "not a number at snapshot 10",
    lambda _: b"": "not a trajectory log",
    lambda _: b"VOSTL": "the header is cut short",
}


def told(result: Any, code: int, *parts: str) -> None:
    """Assert exit code and that stderr is one line that holds the parts."""
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize(("damage", "what"), DAMAGE.items())
def test_damaged_logs(
    good: Path, tmp_path: Path, damage: Callable[[bytes], bytes], what: str
) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(damage(good.read_bytes()))
    before = bad.read_bytes()
    for words in (("metrics", bad), ("compare", bad, good), ("compare", good, bad)):
        told(linacsim("log", *words), 2, "bad.bin", what)
    assert bad.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["bad.bin"]


def test_files_that_cannot_be_opened(good: Path, tmp_path: Path) -> None:
    told(linacsim("log", "compare", good, tmp_path / "none.bin"), 2, "none.bin", "check the path")
    told(linacsim("log", "compare", tmp_path, good), 2, "this is a folder")
    told(linacsim("log", "metrics", tmp_path), 2, "this is a folder")


def test_files_that_are_something_else(good: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("nothing of the kind")
    told(linacsim("log", "compare", good, text), 2, "notes.txt")
    journal = tmp_path / "run.journal"
    journal.write_text("nothing of the kind\n")
    told(linacsim("log", "compare", good, journal), 2, "run.journal")


def test_the_others_are_measured_all_the_same(good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(cut_short(good.read_bytes()))
    result = linacsim("log", "metrics", bad, good, "--json")
    assert result.exit_code == 2
    unusable, measured = json.loads(result.stdout)
    assert "cut short" in unusable["unusable"]
    assert measured["mu"]["expected"] == 20


def test_another_beam(good: Path, tmp_path: Path) -> None:
    other = deliver_to(tmp_path / "other.bin", OTHER)
    told(linacsim("log", "compare", good, other), 2, "different beams", "same beam")
    result = linacsim("log", "compare", good, other, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["same"] is None


def test_another_machine(good: Path, tmp_path: Path) -> None:
    beam = make_beam(
        {"Mu": 0, "GantryRtn": 180, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)},
        {"Mu": 20},
        mlc_model="NDS120HD",
    )
    other = deliver_to(tmp_path / "hd.bin", beam, load_machine("truebeam-hd120"))
    told(linacsim("log", "compare", good, other), 2, "different machines", "NDS120HD")


def test_tolerance_files(good: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("schema = 1\n[actual]\nleaf_mm = 1\n")
    result = linacsim("log", "compare", good, good, "--tolerances", mine)
    told(result, 2, "mine.toml", "actual.leaf_mm", "did you mean actual.leaf_cm?")
    result = linacsim("log", "compare", good, good, "--tolerances", tmp_path / "none.toml")
    told(result, 2, "none.toml", "check the path")


def test_exit_codes_and_json(good: Path, tmp_path: Path) -> None:
    result = linacsim("log", "compare", good, good, "--json")
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content["same"] is True
    assert content["differences"] == []
    fewer = make_beam(
        {"Mu": 0, "GantryRtn": 180, "X1": 5, "X2": 5, "Y1": 5, "Y2": 5, "leaves": (5, 5)},
        {"Mu": 15},
    )
    other = deliver_to(tmp_path / "fewer.bin", fewer)
    result = linacsim("log", "compare", good, other, "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["differences"]
    assert (found["kind"], found["unit"]) == ("missing MU", "MU")
    assert found["size"] == pytest.approx(-5, abs=1e-3)
    result = linacsim("log", "compare", good, other)
    assert result.exit_code == 1
    assert "missing MU" in result.stdout
    assert "1 difference" in result.stdout


def test_json_and_csv_do_not_go_together(good: Path) -> None:
    told(linacsim("log", "metrics", good, "--json", "--csv"), 2, "choose one")
    rows = linacsim("log", "metrics", good, "--csv").stdout.splitlines()
    assert rows[0].startswith("log,axis,unit,error_mean")
    assert len(rows) == 1 + 134
