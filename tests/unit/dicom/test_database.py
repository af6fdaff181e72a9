"""A plan is stored whole or not at all (DP-5)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from sqlalchemy import event, func, select, text, update

from linacsim.dicom.desktop_pro import tables
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask, Patient
from linacsim.dicom.desktop_pro.database import Arrival, Delivery, NotSaved, Service
from linacsim.dicom.desktop_pro.prescription import Parameter, prescription_of
from linacsim.model.findings import InputError
from tests import postgres
from tests.elekta_plans import blocked, electrons, good_plan, group, item, request_of

WHEN = datetime(2024, 3, 1, 12, 15, 45)
ARRIVAL = Arrival(WHEN, "PLANNER", Code.SUCCESS)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Service]:
    made = Service(f"sqlite:///{tmp_path / 'service.db'}")
    yield made
    made.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres.postgresql() as url:
        yield url


@pytest.fixture
def postgresql(server: str) -> Iterator[Service]:
    made = Service(server)
    yield made
    tables.metadata.drop_all(made.engine)
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Service:
    made: Service = request.getfixturevalue(request.param)
    return made


def save(service: Service, plan: Dataset, *masks: Mask, dicom: bytes = b"x") -> tuple[str, ...]:
    request = request_of(plan, frozenset(masks))
    return service.save(prescription_of(request, WHEN), ARRIVAL, dicom)


def rows(service: Service) -> dict[str, int]:
    counted = (tables.plans, tables.fields, tables.sequences, tables.dose_points)
    with service.engine.begin() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in counted
        }


def test_a_plan_and_all_that_belongs_to_it(service: Service) -> None:
    assert save(service, good_plan(), dicom=b"plan") == ("[DCM] PH01-SQUARE Fr001 001",)
    stored = service.prescription(1)
    assert stored["dicom"] == b"plan"
    assert stored["information"]["StudyID"] == "1"
    (field,) = stored["fields"]
    assert field["name"] == "[DCM 01/03/24 12:15:45] 1. Field 1"
    assert field["prescribed"] == {
        "meterset_mu": "100.0",
        "tolerance_table": "NARROW",
        "energy": "6",
    }
    assert field["unprescribed"] == []
    assert field["information"]["DeviceSerialNumber"] == "1001"
    (point,) = stored["dose_points"]
    assert (point["name"], point["type"], point["maximum_gy"]) == ("1 Axis", "TARGET", 42)
    assert stored["sequences"][0]["fields"] == [1]


def test_dose_contributions_and_the_surface_distance(service: Service) -> None:
    plan = good_plan()
    points = plan.BeamSequence[0].ControlPointSequence
    for coefficient, one in zip((0, 0.9), points, strict=True):
        one.ReferencedDoseReferenceSequence = [
            item(ReferencedDoseReferenceNumber=1, CumulativeDoseReferenceCoefficient=coefficient)
        ]
    points[0].SourceToSurfaceDistance, points[1].SourceToSurfaceDistance = 900, 800
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDose = 2
    save(service, plan)
    del plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDose
    save(service, plan)
    first, second = service.prescription(1), service.prescription(2)
    assert first["fields"][0]["information"]["SourceToSurfaceDistance"] == "900.0"
    (given,), (unprescribed,) = first["contributions"], second["contributions"]
    assert (given["field"], given["dose_reference"], given["dose_gy"]) == (1, 1, 1.8)
    assert unprescribed["dose_gy"] is None


def test_the_same_plan_again_is_the_next(service: Service) -> None:
    plan = good_plan()
    names = [save(service, plan)[0] for _ in range(3)]
    assert [name[-3:] for name in names] == ["001", "002", "003"]


def test_a_plan_can_be_sent_999_times(service: Service) -> None:
    plan = good_plan()
    save(service, plan)
    with service.engine.begin() as connection:
        connection.execute(update(tables.sequences).values(counter=999))
    with pytest.raises(NotSaved, match="999"):
        save(service, plan)
    assert rows(service)["plans"] == 1


def test_a_sequence_per_group(service: Service) -> None:
    plan = good_plan()
    plan.FractionGroupSequence.append(group(12, {1: 100.0}))
    assert [name[-9:] for name in save(service, plan)] == ["Fr001 001", "Fr012 001"]


def test_without_groups_one_sequence_has_all_beams(service: Service) -> None:
    plan = good_plan()
    del plan.FractionGroupSequence
    assert save(service, plan) == ("[DCM] PH01-SQUARE Fr001 001",)
    assert service.prescription(1)["fields"][0]["unprescribed"] == [Parameter.METERSET]


def test_masks_leave_parameters_open(service: Service) -> None:
    save(service, good_plan(), Mask.TOLERANCE_TABLES, Mask.ENERGY)
    save(service, blocked(good_plan(), "TRAY1"), Mask.SHADOW_TRAY)
    save(service, electrons(good_plan()), Mask.ACCESSORY_FITMENT, Mask.ACCESSORY_MOUNT)
    found = [service.prescription(k)["fields"][0]["unprescribed"] for k in (1, 2, 3)]
    assert found == [
        ["tolerance_table", "energy"],
        ["shadow_tray"],
        ["accessory_fitment", "accessory_mount"],
    ]


def test_an_unlabelled_table_leaves_the_table_open(service: Service) -> None:
    plan = good_plan()
    del plan.ToleranceTableSequence[0].ToleranceTableLabel
    save(service, plan)
    assert service.prescription(1)["fields"][0]["unprescribed"] == ["tolerance_table"]


def test_completing_a_field(service: Service) -> None:
    save(service, good_plan(), Mask.ENERGY)
    service.complete(1, 1, {Parameter.ENERGY: "6"})
    (field,) = service.prescription(1)["fields"]
    assert field["unprescribed"] == []
    assert field["prescribed"]["energy"] == "6"
    with pytest.raises(InputError, match="meterset_mu of field 1 is prescribed by the plan"):
        service.complete(1, 1, {Parameter.METERSET: "5"})
    with pytest.raises(InputError, match="no field 7"):
        service.complete(1, 7, {})


def test_blocks_become_notes(service: Service) -> None:
    save(service, blocked(good_plan(), "TRAY1"))
    assert service.prescription(1)["fields"][0]["notes"] == ["Block 1: SHIELDING B"]


def test_setups_become_notes_where_they_are_referenced(service: Service) -> None:
    plan = good_plan()
    setup = plan.PatientSetupSequence[0]
    setup.SetupTechnique = "ISOCENTRIC"
    setup.FixationDeviceSequence = [
        item(FixationDeviceType="MASK", FixationDeviceLabel="M1", FixationDevicePosition="2")
    ]
    save(service, plan)
    plan.FractionGroupSequence[0].ReferencedPatientSetupNumber = 1
    plan.BeamSequence[0].ReferencedPatientSetupNumber = 1
    save(service, plan)
    silent, noted = service.prescription(1), service.prescription(2)
    note = "HFS, ISOCENTRIC, MASK, M1, 2"
    assert silent["notes"] == silent["fields"][0]["notes"] == []
    assert noted["notes"] == noted["fields"][0]["notes"] == [note]


def test_how_many_values_are_logged(service: Service) -> None:
    plan = good_plan()
    plan.PhysiciansOfRecord = [f"Doctor^{k}" for k in range(7)]
    plan.OperatorsName = ["Operator^1", "Operator^2"]
    save(service, plan)
    logged = service.prescription(1)["information"]
    assert len(logged["PhysiciansOfRecord"].split("\\")) == 5
    assert logged["OperatorsName"] == "Operator^1"


def test_the_patient_is_remembered(service: Service) -> None:
    assert service.patient("PH01") is None
    save(service, good_plan())
    assert service.patient("PH01") == Patient("Phantom^Water", "20000101", "O")


def test_a_database_that_knows_no_fraction_groups_learns_them(service: Service) -> None:
    plan = good_plan()
    plan.FractionGroupSequence = [group(7, {1: 100.0}), group(2, {1: 100.0})]
    save(service, plan)
    save(service, good_plan())
    for number in (1, 2):
        service.delivered(number, Delivery(0, WHEN, "COMPLETE", 100.0))
    before = service.prescriptions()
    with service.engine.begin() as connection:
        for table in ("sequences", "deliveries"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN fraction_group"))
    service.close()
    for _ in range(2):
        again = Service(service.engine.url.render_as_string(hide_password=False))
        first, second = again.prescriptions()
        again.close()
        assert [one["fraction_group"] for one in first["sequences"]] == [7, 2]
        assert [one["fraction_group"] for one in first["deliveries"]] == [7]
        assert [one["fraction_group"] for one in second["deliveries"]] == [1]
    assert first["sequences"] == before[0]["sequences"]


def test_deleting_leaves_nothing(service: Service) -> None:
    save(service, good_plan())
    service.delivered(1, Delivery(1, WHEN, "COMPLETE", 100.0))
    service.delete(1)
    assert set(rows(service).values()) == {0}
    with pytest.raises(InputError, match="no prescription 1"):
        service.prescription(1)


def test_a_full_disk_leaves_the_database_as_it_was(sqlite: Service) -> None:
    service = sqlite
    save(service, good_plan())
    before = rows(service)

    def fill(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    service.engine.dispose()
    event.listen(service.engine, "connect", fill)
    with pytest.raises(NotSaved, match="full"):
        save(service, good_plan(), dicom=b"x" * 100_000)
    assert rows(service) == before
    assert save(service, good_plan()) == ("[DCM] PH01-SQUARE Fr001 002",)


@pytest.mark.parametrize("statement", range(1, 5))
def test_a_failure_at_any_statement_leaves_nothing(service: Service, statement: int) -> None:
    count = 0

    def fail(*_args: object) -> None:
        nonlocal count
        count += 1
        if count == statement:
            raise OSError("disk on fire")

    save(service, good_plan())
    before = rows(service)
    event.listen(service.engine, "after_cursor_execute", fail)
    with pytest.raises(NotSaved, match="disk on fire"):
        save(service, good_plan())
    event.remove(service.engine, "after_cursor_execute", fail)
    assert rows(service) == before


def test_hostile_texts_are_only_texts(service: Service) -> None:
    plan = good_plan()
    plan.PatientID = "../../etc'; drop table plans;--"
    save(service, plan)
    assert service.prescription(1)["patient_id"] == "../../etc'; drop table plans;--"


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "strange://x:y@z/d"])
def test_what_is_no_database(url: str) -> None:
    with pytest.raises(InputError, match="cannot open the database") as error:
        Service(url)
    assert "x:y" not in str(error.value)
