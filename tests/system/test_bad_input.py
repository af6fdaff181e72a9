"""Bad input of every kind ends in one line or a list of findings, and writes nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app

BEAMS = Path(__file__).resolve().parents[2] / "scenarios" / "beams"
GOOD = (BEAMS / "arc-short.xml").read_text(encoding="utf-8")
SHAPED = (BEAMS / "two-static-fields.xml").read_text(encoding="utf-8")

BOMB = """<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<VarianResearchBeam SchemaVersion="1.0"><SetBeam><Id>&c;</Id></SetBeam></VarianResearchBeam>
"""

UNREADABLE = {
    "not XML": "MU 100\n",
    "empty": "",
    "wrong root": "<Plan></Plan>",
    "cut off": GOOD[: len(GOOD) // 2],
    "entity bomb": BOMB,
    "no SetBeam": '<VarianResearchBeam SchemaVersion="1.0"></VarianResearchBeam>',
}


def many_points(count: int) -> str:
    point = "<Cp><Mu>100</Mu></Cp>"
    return GOOD.replace("</ControlPoints>", point * (count - 2) + "</ControlPoints>")


REFUSED = {
    "NaN": GOOD.replace("<Mu>100</Mu>", "<Mu>NaN</Mu>"),
    "infinity": GOOD.replace("<Mu>100</Mu>", "<Mu>INF</Mu>"),
    "1e308": GOOD.replace("<GantryRtn>130</GantryRtn>", "<GantryRtn>1e308</GantryRtn>"),
    "1e308 MU": GOOD.replace("<Mu>100</Mu>", "<Mu>1e308</Mu>"),
    "MU decreasing": GOOD.replace("<Mu>100</Mu>", "<Mu>-1</Mu>"),
    "5001 points": many_points(5001),
    "leaf missing": SHAPED.replace("<B>0 ", "<B>", 1),
    "two blanks": SHAPED.replace("<B>0 0", "<B>0  0", 1),
    "unknown axis": GOOD.replace("GantryRtn", "GantryRot"),
    "unknown energy": GOOD.replace("6x", "7x"),
    "unknown MLC": GOOD.replace("NDS120HD", "NDS121"),
    "one point": GOOD[: GOOD.rindex("<Cp>")] + GOOD[GOOD.rindex("</Cp>") + 5 :],
    "no control points": GOOD[: GOOD.index("<Cp>")] + GOOD[GOOD.rindex("</Cp>") + 5 :],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(name: str) -> list[list[str]]:
    return [["check", name], ["plan", name], ["deliver", name]]


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_file_that_cannot_be_read_is_one_line(folder: Path, text: str) -> None:
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    for words in commands("beam.xml"):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 2, result.output
        assert result.stderr.startswith("linacsim: beam.xml")
        assert result.stderr.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["beam.xml"]


@pytest.mark.parametrize("machine", [[], ["--machine", "truebeam-hd120"]], ids=["", "named"])
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_beam_in_error_gives_findings(folder: Path, text: str, machine: list[str]) -> None:
    (folder / "beam.xml").write_text(text, encoding="utf-8")
    for words in commands("beam.xml"):
        result = CliRunner().invoke(app, [*words, *machine])
        assert result.exit_code == 1, result.output
        assert "error[" in result.output
        assert "defect" not in result.stderr
    assert [path.name for path in folder.iterdir()] == ["beam.xml"]


def test_5000_points_are_allowed(folder: Path) -> None:
    (folder / "beam.xml").write_text(many_points(5000), encoding="utf-8")
    assert CliRunner().invoke(app, ["check", "beam.xml"]).exit_code == 0


@pytest.mark.parametrize("words", [["replay"], ["log", "info"], ["log", "export"], ["run"]])
def test_wrong_kind_of_file_is_one_line(folder: Path, words: list[str]) -> None:
    (folder / "beam.xml").write_text(GOOD, encoding="utf-8")
    result = CliRunner().invoke(app, [*words, "beam.xml"])
    assert result.exit_code == 2
    assert result.stderr.startswith("linacsim: beam.xml")
    assert result.stderr.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["beam.xml"]
