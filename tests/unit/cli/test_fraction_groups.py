"""A stored plan of two fraction groups: each is delivered, interrupted, gone on with by itself."""

import json
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.elekta_plans import good_plan, group, photon_beam
from tests.prescriptions import deliver, run, stored

SECOND = "[DCM] PH01-SQUARE Fr007 001"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with a plan: group 1 gives beam 1 its 60 MU, group 7 also 20 MU to beam 2."""
    plan = good_plan()
    plan.BeamSequence = [photon_beam(1), photon_beam(2)]
    plan.FractionGroupSequence = [group(1, {1: 60.0}), group(7, {2: 20.0, 1: 60.0})]
    return stored(tmp_path, plan)


def listed(database: Path) -> list[str]:
    """Return the names of the groups with their state."""
    return [line.split("  ", 3)[-1] for line in run(database, "list").stdout.splitlines()]


def delivered(database: Path) -> dict[tuple[int, int, int], float]:
    """Return the MU in the records by group, fraction and beam."""
    out: dict[tuple[int, int, int], float] = {}
    for path in (database.parent / "out").glob("*_record*.dcm"):
        record = dcmread(path)
        (beam,) = record.TreatmentSessionBeamSequence
        key = (
            int(record.ReferencedFractionGroupNumber),
            int(beam.CurrentFractionNumber),
            int(beam.ReferencedBeamNumber),
        )
        out[key] = out.get(key, 0.0) + float(beam.DeliveredPrimaryMeterset)
    return out


def test_the_second_group_is_delivered_and_counted_by_itself(database: Path) -> None:
    for words, warned in (((), True), (("--group", "7"), False), (("--group", "7"), False)):
        done = deliver(database, *words)
        assert done.exit_code == 0, done.output
        assert ("the plan has 2 fraction groups: group 1 is delivered" in done.output) == warned
    assert delivered(database) == pytest.approx(
        {(1, 1, 1): 60, (7, 1, 2): 20, (7, 1, 1): 60, (7, 2, 2): 20, (7, 2, 1): 60}, abs=0.1
    )
    assert listed(database) == [
        "[DCM] PH01-SQUARE Fr001 001 (1 fraction delivered)",
        f"{SECOND} (2 fractions delivered)",
    ]
    names = {path.name for path in (database.parent / "out").glob("prescription*.dcm")}
    assert {name for name in names if "_record" not in name} == {
        "prescription1_group1_fraction1.dcm",
        "prescription1_group7_fraction1.dcm",
        "prescription1_group7_fraction2.dcm",
    }


def test_what_is_left_of_a_group_stays_while_the_other_is_delivered(
    database: Path, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliver(database, "--group", "7").exit_code == 130
    monkeypatch.undo()
    assert deliver(database).exit_code == 0
    before = delivered(database)
    left = 80 - before[7, 1, 2] - before[7, 1, 1]
    assert 0 < left < 50
    assert listed(database)[1] == f"{SECOND} (fraction 1 begun, {left:.1f} MU left)"
    shown = json.loads(run(database, "show", "1", "--json").stdout)["sequences"]
    assert [one["fractions_delivered"] for one in shown] == [1, 0]
    assert shown[0]["left_mu"] is None
    assert shown[1]["left_mu"] == pytest.approx(left, abs=0.01)
    assert "fraction 1 was begun" in deliver(database, "--group", "7").stderr
    assert "fraction 2 has not been begun" in deliver(database, "--remaining").stderr
    assert deliver(database, "--group", "7", "--remaining").exit_code == 0
    expected = {(1, 1, 1): 60, (7, 1, 2): 20, (7, 1, 1): 60}
    assert delivered(database) == pytest.approx(expected, abs=0.1)


def test_a_group_that_is_delivered_anew_leaves_the_other_as_it_was(
    database: Path, ctrl_c: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("1", "7"):
        assert deliver(database, "--group", number).exit_code == 130
    monkeypatch.undo()
    assert deliver(database, "--group", "7", "--anew").exit_code == 0
    first, second = listed(database)
    assert "fraction 1 begun" in first
    assert second == f"{SECOND} (1 fraction delivered)"
    shown = run(database, "show", "1").stdout
    assert "group 1, NOT COMPLETE" in shown
    assert "group 7, ABANDONED" in shown


def test_a_group_that_the_plan_does_not_have_is_told(database: Path) -> None:
    refused = deliver(database, "--group", "2")
    assert refused.exit_code == 2
    assert "prescription 1 has no fraction group 2; it has 1, 7" in refused.stderr
    assert not (database.parent / "out").exists()
