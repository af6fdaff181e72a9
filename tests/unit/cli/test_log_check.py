"""`log check`: exit codes, what is told, what cannot be read."""

import binascii
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.trajectory_log import AxisCode, read_log
from tests.unit.cli.conftest import Run


@pytest.fixture
def log(linacsim: Run, folder: Path) -> Path:
    """A log that `deliver` wrote."""
    linacsim("deliver", "-q", "beams/arc-short.xml", "--out", "out")
    [path] = (folder / "out").glob("*.bin")
    return path


def rewritten(path: Path, data: bytes, name: str) -> Path:
    """Write the bytes of a log with a CRC that fits them."""
    body = data[:-2]
    changed = path.with_name(name)
    changed.write_bytes(body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "little"))
    return changed


def with_value(path: Path, code: AxisCode, row: int, value: float, name: str) -> Path:
    """Set an actual value in the file itself."""
    log = read_log(path)
    start = path.stat().st_size - 2 - len(log) * log.header.columns * 8
    at = start + (row * log.header.columns + log.columns(code).start) * 8 + 4
    data = bytearray(path.read_bytes())
    data[at : at + 4] = struct.pack("<f", value)
    return rewritten(path, bytes(data), name)


def test_a_good_log_keeps_all_rules(linacsim: Run, log: Path) -> None:
    result = linacsim("log", "check", log)
    assert result.exit_code == 0
    assert "keeps all rules" in result.stdout
    assert "truebeam-hd120" in result.stdout


def test_what_is_broken_is_named_with_place_and_time(linacsim: Run, log: Path) -> None:
    bad = with_value(log, AxisCode.GANTRY, 200, 3.0, "jump.bin")
    result = linacsim("log", "check", bad, log)
    assert result.exit_code == 1
    assert f"{bad}: jump: GantryRtn" in result.stdout
    assert "at 4.000 s (snapshot 200" in result.stdout
    assert f"{log}: keeps all rules" in result.stdout


def test_json_tells_the_same(linacsim: Run, log: Path) -> None:
    bad = with_value(log, AxisCode.MU, 150, float("nan"), "nan.bin")
    result = linacsim("log", "check", log, bad, "--json")
    assert result.exit_code == 1
    good, found = json.loads(result.stdout)
    assert good["keeps_all_rules"] is True
    assert good["energy"] == "6x"
    first = next(item for item in found["violations"] if item["rule"] == "not-a-number")
    assert (first["axis"], first["time_s"], first["value"]) == ("MU", 3.0, None)


def test_a_wrong_interval_is_told_by_limits_broken(linacsim: Run, log: Path) -> None:
    data = bytearray(log.read_bytes())
    data[36:40] = struct.pack("<i", 10)
    result = linacsim("log", "check", rewritten(log, bytes(data), "fast.bin"))
    assert result.exit_code == 1
    assert "speed: GantryRtn" in result.stdout


def damaged(path: Path, what: str) -> Path:
    data = path.read_bytes()
    header = read_log(path).header
    counts = 44 + 8 * len(header.axes)
    changed = path.with_name(f"{what}.bin")
    if what == "crc":
        changed.write_bytes(data[:-2] + b"\0\0")
    elif what == "truncated":
        changed.write_bytes(data[: len(data) // 2])
    elif what == "version":
        rewritten(path, data[:16] + b"9.9\0" + data[20:], changed.name)
    elif what == "empty":
        changed.write_bytes(b"")
    elif what == "no-snapshots":
        body = bytearray(data[: len(data) - 2 - len(read_log(path)) * header.columns * 8])
        body[counts + 12 : counts + 16] = struct.pack("<i", 0)
        rewritten(path, bytes(body) + b"\0\0", changed.name)
    elif what == "mlc":
        body = bytearray(data)
        body[counts + 16 : counts + 20] = struct.pack("<i", 6)
        rewritten(path, bytes(body), changed.name)
    return changed


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("crc", "the CRC is wrong"),
        ("truncated", "the file is cut short"),
        ("version", "log version '9.9' is not known"),
        ("empty", "not a trajectory log"),
        ("no-snapshots", "the log holds no snapshots"),
        ("mlc", "no shipped machine has the MLC SX2: name one with --machine"),
        ("missing", "cannot read the log"),
    ],
)
def test_what_cannot_be_judged_is_told_in_one_line(
    linacsim: Run, log: Path, what: str, told: str
) -> None:
    path = damaged(log, what)
    result = linacsim("log", "check", path, log)
    assert result.exit_code == 2
    assert told in result.stderr
    assert str(path) in result.stderr
    assert [line for line in result.stderr.splitlines() if "keeps" not in line][1:] == []
    assert f"{log}: keeps all rules" in result.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--machine", "truebeam-m120"), "truebeam-m120 has NDS120"),
        (("--machine", "truebeam-x"), "unknown machine"),
        (("--energy", "7x"), "has no energy '7x': use one of"),
    ],
)
def test_wrong_options_are_refused(
    linacsim: Run, log: Path, options: tuple[str, str], told: str
) -> None:
    result = linacsim("log", "check", log, *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_test_damages_one_value_only(log: Path) -> None:
    bad = with_value(log, AxisCode.GANTRY, 200, 3.0, "jump.bin")
    differs = np.flatnonzero((read_log(log).actual != read_log(bad).actual).any(axis=1))
    assert differs.tolist() == [200]
