"""Treatment records out (DI-6): valid by dciodvfy, true to the run, also after an interruption."""

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.rtplan import read_plan
from linacsim.scenario.beam_file import open_beams
from linacsim.scenario.compose import Job, room_as_planned, run_job
from linacsim.scenario.plan_file import wanted_references
from linacsim.scenario.records import fields_of, split_by_sequence, write_records
from linacsim.scenario.schema import Scenario
from linacsim.scenario.script import ScriptedOperator
from linacsim.scenario.treatment import TreatmentTape
from tests import rtplans
from tests.conftest import need
from tests.elekta_plans import encoded, good_plan, wedged
from tests.nodes import call, store
from tests.orthanc import archive

WHEN = datetime(2024, 3, 1, 12, 0, 0)
PLAN = "plans/truebeam-m120-3dcrt.dcm"

INTERRUPTED: list[dict[str, object]] = [
    {"do": "default"},
    {"do": "beam_off", "when": {"mu": 50.0}},
    {"do": "mv_ready_press", "when": {"state": "INTERRUPTED"}, "after_s": 2.0},
    {"do": "mv_beam_on", "when": {"state": "READY"}, "after_s": 0.5},
]


def delivered(plan: Path, out: Path, steps: list[dict[str, object]]) -> list[Dataset]:
    """Deliver the first sequence of a plan and return its records."""
    read = read_plan(plan).plan
    (file, *_) = open_beams(plan, None, None)
    assert file.beam is not None
    assert file.machine is not None
    assert file.plan is not None
    scenario = Scenario.model_validate(
        {
            "schema": 1,
            "title": "t",
            "machine": "m",
            "beam": "b",
            "seed": 1,
            "operator": steps,
            "expect": {"state": "COMPLETE"},
        }
    )
    tape = TreatmentTape()
    job = Job(
        machine=file.machine,
        beam=file.beam,
        trajectory=file.plan.trajectory,
        actors=(ScriptedOperator(scenario.operator, file.beam),),
        seed=1,
        room=room_as_planned(file.beam),
    )
    run_job(job, sinks=(tape,))
    (fields, *_) = split_by_sequence(fields_of(read, wanted_references(read, None)), [file.beam])
    paths = write_records(
        plan,
        list(tape.pieces(fields)),
        machine=file.machine.name,
        started=WHEN,
        log=out / "log.bin",
    )
    return [dcmread(path) for path in paths]


def sums(records: list[Dataset]) -> dict[int, float]:
    out: dict[int, float] = {}
    for record in records:
        (beam,) = record.TreatmentSessionBeamSequence
        number = int(beam.ReferencedBeamNumber)
        out[number] = out.get(number, 0.0) + float(beam.DeliveredPrimaryMeterset)
    return out


def planned(plan: Path) -> dict[int, float]:
    group = read_plan(plan).plan.fraction_group()
    assert group is not None
    return {one.number: one.meterset for one in group.beams if one.meterset is not None}


@pytest.mark.parametrize("steps", [[{"do": "default"}], INTERRUPTED], ids=["whole", "interrupted"])
def test_records_add_up_to_the_plan(
    shared_data: Path, tmp_path: Path, steps: list[dict[str, object]]
) -> None:
    records = delivered(shared_data / PLAN, tmp_path, steps)
    for number, mu in planned(shared_data / PLAN).items():
        assert sums(records)[number] == pytest.approx(mu, abs=0.1)


def test_an_interrupted_beam_makes_two_records(shared_data: Path, tmp_path: Path) -> None:
    records = delivered(shared_data / PLAN, tmp_path, INTERRUPTED)
    found = [record.TreatmentSessionBeamSequence[0] for record in records]
    first, second, _ = found
    assert [int(one.ReferencedBeamNumber) for one in found] == [1, 1, 2]
    assert [one.TreatmentTerminationStatus for one in found] == ["OPERATOR", "NORMAL", "NORMAL"]
    kinds = [one.TreatmentDeliveryType for one in found]
    assert kinds == ["TREATMENT", "CONTINUATION", "TREATMENT"]
    assert float(first.DeliveredPrimaryMeterset) == pytest.approx(50.0, abs=1.0)
    left = float(first.SpecifiedPrimaryMeterset) - float(first.DeliveredPrimaryMeterset)
    assert float(second.SpecifiedPrimaryMeterset) == pytest.approx(left, abs=0.2)
    stopped, resumed = (
        first.ControlPointDeliverySequence[-1],
        second.ControlPointDeliverySequence[0],
    )
    assert float(stopped.DeliveredMeterset) == pytest.approx(
        float(resumed.DeliveredMeterset), abs=0.1
    )


