"""Beams for a TrueBeam made of plans: positions, sequences, accessories, what is refused."""

import numpy as np
import pytest
from pydicom import Dataset

from linacsim.formats.rtplan import plan_of, truebeam_sequences
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, has_errors
from tests.rtplans import (
    arc,
    beam,
    first_point,
    group,
    item,
    leaves,
    placed,
    plan,
    point,
)

M120 = load_machine("truebeam-m120")


def made(dataset: Dataset) -> tuple[tuple[Beam, ...], tuple[Finding, ...]]:
    read = plan_of(dataset, "plan.dcm")
    assert not has_errors(read.findings)
    chosen = read.plan.fraction_group()
    assert chosen is not None
    return truebeam_sequences(read.plan, chosen.beams, M120)


def only(dataset: Dataset) -> Beam:
    beams, findings = made(dataset)
    assert findings == ()
    assert len(beams) == 1
    return beams[0]


def refusal(dataset: Dataset) -> str:
    _, findings = made(dataset)
    errors = [str(one) for one in findings if one.severity == "error"]
    assert len(errors) == 1
    return errors[0]


@pytest.mark.parametrize("name", ["FFF", "6FFF", "fff"])
def test_beams_without_a_flattening_filter_are_known_however_they_are_called(name: str) -> None:
    one = beam()
    one.PrimaryFluenceModeSequence = [item(FluenceMode="NON_STANDARD", FluenceModeID=name)]
    assert only(plan(one)).energy == "6xFFF"


def test_positions_are_in_varian_scale() -> None:
    first = first_point(
        placed("ASYMX", -40, 30),
        placed("ASYMY", -20, 10),
        placed("MLCX", *leaves(-15, 25)),
        GantryAngle=90.0,
        BeamLimitingDeviceAngle=10.0,
        PatientSupportAngle=350.0,
        TableTopVerticalPosition=-125.0,
        TableTopLongitudinalPosition=900.0,
        TableTopLateralPosition=-20.0,
        TableTopPitchAngle=359.0,
        TableTopRollAngle=1.0,
    )
    one = only(plan(beam(first, point(1, 1.0))))
    at = one.control_points.axes[0]
    assert at.tolist() == [90, 170, 112.5, 98, 90, 190, -1, 1, 4, 3, 2, 1]
    shape = one.control_points.leaves[0]
    assert (shape[:60] == 2.5).all()
    assert (shape[60:] == 1.5).all()
    assert one.resolved_mu().tolist() == [0, 100]
    assert (one.energy, one.mlc_model, one.accessories) == ("6x", "NDS120", (0, 0, 0, 0))
    assert one.control_points.dose_rate[0] == 600


def test_later_points_hold_only_what_changes() -> None:
    one = only(plan(arc([90.0, 80.0, 80.5], "CC")))
    points = one.control_points
    assert np.isnan(points.leaves[1:]).all()
    moved = ~np.isnan(points.axes[1:])
    assert moved[:, Axis.GANTRY_RTN].all()
    assert moved.sum() == 2


@pytest.mark.parametrize(
    ("angles", "direction", "varian"),
    [
        ([181.0, 0.0, 179.0], "CW", [359.0, 180.0, 1.0]),
        ([179.0, 0.0, 181.0], "CC", [1.0, 180.0, 359.0]),
        ([180.0, 180.0], "CW", [360.0, 0.0]),
        ([180.0, 180.0], "CC", [0.0, 360.0]),
        ([184.0, 0.0, 176.0], "CW", [356.0, 180.0, 4.0]),
        ([176.0, 0.0, 175.0], "CC", [4.0, 180.0, 365.0]),
        ([180.0, 179.0], "CC", [0.0, 1.0]),
        ([180.0, 181.0], "CW", [360.0, 359.0]),
    ],
)
def test_arcs_stay_within_the_reach_of_the_gantry(
    angles: list[float], direction: str, varian: list[float]
) -> None:
    one = only(plan(arc(angles, direction)))
    assert one.resolved_positions()[:, Axis.GANTRY_RTN].tolist() == varian


@pytest.mark.parametrize(("angle", "varian"), [(180.0, 0.0), (180.1, 359.9), (0.0, 180.0)])
def test_a_static_gantry_at_the_bottom(angle: float, varian: float) -> None:
    dataset = plan()
    dataset.BeamSequence[0].ControlPointSequence[0].GantryAngle = angle
    one = only(dataset)
    assert one.control_points.axes[0, Axis.GANTRY_RTN] == pytest.approx(varian)


