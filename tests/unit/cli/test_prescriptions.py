"""`linacsim prescriptions`, and the configuration of `linacsim serve`."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from typer.testing import CliRunner, Result

from linacsim.cli.app import app
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.database import Arrival, Service
from linacsim.dicom.desktop_pro.prescription import prescription_of
from tests.elekta_plans import electrons, encoded, good_plan, group, photon_beam, request_of

WHEN = datetime(2024, 3, 1, 12, 15, 45)
CONFIG = """\
schema: 1
node:
  port: 0
  database: service.db
  callers:
    - {ae_title: PLANNER}
  linacs:
    - {name: LINAC1}
"""


LINAC = """\
name: LINAC1
      applicators:
        - {id: A10, type: ELECTRON_SQUARE, x_mm: 100, y_mm: 100}
        - {id: A15, type: ELECTRON_RECT, x_mm: 150, y_mm: 100}"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose database holds a plan, and one without energy and meterset."""
    path = tmp_path / "node.yaml"
    path.write_text(CONFIG)
    service = Service(f"sqlite:///{tmp_path / 'service.db'}")
    for masks in (frozenset[Mask](), frozenset({Mask.ENERGY})):
        plan = good_plan()
        if masks:
            del plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset
        request = request_of(plan, masks)
        arrival = Arrival(WHEN, "PLANNER", Code.SUCCESS)
        service.save(prescription_of(request, WHEN), arrival, encoded(plan))
    service.close()
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["prescriptions", *words, "--config", str(config)])


def test_list(config: Path) -> None:
    done = run(config, "list")
    assert done.exit_code == 0
    assert "[DCM] PH01-SQUARE Fr001 001\n" in done.stdout
    assert "[DCM] PH01-SQUARE Fr001 002 (UNPRESCRIBED: energy, meterset_mu)\n" in done.stdout


def test_list_by_database_and_as_json(config: Path) -> None:
    database = str(config.parent / "service.db")
    words = ["prescriptions", "list", "--database", database, "--json"]
    done = CliRunner().invoke(app, words)
    assert [one["label"] for one in json.loads(done.stdout)] == ["SQUARE", "SQUARE"]


def test_show(config: Path, tmp_path: Path) -> None:
    done = run(config, "show", "1", "--dicom", str(tmp_path / "out.dcm"))
    assert "meterset_mu: 100.0" in done.stdout
    assert (tmp_path / "out.dcm").read_bytes()[128:132] == b"DICM"


@pytest.mark.parametrize("words", [("list",), ("show", "1"), ("show", "1", "--json")])
def test_stored_names_do_not_command_the_terminal(tmp_path: Path, words: tuple[str, ...]) -> None:
    service = Service(f"sqlite:///{tmp_path / 'service.db'}")
    prescription = prescription_of(request_of(good_plan()), WHEN)
    hostile = "\x1b[2J\x9b31m\x07\r\nX"
    fields = tuple(replace(one, name=hostile, machine=hostile) for one in prescription.fields)
    sequences = tuple(replace(one, stem=hostile) for one in prescription.sequences)
    prescription = replace(
        prescription, label=hostile, patient_id=hostile, fields=fields, sequences=sequences
    )
    service.save(prescription, Arrival(WHEN, hostile, Code.SUCCESS), b"")
    service.close()
    database = str(tmp_path / "service.db")
    done = CliRunner().invoke(app, ["prescriptions", *words, "--database", database])
    assert done.exit_code == 0
    assert "X" in done.stdout
    assert all(mark.isprintable() or mark == "\n" for mark in done.stdout)


def test_an_open_field_cannot_be_delivered_until_it_is_completed(
    config: Path, tmp_path: Path
) -> None:
    words = ("deliver", "2", "--machine", "truebeam-mlc80", "--out", str(tmp_path))
    refused = run(config, *words)
    assert refused.exit_code == 2
    assert "UNPRESCRIBED meterset_mu, energy" in refused.stderr
    completed = run(
        config, "complete", "2", "--field", "1", "--set", "energy=6", "--set", "meterset_mu=50"
    )
    assert completed.exit_code == 0, completed.stderr
    done = run(config, *words)
    assert done.exit_code == 0, done.output
    assert "COMPLETE: 50.0" in done.stdout
    assert list(tmp_path.glob("*_record1.dcm"))
    assert "(1 fraction delivered)" in run(config, "list").stdout


