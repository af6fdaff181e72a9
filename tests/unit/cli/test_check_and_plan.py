"""`check` and `plan` tell what there is to tell about a beam, as text, JSON, CSV and pictures."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def test_findings_have_place_weight_and_rule(linacsim: Run) -> None:
    result = linacsim("check", "beams/with-mistakes.xml")
    assert result.exit_code == 1
    assert "beams/with-mistakes.xml:24: Mu, control point 2: error[points.mu-dec" in result.output
    assert result.output.endswith("not deliverable on truebeam-hd120; 3 errors\n")


def test_worst_file_decides_the_exit_code(linacsim: Run) -> None:
    assert linacsim("check", "beams/beam-on.xml").exit_code == 0
    assert linacsim("check", "beams/beam-on.xml", "beams/with-mistakes.xml").exit_code == 1
    words = ("check", "beams/with-mistakes.xml", "beams/none.xml", "beams/beam-on.xml")
    result = linacsim(*words)
    assert result.exit_code == 2
    assert "beams/beam-on.xml: deliverable" in result.output


def test_check_as_json(linacsim: Run) -> None:
    result = linacsim("check", "beams/with-mistakes.xml", "beams/none.xml", "--json")
    mistakes, none = json.loads(result.stdout)
    assert not mistakes["deliverable"]
    first = mistakes["findings"][0]
    assert (first["rule"], first["line"]) == ("structure.leaf-separator", 16)
    assert none["unreadable"]


def test_fix_writes_a_copy_and_keeps_the_original(linacsim: Run, folder: Path) -> None:
    source = folder / "beams" / "with-mistakes.xml"
    before = source.read_bytes()
    result = linacsim("check", "--fix", "beams/with-mistakes.xml")
    assert "fixed    beams/with-mistakes.fixed.xml" in result.output
    assert source.read_bytes() == before
    again = linacsim("check", "beams/with-mistakes.fixed.xml")
    assert "leaf-separator" not in again.output
    assert "2 errors" in again.output


def test_fix_without_anything_to_mend_writes_nothing(linacsim: Run, folder: Path) -> None:
    assert (
        "nothing that has one obvious mend"
        in linacsim("check", "--fix", "beams/beam-on.xml").output
    )
    assert not list((folder / "beams").glob("*.fixed.xml"))


def test_plan_table_names_what_limits(linacsim: Run) -> None:
    result = linacsim("plan", "beams/ceilings.xml")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()[1:5]] == ["0", "1", "2", "3"]
    assert "VelTable GantryRtn" in result.output
    assert "DRate" in result.output


def test_plan_as_csv_and_json_agree(linacsim: Run) -> None:
    rows = list(
        csv.DictReader(io.StringIO(linacsim("plan", "beams/ceilings.xml", "--csv", "-").stdout))
    )
    content = json.loads(linacsim("plan", "beams/ceilings.xml", "--json").stdout)
    points = content["control_points"]
    assert [float(row["time_s"]) for row in rows] == [point["time_s"] for point in points]
    assert points[1]["mu_per_min"] == pytest.approx(150)
    assert points[2]["GantryRtn deg/s"] == pytest.approx(-520 / 60 / 6)


def test_beam_that_cannot_be_planned_says_why(linacsim: Run) -> None:
    result = linacsim("plan", "beams/with-mistakes.xml")
    assert result.exit_code == 1
    assert "not planned: 3 errors" in result.output


def test_plan_is_drawn(linacsim: Run, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    assert linacsim("plan", "beams/two-static-fields.xml", "--plot", "plan.svg").exit_code == 0
    assert "<svg" in (folder / "plan.svg").read_text()


def test_picture_of_unknown_kind_is_refused(linacsim: Run, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    result = linacsim("plan", "beams/beam-on.xml", "--plot", "plan.bmp")
    assert result.exit_code == 2
    assert "pictures are made as .png" in result.stderr
    assert not (folder / "plan.bmp").exists()