def test_control_points_and_references(shared_data: Path, tmp_path: Path) -> None:
    plan = shared_data / PLAN
    record = delivered(plan, tmp_path, [{"do": "default"}])[0]
    source = dcmread(plan)
    (reference,) = record.ReferencedRTPlanSequence
    assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert record.TreatmentMachineSequence[0].Manufacturer == "linacsim (emulator)"
    (beam,) = record.TreatmentSessionBeamSequence
    points = beam.ControlPointDeliverySequence
    assert len(points) == beam.NumberOfControlPoints
    indices = [int(point.ReferencedControlPointIndex) for point in points]
    assert indices == sorted(indices)
    mu = [float(point.DeliveredMeterset) for point in points]
    assert np.all(np.diff(mu) >= 0)
    np.testing.assert_allclose(mu, [float(point.SpecifiedMeterset) for point in points], atol=0.1)


@pytest.mark.parametrize(
    "name",
    ["truebeam-m120-3dcrt", "varian-T0.2-picketfence-static-m120", "varian-m120-sliding-window"],
)
def test_dciodvfy_finds_no_error(shared_data: Path, tmp_path: Path, name: str) -> None:
    assert delivered(shared_data / f"plans/{name}.dcm", tmp_path, [{"do": "default"}])
    assert_valid(tmp_path)


def test_records_of_elekta_fields(shared_data: Path, tmp_path: Path) -> None:
    plan = shared_data / "plans/agility-monaco-vmat-template.dcm"
    words = ["deliver", str(plan), "--machine", "agility", "--record", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, words).exit_code == 0
    records = [dcmread(path) for path in tmp_path.glob("*.dcm")]
    for number, mu in planned(plan).items():
        assert sums(records)[number] == pytest.approx(mu, abs=0.1)
    assert_valid(tmp_path)