def test_fields_that_go_together_are_one_sequence() -> None:
    dataset = plan(beam(number=5), arc([0.0, 10.0]), groups=[group((5, 30.0), (1, 70.0))])
    one = only(dataset)
    assert one.resolved_mu().tolist() == [0, 30, 30, 100]
    found = [(k, sub.seq, sub.name) for k, sub in one.control_points.sub_beam.items()]
    assert found == [(0, 0, "Field 5"), (2, 1, "Field 1")]
    assert one.id == 5


def other_energy(one: Dataset) -> None:
    one.ControlPointSequence[0].NominalBeamEnergy = 10.0


def flattening_free(one: Dataset) -> None:
    one.PrimaryFluenceModeSequence = [item(FluenceMode="NON_STANDARD", FluenceModeID="FFF")]


def placed_couch(one: Dataset) -> None:
    one.ControlPointSequence[0].TableTopVerticalPosition = -100.0


@pytest.mark.parametrize("change", [other_energy, flattening_free, placed_couch])
def test_fields_that_do_not_go_together_are_several(change: object) -> None:
    second = beam(number=2)
    assert callable(change)
    change(second)
    beams, findings = made(plan(beam(), second, beam(number=3), beam(number=4)))
    assert findings == ()
    numbers = [[sub.name for sub in one.control_points.sub_beam.values()] for one in beams]
    assert numbers == [["Field 1"], ["Field 2"], ["Field 3", "Field 4"]]


def test_a_beam_of_no_mu_is_told() -> None:
    (made_beam,), findings = made(plan(groups=[group((1, 0.0))]))
    assert made_beam.resolved_mu()[-1] == 0
    assert [one.rule for one in findings] == ["rtplan.no-mu"]


def test_an_energy_that_changes_in_a_later_field_is_not_lost() -> None:
    later = beam(number=2)
    later.ControlPointSequence[1].NominalBeamEnergy = 10.0
    assert only(plan(beam(), later)).control_points.energy == {0: "6x", 3: "10x"}


def test_tolerances_go_along_for_what_is_placed() -> None:
    table = item(
        ToleranceTableNumber=3,
        ToleranceTableLabel="T",
        GantryAngleTolerance=1.5,
        TableTopVerticalPositionTolerance=50.0,
        BeamLimitingDeviceToleranceSequence=[
            item(RTBeamLimitingDeviceType=kind, BeamLimitingDevicePositionTolerance=mm)
            for kind, mm in (("X", 10.0), ("ASYMX", 5.0), ("MLCX", 1.0))
        ],
    )
    dataset = plan(beam(ReferencedToleranceTableNumber=3), ToleranceTableSequence=[table])
    assert dict(only(dataset).tolerances) == {"GantryRtn": 1.5, "X12": 0.5}


def test_a_field_without_mlc_parks_its_leaves() -> None:
    beams, findings = made(plan(beam(mlc="")))
    assert [one.rule for one in findings] == ["rtplan.leaves-parked"]
    assert (beams[0].control_points.leaves[0] == M120.start[M120.layout.leaves]).all()
    assert beams[0].mlc_model == "NDS120"


def test_an_unset_dose_rate_is_the_highest_with_a_warning() -> None:
    dataset = plan(beam(first_point(DoseRateSet=0), point(1, 1.0), mlc=""))
    beams, findings = made(dataset)
    assert [one.rule for one in findings] == ["rtplan.no-dose-rate", "rtplan.leaves-parked"]
    assert beams[0].control_points.dose_rate[0] == 600


def test_gating_is_left_out_with_a_note() -> None:
    setup = item(PatientSetupNumber=1, MotionSynchronizationSequence=[item(PatientID="x")])
    beams, findings = made(plan(PatientSetupSequence=[setup]))
    assert [one.rule for one in findings] == ["rtplan.gating-left-out"]
    assert beams[0].imaging is None


def test_time_limits_go_along() -> None:
    dataset = plan()
    reference = dataset.FractionGroupSequence[0].ReferencedBeamSequence[0]
    reference.BeamDeliveryDurationLimit = 42.0
    assert only(dataset).control_points.sub_beam[0].max_rad_time_s == 42.0


