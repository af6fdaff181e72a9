"""`run`, `replay` and `log`."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


@pytest.fixture
def log(linacsim: Run, folder: Path) -> Path:
    linacsim("run", "-q", "beam-on.yaml", "--out", "out")
    [path] = (folder / "out").glob("*.bin")
    return path


def test_met_scenarios_exit_with_0(linacsim: Run, folder: Path) -> None:
    result = linacsim("run", "beam-on.yaml", "refused-actions.yaml", "--quiet")
    assert result.exit_code == 0
    assert result.output == "beam-on.yaml: met\nrefused-actions.yaml: met\n"
    assert list((folder / "out").iterdir()) == []


def test_missed_expectation_exits_with_1(linacsim: Run, folder: Path) -> None:
    path = folder / "beam-on.yaml"
    path.write_text(path.read_text().replace("holds: 0", "holds: 3"))
    result = linacsim("run", "beam-on.yaml")
    assert result.exit_code == 1
    assert "beam-on.yaml: MISSED holds: expected 3, found 0" in result.output


def test_unusable_scenario_exits_with_2_and_the_others_run(linacsim: Run, folder: Path) -> None:
    path = folder / "ceilings.yaml"
    path.write_text(path.read_text().replace("seed: 1", "sede: 1"))
    result = linacsim("run", "ceilings.yaml", "beam-on.yaml", "--quiet")
    assert result.exit_code == 2
    assert "linacsim: ceilings.yaml:6: sede: unknown key; did you mean seed?\n" in result.stderr
    assert "beam-on.yaml: met" in result.output


def test_icom_without_realtime_is_told(linacsim: Run, folder: Path) -> None:
    path = folder / "beam-on.yaml"
    path.write_text(f"{path.read_text()}\nicom: {{port: 0}}\n")
    result = linacsim("run", "beam-on.yaml")
    assert result.exit_code == 0
    assert "beam-on.yaml: icom: nothing is told there without --realtime\n" in result.stdout


def test_run_as_json(linacsim: Run) -> None:
    [record] = json.loads(linacsim("run", "beam-on.yaml", "--json").stdout)
    assert record["met"]
    assert record["misses"] == []
    assert record["log"] is None
    assert record["positions"]["GantryRtn deg"] == pytest.approx(180, abs=0.02)


def test_machine_can_be_replaced(linacsim: Run) -> None:
    words = ("run", "beam-on.yaml", "--machine", "truebeam-m120", "--json")
    result = linacsim(*words)
    assert result.exit_code == 2
    assert "NDS120HD" in result.stderr


def test_picture_needs_a_folder(linacsim: Run) -> None:
    result = linacsim("run", "beam-on.yaml", "--plot")
    assert result.exit_code == 2
    assert "only with --out" in result.stderr


def test_replay_is_identical_or_names_what_is_altered(linacsim: Run, log: Path) -> None:
    journal = log.with_suffix(".journal")
    assert "identical" in linacsim("replay", journal).output
    assert json.loads(linacsim("replay", journal, "--json").stdout)["identical"]
    journal.write_text(journal.read_text().replace('"seed":1', '"seed":2'))
    result = linacsim("replay", journal)
    assert result.exit_code == 2
    assert "altered" in result.stderr


def test_log_info(linacsim: Run, log: Path) -> None:
    assert "crc_ok              True" in linacsim("log", "info", log).output
    [facts] = json.loads(linacsim("log", "info", log, "--json").stdout)
    assert facts["version"] == "3.0"
    assert facts["made_by"] == "linacsim emulator"


def test_unreadable_log_is_told_and_the_others_shown(linacsim: Run, log: Path) -> None:
    result = linacsim("log", "info", "beams/beam-on.xml", log)
    assert result.exit_code == 2
    assert result.stderr.startswith("linacsim: beams/beam-on.xml")
    assert "crc_ok" in result.output


def test_a_log_with_a_wrong_crc_is_taken_leniently(linacsim: Run, folder: Path, log: Path) -> None:
    damaged, table = folder / "damaged.bin", folder / "damaged.csv"
    damaged.write_bytes(log.read_bytes()[:-1] + bytes([log.read_bytes()[-1] ^ 1]))
    refused = linacsim("log", "info", str(damaged))
    assert (refused.exit_code, "--lenient" in refused.stderr) == (2, True)
    (facts,) = json.loads(linacsim("log", "info", str(damaged), "--lenient", "--json").stdout)
    assert not facts["crc_ok"]
    told = linacsim("log", "export", str(damaged), "--lenient", "-o", str(table))
    assert (told.exit_code, len(table.read_text().splitlines())) == (0, facts["snapshots"] + 1)
    assert facts["problems"][0] in told.stderr


def test_log_export_keeps_earlier_files(linacsim: Run, folder: Path, log: Path) -> None:
    result = linacsim("log", "export", log)
    assert result.exit_code == 0
    assert result.output.strip() == str(log.with_suffix(".csv"))
    again = linacsim("log", "export", log)
    assert again.exit_code == 2
    assert "overwrite" in again.stderr
    assert linacsim("log", "export", log, "--overwrite").exit_code == 0
    assert linacsim("log", "export", log, "--format", "npz").output.strip().endswith(".npz")
    assert linacsim("log", "export", log, "--out", "out/x.xyz").exit_code == 2


def test_log_plot(linacsim: Run, log: Path) -> None:
    pytest.importorskip("matplotlib")
    assert linacsim("log", "plot", log).output.strip() == str(log.with_suffix(".png"))
    assert log.with_suffix(".png").is_file()


def test_gating_is_told_in_words_numbers_and_a_picture(linacsim: Run) -> None:
    words = ("run", "gated-breath-hold.yaml", "--out", "out", "--plot")
    assert "beam-off latency" in linacsim(*words).output
    [content] = json.loads(linacsim(*words, "--json").stdout)
    assert content["gating"]["holds"] == content["holds"] == 2
    assert Path(content["gating_picture"]).stat().st_size > 10_000
