"""What the plan reader makes of plans that are right, in all the forms that files have."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from linacsim.formats.rtplan import is_dicom, parse_plan, plan_of, read_plan
from linacsim.model.findings import Severity
from linacsim.model.rt_plan import Rotation
from tests.rtplans import (
    arc,
    beam,
    device,
    encoded,
    first_point,
    group,
    item,
    leaves,
    placed,
    plan,
    point,
    read,
    rules,
)

HALF = 0.5


def test_a_plain_plan_has_no_findings() -> None:
    made = read(plan())
    assert made.findings == ()
    one = made.plan.beams[0]
    assert (one.number, one.name, one.machine, one.radiation) == (1, "Field 1", "TB1", "PHOTON")
    assert one.mlc is not None
    assert one.mlc.mlc == "Millennium 120"
    assert one.points.x_jaws_mm.tolist() == [[-50, 50]] * 2
    assert made.plan.fraction_groups[0].beams[0].meterset == 100.0


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("preamble", [True, False])
def test_all_encodings_read_alike(tmp_path: Path, implicit: bool, preamble: bool) -> None:
    dataset = plan(arc([350.0, 10.0, 30.0]))
    path = tmp_path / "plan"
    path.write_bytes(encoded(dataset, implicit=implicit, preamble=preamble))
    assert is_dicom(path)
    made = read_plan(path)
    assert made.findings == ()
    assert made.plan.beams[0].points.gantry_deg.tolist() == [350, 370, 390]


@pytest.mark.parametrize("big", [True, False])
def test_sequences_without_a_length_and_other_byte_orders_read_alike(big: bool) -> None:
    dataset = plan(arc([350.0, 10.0, 30.0]))
    dataset["BeamSequence"].is_undefined_length = True
    for one in dataset.BeamSequence[0].ControlPointSequence:
        one.is_undefined_length_sequence_item = True
    made = parse_plan(encoded(dataset, implicit=False, big=big), "plan.dcm")
    assert made.findings == ()
    points = made.plan.beams[0].points
    assert points.gantry_deg.tolist() == [350, 370, 390]
    assert points.leaves_mm[0, [0, 60]].tolist() == [-60, 60]


def test_a_dataset_in_memory_reads_as_from_a_file() -> None:
    dataset = plan(arc([350.0, 10.0, 30.0]))
    here, there = plan_of(dataset, "plan.dcm").plan, read(dataset).plan
    assert here.beams[0].points.gantry_deg.tolist() == there.beams[0].points.gantry_deg.tolist()
    assert here.fraction_groups == there.fraction_groups


def test_implicit_items_within_an_explicit_file_are_read() -> None:
    explicit, implicit = (encoded(plan(), implicit=way) for way in (False, True))
    tag = b"\x0a\x30\xb0\x00"
    at, before = implicit.index(tag), explicit.index(tag)
    length = int.from_bytes(implicit[at + 4 : at + 8], "little")
    value = implicit[at + 8 : at + 8 + length]
    head = tag + b"SQ\0\0" + length.to_bytes(4, "little")
    end = explicit.index(tag) + 12 + int.from_bytes(explicit[before + 8 : before + 12], "little")
    from linacsim.formats.rtplan import parse_plan

    made = parse_plan(explicit[:before] + head + value + explicit[end:], "mixed")
    assert made.findings == ()
    assert len(made.plan.beams[0].points) == 2


def test_weights_are_shares_of_the_final_one() -> None:
    points = (first_point(), point(1, 20.0), point(2, 80.0))
    one = read(plan(beam(*points, mlc="", FinalCumulativeMetersetWeight=80.0))).plan.beams[0]
    assert one.cumulative_mu(120.0).tolist() == [0, 30, 120]


def test_what_a_point_does_not_say_is_carried_forward() -> None:
    points = (
        first_point(placed("ASYMX", -50, 50), placed("ASYMY", -50, 50), GantryAngle=90.0),
        point(1, HALF, BeamLimitingDevicePositionSequence=[placed("ASYMX", -20, 20)]),
        point(2, 1.0),
    )
    made = read(plan(beam(*points, mlc="")))
    assert made.findings == ()
    at = made.plan.beams[0].points
    assert at.x_jaws_mm.tolist() == [[-50, 50], [-20, 20], [-20, 20]]
    assert at.y_jaws_mm.tolist() == [[-50, 50]] * 3
    assert at.gantry_deg.tolist() == [90] * 3
    assert at.energy.tolist() == [6] * 3


def test_dose_rate_zero_means_unset() -> None:
    points = (first_point(DoseRateSet=0), point(1, HALF, DoseRateSet=0), point(2, 1.0))
    made = read(plan(beam(*points, mlc="")))
    assert made.findings == ()
    assert np.isnan(made.plan.beams[0].points.dose_rate).all()


def test_dose_rate_belongs_to_the_segment_that_begins() -> None:
    points = (first_point(DoseRateSet=400), point(1, HALF, DoseRateSet=100), point(2, 1.0))
    made = read(plan(beam(*points, mlc="")))
    assert made.plan.beams[0].points.dose_rate.tolist() == [400, 100, 100]


def test_symmetric_jaws_and_an_absent_x_jaw() -> None:
    devices = [device("X"), device("Y")]
    points = (first_point(placed("X", -30, 30), placed("Y", -40, 40)), point(1, 1.0))
    made = read(plan(beam(*points, BeamLimitingDeviceSequence=devices)))
    assert made.findings == ()
    assert made.plan.beams[0].points.y_jaws_mm[0].tolist() == [-40, 40]
    devices = [device("ASYMY"), device("MLCX", "Agility")]
    where = placed("ASYMY", -40, 40), placed("MLCX", *leaves(-5, 5, 80))
    made = read(plan(beam(first_point(*where), point(1, 1.0), BeamLimitingDeviceSequence=devices)))
    assert made.findings == ()
    assert np.isnan(made.plan.beams[0].points.x_jaws_mm).all()


def test_empty_couch_positions_and_beam_number_zero() -> None:
    values = {"TableTopVerticalPosition": None, "TableTopLateralPosition": 30.0}
    made = read(plan(beam(first_point(**values), point(1, 1.0), mlc="", number=0)))
    assert made.findings == ()
    assert made.plan.beams[0].number == 0
    assert np.isnan(made.plan.beams[0].points.couch_mm[0]).tolist() == [True, True, False]


def test_beams_are_delivered_in_the_order_of_the_references() -> None:
    made = read(plan(beam(number=7), beam(number=3), groups=[group((3, 10.0), (7, 20.0))]))
    assert made.findings == ()
    assert [one.number for one in made.plan.beams] == [7, 3]
    assert [one.number for one in made.plan.fraction_groups[0].beams] == [3, 7]


def test_setup_beams_need_no_meterset_and_groups_may_be_two() -> None:
    setup = beam(number=2, TreatmentDeliveryType="SETUP")
    groups = [group((1, 10.0), (2, None)), group((1, 20.0), number=2)]
    made = read(plan(beam(), setup, groups=groups))
    assert made.findings == ()
    assert not made.plan.beams[1].is_treatment
    assert [one.beams[0].meterset for one in made.plan.fraction_groups] == [10, 20]
    second = made.plan.fraction_group(2)
    assert second is not None
    assert second.beams[0].meterset == 20
    found = [made.plan.reference(1, number) for number in (None, 1, 2)]
    assert [one and (one[0].number, one[1].meterset) for one in found] == [
        (1, 10),
        (1, 10),
        (2, 20),
    ]
    assert made.plan.reference(2, 2) is None
    assert made.plan.reference(1, 3) is None


def test_setup_beams_may_lack_what_only_dose_needs() -> None:
    setup = beam(number=2, TreatmentDeliveryType="SETUP", FinalCumulativeMetersetWeight=None)
    for one in setup.ControlPointSequence:
        one.CumulativeMetersetWeight = None
    del setup.ControlPointSequence[0].NominalBeamEnergy
    made = read(plan(beam(), setup, groups=[group((1, 10.0), (2, None))]))
    assert {one.severity for one in made.findings} == {Severity.NOTE}
    assert made.plan.beam(2) is not None


def test_a_beam_that_no_group_references_is_told() -> None:
    made = read(plan(beam(), beam(number=2), groups=[group((1, 10.0))]))
    assert rules(made) == ["unreferenced-beam"]
    assert made.findings[0].severity is Severity.WARNING


def test_points_that_only_move_have_no_dose() -> None:
    points = [first_point(GantryAngle=0.0)]
    points += [point(1, HALF), point(2, HALF, GantryAngle=90.0), point(3, 1.0)]
    points[1].GantryRotationDirection = "CW"
    points[2].GantryRotationDirection = "NONE"
    made = read(plan(beam(*points, mlc="")))
    assert made.findings == ()
    at = made.plan.beams[0].points
    assert np.diff(at.weight).tolist() == [HALF, 0, HALF]
    assert np.diff(at.gantry_deg).tolist() == [0, 90, 0]


@pytest.mark.parametrize(
    ("mlc", "pairs"),
    [
        ("Millennium 120", 60),
        ("Millennium 80 or MLCi", 40),
        ("HD120", 60),
        ("Beam Modulator", 40),
        ("Agility", 80),
    ],
)
def test_each_mlc_is_known_by_its_boundaries(mlc: str, pairs: int) -> None:
    found = read(plan(beam(mlc=mlc)))
    assert found.findings == ()
    assert found.plan.beams[0].mlc is not None
    assert (found.plan.beams[0].mlc.mlc, found.plan.beams[0].mlc.pairs) == (mlc, pairs)


@pytest.mark.parametrize(
    ("angles", "direction", "travelled"),
    [
        ([181.0, 0.0, 179.0], "CW", [179.0, 179.0]),
        ([179.0, 0.0, 181.0], "CC", [-179.0, -179.0]),
        ([350.0, 10.0], "CW", [20.0]),
        ([350.0, 10.0], "CC", [-340.0]),
        ([0.0, 359.9], "CC", [-0.1]),
    ],
)
def test_rotations_go_the_way_that_is_stated(
    angles: list[float], direction: str, travelled: list[float]
) -> None:
    made = read(plan(arc(angles, direction)))
    assert made.findings == ()
    at = made.plan.beams[0].points
    assert np.diff(at.gantry_deg) == pytest.approx(travelled)
    assert at.gantry_rotation[0] is Rotation(direction)
    assert at.gantry_rotation[-1] is Rotation.NONE


@pytest.mark.parametrize(("direction", "turn"), [("CW", 360.0), ("CC", -360.0)])
def test_the_same_angle_with_a_direction_is_a_full_turn_and_told(
    direction: str, turn: float
) -> None:
    made = read(plan(arc([180.0, 180.0], direction)))
    assert np.diff(made.plan.beams[0].points.gantry_deg).tolist() == [turn]
    (told,) = made.findings
    assert (told.rule, told.severity) == ("rtplan.full-turn", Severity.WARNING)
    assert "full turn" in told.found
    assert told.place.control_point == 0


def test_a_point_said_twice_within_an_arc_is_no_turn_but_told() -> None:
    def twice(beam: Dataset) -> None:
        beam.ControlPointSequence[2].CumulativeMetersetWeight = HALF
        beam.ControlPointSequence[1].CumulativeMetersetWeight = HALF

    made = read(plan(arc([10.0, 20.0, 20.0, 30.0], change=twice)))
    assert np.diff(made.plan.beams[0].points.gantry_deg) == pytest.approx([10, 0, 10])
    (told,) = made.findings
    assert (told.rule, told.severity) == ("rtplan.full-turn", Severity.WARNING)
    assert told.place.control_point == 1


def test_a_direction_without_a_new_angle_is_no_turn() -> None:
    points = (first_point(GantryRotationDirection="CW"), point(1, HALF), point(2, 1.0))
    made = read(plan(beam(*points, mlc="")))
    assert np.diff(made.plan.beams[0].points.gantry_deg).tolist() == [0, 0]


def test_collimator_and_couch_turn_against_the_gantry_sense() -> None:
    first = first_point(
        BeamLimitingDeviceRotationDirection="CC", PatientSupportRotationDirection="CW"
    )
    last = point(1, 1.0, BeamLimitingDeviceAngle=30.0, PatientSupportAngle=350.0)
    made = read(plan(beam(first, last, mlc="")))
    assert made.findings == ()
    assert made.plan.beams[0].points.collimator_deg.tolist() == [0, 30]
    assert made.plan.beams[0].points.support_deg.tolist() == [0, -10]


def test_tolerances_wedges_fitments_and_motion_are_kept() -> None:
    table = item(
        ToleranceTableNumber=1,
        ToleranceTableLabel="T1",
        GantryAngleTolerance=2.0,
        BeamLimitingDeviceToleranceSequence=[
            item(RTBeamLimitingDeviceType="ASYMX", BeamLimitingDevicePositionTolerance=3.0)
        ],
    )
    wedge = item(WedgeNumber=1, WedgeType="MOTORIZED", WedgeAngle=60, WedgeOrientation=0)
    points = [first_point(), point(1, HALF), point(2, 1.0)]
    for at, word in ((0, "IN"), (1, "OUT")):
        where = item(ReferencedWedgeNumber=1, WedgePosition=word)
        points[at].WedgePositionSequence = [where]
    one = beam(
        *points,
        mlc="",
        NumberOfWedges=1,
        WedgeSequence=[wedge],
        NumberOfBlocks=1,
        BlockSequence=[item(BlockTrayID="T7", BlockType="SHIELDING")],
        ReferencedToleranceTableNumber=1,
        PrimaryFluenceModeSequence=[item(FluenceMode="NON_STANDARD", FluenceModeID="FFF")],
    )
    setup = item(PatientSetupNumber=1, MotionSynchronizationSequence=[item(PatientID="x")])
    made = read(plan(one, ToleranceTableSequence=[table], PatientSetupSequence=[setup]))
    assert made.findings == ()
    found = made.plan.beams[0]
    kept = made.plan.tolerance_table(found.tolerance_table)
    assert kept is not None
    assert dict(kept.tolerances) == {"gantry": 2.0, "ASYMX": 3.0}
    assert found.points.wedge_positions[1] == ("IN", "OUT", "OUT")
    assert (found.fitments[0].kind, found.fitments[0].id) == ("block", "T7")
    assert found.fluence == "FFF"
    assert made.plan.motion_synchronized


def test_a_tolerance_table_that_the_plan_lacks_is_told() -> None:
    made = read(plan(beam(ReferencedToleranceTableNumber=4)))
    assert rules(made) == ["unknown-table"]
    assert made.findings[0].severity is Severity.WARNING


def test_names_stay_one_line_of_text() -> None:
    made = read(
        plan(
            beam(BeamName="../a\\b\nc", BeamDescription="Prüfung"),
            SpecificCharacterSet="ISO_IR 192",
        )
    )
    assert made.plan.beams[0].name == "../a\\b c"
    assert made.plan.beams[0].description == "Prüfung"


def test_private_tags_are_passed_over() -> None:
    dataset = plan()
    dataset.private_block(0x3285, "ACME", create=True).add_new(0x01, "LO", "whatever")
    first = dataset.BeamSequence[0].ControlPointSequence[0]
    first.private_block(0x3285, "ACME", create=True).add_new(0x02, "DS", "1.0")
    assert read(dataset).findings == ()


def test_ten_thousand_control_points_are_read() -> None:
    points = [first_point()] + [point(k, float(k)) for k in range(1, 10_000)]
    one = beam(*points, mlc="", FinalCumulativeMetersetWeight=9999.0)
    made = read(plan(one))
    assert rules(made) == []
    assert len(made.plan.beams[0].points) == 10_000