def test_accessories_are_mounted_by_code_or_name() -> None:
    electrons = {"RadiationType": "ELECTRON", "mlc": ""}
    applicator = item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE")
    block = item(BlockTrayID="x", AccessoryCode="1664", BlockType="APERTURE")
    beams, _ = made(plan(beam(ApplicatorSequence=[applicator], **electrons)))
    assert beams[0].accessories == (0, 4001, 0, 0)
    assert beams[0].energy == "6e"
    beams, _ = made(plan(beam(NumberOfBlocks=1, BlockSequence=[block])))
    assert beams[0].accessories == (0, 1664, 0, 0)
    wedge = item(WedgeNumber=1, WedgeType="STANDARD", WedgeID="W30R30U", WedgeAngle=30)
    beams, _ = made(plan(beam(NumberOfWedges=1, WedgeSequence=[wedge])))
    assert beams[0].accessories == (3924, 0, 0, 0)


REFUSED = {
    "an unknown block tray": (
        {"NumberOfBlocks": 1, "BlockSequence": [item(BlockTrayID="tray")]},
        "(300A,00F4)",
    ),
    "an unknown wedge": (
        {"NumberOfWedges": 1, "WedgeSequence": [item(WedgeNumber=1, WedgeType="STANDARD")]},
        "(300A,00D1)",
    ),
    "a motorized wedge": (
        {"NumberOfWedges": 1, "WedgeSequence": [item(WedgeNumber=1, WedgeType="MOTORIZED")]},
        "(300A,00D3)",
    ),
    "a compensator": (
        {"NumberOfCompensators": 1, "CompensatorSequence": [item(CompensatorID="c")]},
        "(300A,00E3)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_that_shapes_the_dose_is_left_out(name: str) -> None:
    values, tag = REFUSED[name]
    text = refusal(plan(beam(**values)))
    assert tag in text


@pytest.mark.parametrize(
    ("words", "slot"), [("II", 3924), ("IO", 3924), ("OI", 0), ("IOO", None), ("OII", None)]
)
def test_a_wedge_is_mounted_for_all_segments_or_none(words: str, slot: int | None) -> None:
    wedge = item(WedgeNumber=1, WedgeType="STANDARD", WedgeID="W30R30U", WedgeAngle=30)
    last = len(words) - 1
    points = [first_point(), *(point(k, k / last) for k in range(1, last + 1))]
    one = beam(*points, mlc="", NumberOfWedges=1, WedgeSequence=[wedge])
    for row, word in zip(one.ControlPointSequence, words, strict=True):
        where = item(ReferencedWedgeNumber=1, WedgePosition={"I": "IN", "O": "OUT"}[word])
        row.WedgePositionSequence = [where]
    if slot is None:
        assert "the wedge goes in or out within the beam" in refusal(plan(one))
    else:
        (made_beam,), _ = made(plan(one))
        assert max(made_beam.accessories) == slot


def test_a_wedge_that_stays_out_is_none() -> None:
    wedge = item(WedgeNumber=1, WedgeType="MOTORIZED")
    dataset = plan(beam(NumberOfWedges=1, WedgeSequence=[wedge]))
    first = dataset.BeamSequence[0].ControlPointSequence[0]
    first.WedgePositionSequence = [item(ReferencedWedgeNumber=1, WedgePosition="OUT")]
    assert only(dataset).accessories == (0, 0, 0, 0)


def test_missing_meterset_and_jaws_and_eccentric_table_are_refused() -> None:
    assert "(300A,0086)" in refusal(plan(groups=[group((1, None))]))
    jaws = first_point(placed("ASYMY", -40, 40), placed("MLCX", *leaves(-5, 5)))
    assert "X jaws" in refusal(plan(beam(jaws, point(1, 1.0))))
    turned = plan()
    turned.BeamSequence[0].ControlPointSequence[0].TableTopEccentricAngle = 10.0
    assert "(300A,0125)" in refusal(turned)


def test_long_plans_are_split_where_one_beam_would_be_too_long() -> None:
    most = M120.planning.max_control_points

    def long(number: int) -> Dataset:
        points = [first_point()] + [point(k, k / (most - 1)) for k in range(1, most - 2)]
        points[-1].CumulativeMetersetWeight = 1.0
        return beam(*points, number=number, mlc="")

    beams, _ = made(plan(long(1), long(2)))
    assert [len(one.control_points) for one in beams] == [most - 2] * 2