def test_a_record_says_where_the_wedge_was(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_bytes(encoded(wedged(good_plan(), "IN", "OUT", "OUT")))
    out = tmp_path / "out"
    words = ["deliver", str(path), "--machine", "precise-mlc", "--record", "--out", str(out)]
    assert CliRunner().invoke(app, words).exit_code == 0
    (record,) = [dcmread(one) for one in out.glob("*.dcm")]
    points = record.TreatmentSessionBeamSequence[0].ControlPointDeliverySequence
    assert [one.WedgePositionSequence[0].WedgePosition for one in points] == ["IN", "OUT", "OUT"]
    assert_valid(out)


def test_a_record_names_the_fraction_group_of_its_beam(tmp_path: Path) -> None:
    groups = [rtplans.group((1, 100.0)), rtplans.group((2, 5.0), number=7)]
    plan = rtplans.plan(rtplans.beam(), rtplans.beam(number=2), groups=groups)
    path = rtplans.write(tmp_path / "plan.dcm", plan)
    words = ["deliver", str(path), "--beam", "2", "--record", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, words).exit_code == 0
    (record,) = [dcmread(one) for one in (tmp_path / "out").glob("*.dcm")]
    assert record.ReferencedFractionGroupNumber == 7


@pytest.mark.parametrize("charset", [None, ["", "ISO 2022 IR 87"]], ids=["ascii", "japanese"])
def test_hostile_names_make_valid_records_and_no_warning(
    tmp_path: Path, charset: list[str] | None
) -> None:
    plan = good_plan()
    if charset:
        plan.SpecificCharacterSet = charset
    plan.PatientName, plan.StudyID = "PHAN^XXXWATER", "STUDXY"
    plan.BeamSequence[0].BeamName = "FIELDXY"
    told = encoded(plan)
    for text, bad in (
        (b"XXX", b"\x1b[\x9b"),
        (b"STUDXY", b"ST\x1b[2J"),
        (b"FIELDXY", b"F\xe9\x07LDXY"),
    ):
        told = told.replace(text, bad)
    path = tmp_path / "plan"
    path.write_bytes(told)
    words = ["deliver", str(path), "--machine", "precise-mlc", "--record", "--out", str(tmp_path)]
    done = subprocess.run(["linacsim", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr + done.stdout
    (record,) = tmp_path.glob("*.dcm")
    assert dcmread(record).PatientName == "PHAN^ [ WATER"
    assert dcmread(record).TreatmentSessionBeamSequence[0].BeamName == "F\xe9 LDXY"
    assert_valid(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_records_of_a_plan_with_invalid_values_are_valid(tmp_path: Path) -> None:
    one = rtplans.beam(BeamName="a\\b" + "N" * 70, BeamDescription="d" * 2000)
    del one.BeamType
    plan = rtplans.plan(one, groups=[rtplans.group((1, 5.0))], PatientSex="UNKNOWN")
    plan.PatientName, plan.AccessionNumber = "F" * 70 + "^G", "A" * 20
    plan.StudyTime, plan.PatientBirthDate = "noon", "1.1.2000"
    words = ["deliver", str(rtplans.write(tmp_path / "plan", plan)), "--record", "--out"]
    assert CliRunner().invoke(app, [*words, str(tmp_path / "out")]).exit_code == 0
    (record,) = [dcmread(one) for one in (tmp_path / "out").glob("*.dcm")]
    assert record.PatientName == "F" * 64
    assert record.PatientSex == record.StudyTime == record.PatientBirthDate == ""
    (session,) = record.TreatmentSessionBeamSequence
    assert (session.BeamName, session.BeamType) == ("a/b" + "N" * 61, "STATIC")
    assert_valid(tmp_path / "out")


def test_a_plan_that_records_could_not_name_is_refused_before_it_is_delivered(
    tmp_path: Path,
) -> None:
    plan = rtplans.plan()
    del plan.SOPInstanceUID
    words = ["deliver", str(rtplans.write(tmp_path / "plan", plan)), "--record", "--out"]
    done = CliRunner().invoke(app, [*words, str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "(0008,0018)" in done.stderr
    assert not (tmp_path / "out").exists()


def assert_valid(folder: Path) -> None:
    program = shutil.which("dciodvfy")
    need(program is not None, "dciodvfy (Debian dicom3tools)")
    for path in folder.glob("*.dcm"):
        done = subprocess.run([str(program), str(path)], capture_output=True, text=True, timeout=60)
        assert "RTBeamsTreatmentRecord" in done.stdout + done.stderr
        assert not re.findall(r"^Error.*", done.stdout + done.stderr, re.MULTILINE)


def test_an_archive_takes_the_records_and_finds_them(shared_data: Path, tmp_path: Path) -> None:
    records = delivered(shared_data / PLAN, tmp_path, INTERRUPTED)
    with archive(tmp_path) as port:
        assert "exit 0" in call("echoscu", port)
        _, statuses = store(port, *sorted(tmp_path.glob("*.dcm")))
        told = call("findscu", port, "-S", *_query(records[0]))
    assert statuses == ["0000"] * 3
    found = re.findall(r"\(0008,0018\) UI \[([0-9.]+)", told)
    assert sorted(found) == sorted(record.SOPInstanceUID for record in records)


def _query(record: Dataset) -> list[str]:
    """Return findscu's options that ask for all records of a record's study."""
    keys = {
        "QueryRetrieveLevel": "IMAGE",
        "StudyInstanceUID": record.StudyInstanceUID,
        "SeriesInstanceUID": "",
        "Modality": "RTRECORD",
        "SOPInstanceUID": "",
    }
    return [part for key, value in keys.items() for part in ("-k", f"{key}={value}")]