def saved(config: Path, plan: Dataset, *masks: Mask) -> str:
    """Store one more plan and return its ID."""
    service = Service(f"sqlite:///{config.parent / 'service.db'}")
    service.keep_tolerance_tables({"NARROW": {}})
    arrival = Arrival(WHEN, "PLANNER", Code.SUCCESS)
    prescription = prescription_of(request_of(plan, frozenset(masks)), WHEN)
    service.save(prescription, arrival, encoded(plan))
    found = service.prescriptions()[-1]["id"]
    service.close()
    return str(found)


def test_a_plan_without_fraction_groups_is_delivered_once_it_has_mu(
    config: Path, tmp_path: Path
) -> None:
    plan = good_plan()
    del plan.FractionGroupSequence
    number = saved(config, plan)
    completed = run(config, "complete", number, "--field", "1", "--set", "meterset_mu=5")
    assert completed.exit_code == 0, completed.stderr
    done = run(config, "deliver", number, "--out", str(tmp_path))
    assert "COMPLETE: 5.0" in done.stdout, done.output
    done = run(config, "deliver", number, "--group", "1", "--out", str(tmp_path))
    assert "COMPLETE: 5.0" in done.stdout, done.output


def test_of_several_groups_the_first_is_delivered_and_needs_no_more_than_its_own_beams(
    config: Path, tmp_path: Path
) -> None:
    plan = good_plan()
    plan.BeamSequence = [photon_beam(3), photon_beam(1)]
    plan.FractionGroupSequence = [group(1, {1: 5.0}), group(2, {3: None})]
    number = saved(config, plan)
    done = run(config, "deliver", number, "--out", str(tmp_path))
    assert "COMPLETE: 5.0" in done.stdout, done.output
    assert "the plan has 2 fraction groups: group 1 is delivered" in done.output
    second = "deliver", number, "--group", "2", "--out", str(tmp_path)
    assert "field 3 has UNPRESCRIBED meterset_mu" in run(config, *second).stderr
    run(config, "complete", number, "--field", "3", "--set", "meterset_mu=7")
    assert "COMPLETE: 7.0" in run(config, *second).stdout


def test_a_group_goes_to_the_machine_of_its_own_beams(config: Path, tmp_path: Path) -> None:
    other = photon_beam(3)
    other.TreatmentMachineName, other.DeviceSerialNumber = "LINAC2", "1002"
    plan = good_plan()
    plan.BeamSequence = [photon_beam(1), other]
    plan.FractionGroupSequence = [group(1, {1: 5.0}), group(2, {3: 7.0})]
    config.write_text(CONFIG + "    - {name: LINAC2, head: agility}\n")
    number = saved(config, plan)
    for words, machine in (((), "precise-mlc"), (("--group", "2"), "agility")):
        done = run(config, "deliver", number, *words, "--out", str(tmp_path))
        assert machine in done.output


