"""Fractions of a stored plan on an Elekta machine: interrupted, gone on with, delivered again."""

from pathlib import Path

import pytest
from pydicom import dcmread
from typer.testing import CliRunner

from linacsim.cli.app import app
from tests.elekta_plans import encoded, good_plan
from tests.prescriptions import deliver, run, stored


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one plan of 100 MU."""
    return stored(tmp_path, good_plan())


def records(database: Path) -> list[tuple[str, float, int]]:
    """Return kind, MU and fraction of each record, oldest first."""
    found = [dcmread(path) for path in (database.parent / "out").glob("*_record*.dcm")]
    found.sort(key=lambda one: f"{one.TreatmentDate}{one.TreatmentTime}")
    beams = [one.TreatmentSessionBeamSequence[0] for one in found]
    return [
        (
            beam.TreatmentDeliveryType,
            float(beam.DeliveredPrimaryMeterset),
            int(beam.CurrentFractionNumber),
        )
        for beam in beams
    ]


def test_fractions_leave_files_of_their_own(database: Path) -> None:
    for number in (1, 2):
        done = deliver(database)
        assert done.exit_code == 0, done.output
        assert (database.parent / "out" / f"prescription1_fraction{number}.dcm").is_file()
    assert [(kind, fraction) for kind, _, fraction in records(database)] == [
        ("TREATMENT", 1),
        ("TREATMENT", 2),
    ]
    assert "(2 fractions delivered)" in run(database, "list").stdout


def test_what_was_interrupted_is_gone_on_with(
    database: Path, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliver(database).exit_code == 130
    assert "NOT COMPLETE" in run(database, "show", "1").stdout
    unclear = deliver(database)
    assert unclear.exit_code == 2
    assert "--remaining, or all of it once more with --anew" in unclear.stderr
    monkeypatch.undo()
    done = deliver(database, "--remaining")
    assert done.exit_code == 0, done.output
    (first, before, _), (second, after, _) = records(database)
    assert (first, second) == ("TREATMENT", "CONTINUATION")
    assert 30.0 < before < 70.0
    assert before + after == pytest.approx(100.0, abs=0.1)
    names = {path.name for path in (database.parent / "out").glob("prescription*.dcm")}
    assert names == {"prescription1_fraction1.dcm", "prescription1_fraction1_2.dcm"}
    nothing = deliver(database, "--remaining")
    assert nothing.exit_code == 2
    assert "fraction 2 has not been begun" in nothing.stderr


def test_what_was_interrupted_is_delivered_anew(
    database: Path, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliver(database).exit_code == 130
    monkeypatch.undo()
    done = deliver(database, "--anew")
    assert done.exit_code == 0, done.output
    assert [kind for kind, _, _ in records(database)] == ["TREATMENT", "TREATMENT"]
    assert records(database)[1][1] == pytest.approx(100.0, abs=0.1)
    assert "ABANDONED" in run(database, "show", "1").stdout


def test_a_truebeam_delivers_no_remainder(
    database: Path, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliver(database, machine="truebeam-mlc80").exit_code == 130
    monkeypatch.undo()
    refused = deliver(database, "--remaining", machine="truebeam-mlc80")
    assert refused.exit_code == 2
    assert "delivers no partial beams" in refused.stderr
    assert not (database.parent / "out" / "prescription1_fraction1_2.dcm").exists()


def test_deliver_takes_records_of_this_plan_only(database: Path, tmp_path: Path) -> None:
    (tmp_path / "other.dcm").write_bytes(encoded(good_plan()))
    assert deliver(database).exit_code == 0
    plan = database.parent / "out" / "prescription1_fraction1.dcm"
    (record,) = (database.parent / "out").glob("*_record*.dcm")
    words = ["deliver", "--machine", "precise-mlc", "--after"]
    for file, about, told in (
        (plan, record, "nothing is left to deliver"),
        (plan, plan, "no RT Beams Treatment Record"),
        (tmp_path / "other.dcm", record, "this treatment record is of another plan"),
    ):
        done = CliRunner().invoke(app, [*words, str(about), str(file)])
        assert done.exit_code == 2
        assert told in done.stderr