def test_what_is_filled_in_is_what_is_delivered(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG.replace("{name: LINAC1}", LINAC))
    masks = (Mask.ACCESSORY_FITMENT, Mask.ACCESSORY_MOUNT, Mask.TOLERANCE_TABLES)
    number = saved(config, electrons(good_plan()), *masks)
    wrong = run(config, "complete", number, "--field", "1", "--set", "accessory_fitment=A6")
    assert wrong.exit_code == 2
    assert "--set accessory_fitment=A6: linac 'LINAC1' has A10, A15" in wrong.stderr
    wrong = run(config, "complete", number, "--field", "1", "--set", "tolerance_table=WIDE")
    assert wrong.exit_code == 2
    assert "tolerance_table 'WIDE' is none of the console's: NARROW" in wrong.stderr
    values = "accessory_fitment=A15", "accessory_mount=ELECTRON_RECT", "tolerance_table=NARROW"
    words = [word for value in values for word in ("--set", value)]
    completed = run(config, "complete", number, "--field", "1", *words)
    assert completed.exit_code == 0, completed.stderr
    assert run(config, "deliver", number, "--out", str(tmp_path)).exit_code == 0
    (path,) = tmp_path.glob("*_fraction1.dcm")
    (applicator,) = dcmread(path).BeamSequence[0].ApplicatorSequence
    assert (applicator.ApplicatorID, applicator.ApplicatorType) == ("A15", "ELECTRON_RECT")


def test_an_elekta_plan_needs_a_machine_that_can(config: Path, tmp_path: Path) -> None:
    database, out = str(config.parent / "service.db"), tmp_path / "out"
    words = ["prescriptions", "deliver", "1", "--out", str(out), "--database", database]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "name a machine (--machine)" in done.output
    assert not list(out.iterdir())
    assert "delivered" not in run(config, "list").stdout


@pytest.mark.parametrize(
    ("head", "machine"), [("mlc", "precise-mlc"), ("beam_modulator", "precise-beam-modulator")]
)
def test_the_configuration_says_which_machine_it_is(
    config: Path, tmp_path: Path, head: str, machine: str
) -> None:
    config.write_text(CONFIG.replace("{name: LINAC1}", f"{{name: LINAC1, head: {head}}}"))
    done = run(config, "deliver", "1", "--out", str(tmp_path / "new" / "out"))
    assert machine in done.output
    # The plan has the leaves of the MLC head.
    assert done.exit_code == (0 if head == "mlc" else 1), done.output
    left = {path.suffix for path in (tmp_path / "new" / "out").iterdir()}
    assert left == ({".bin", ".txt", ".journal", ".dcm"} if head == "mlc" else set())


def test_a_linac_that_the_configuration_has_no_more_is_told(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG.replace("LINAC1", "LINAC2"))
    done = run(config, "deliver", "1", "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "node.yaml: node.linacs: there is no linac 'LINAC1' any more: name a" in done.stderr
    assert not (tmp_path / "out").exists()


def test_delete(config: Path) -> None:
    assert run(config, "delete", "1").exit_code == 0
    gone = run(config, "show", "1")
    assert gone.exit_code == 2
    assert "there is no prescription 1" in gone.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("complete", "1", "--field", "1", "--set", "energy=6"), "is prescribed by the plan"),
        (("complete", "2", "--field", "1", "--set", "energy=much"), "give a number above 0"),
        (("complete", "2", "--field", "1", "--set", "colour=red"), "give NAME=VALUE"),
        (("complete", "2", "--field", "9", "--set", "energy=6"), "has no field 9"),
    ],
)
def test_bad_completions(config: Path, words: tuple[str, ...], told: str) -> None:
    done = run(config, *words)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_database_must_be_named() -> None:
    done = CliRunner().invoke(app, ["prescriptions", "list"])
    assert done.exit_code == 2
    assert "either --config or --database" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ae_title: PLANNER", "ae_titel: PLANNER", "is missing"),
        ("port: 0", "port: 70000", "node.port"),
        ("port: 0", "max_pdu_bytes: 500", "node.max_pdu_bytes"),
        ("{name: LINAC1}", "{name: LINAC1, head: millennium}", "must be one of mlc"),
        ("- {name: LINAC1}", "- {name: A}\n    - {name: A}", "two linacs have the same name"),
        ("database: service.db", "database: strange://x", "cannot open the database"),
        ("schema: 1", "schema: 2", "schema"),
    ],
)
def test_bad_configurations(config: Path, old: str, new: str, told: str) -> None:
    config.write_text(CONFIG.replace(old, new))
    done = CliRunner().invoke(app, ["serve", str(config)])
    assert done.exit_code == 2
    assert told in done.stderr
