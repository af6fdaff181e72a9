"""Each rule by a plan that breaks it in one respect; good plans by none (DP-2, DP-3)."""

from collections.abc import Callable

import pytest
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask, Patient
from linacsim.dicom.desktop_pro.rules import TABLE
from linacsim.dicom.desktop_pro.validation import MOST_COMMENT, Answer, judge
from linacsim.formats.rtplan import plan_of
from linacsim.planning.fields.metersets import rounded
from tests.desktop_pro_cases import CASES, _blocked, _energies, _many_points, _wedged
from tests.elekta_plans import (
    Spoiled,
    arc,
    blocked,
    electrons,
    good_plan,
    modulator,
    request_of,
    sliding,
)

KNOWN = Patient("Phantom^Water", "20000101", "O")
RULES = {rule.id: rule for rule in TABLE}
SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


def answer_to(
    plan: Dataset,
    masks: frozenset[Mask] = frozenset(),
    patient: Patient | None = None,
    syntax: UID = ExplicitVRLittleEndian,
) -> Answer:
    return judge(request_of(plan, masks, patient, syntax))


@pytest.mark.parametrize(
    "base",
    [
        lambda plan: plan,
        arc,
        electrons,
        modulator,
        _energies,
        _wedged("IN", "IN"),
        _wedged("IN", "OUT", "OUT"),
        lambda plan: sliding(plan, 20.0),
    ],
)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_good_plans_are_stored(base: Callable[[Dataset], Dataset], syntax: UID) -> None:
    answer = answer_to(base(good_plan()), patient=KNOWN, syntax=syntax)
    assert answer.code is Code.SUCCESS, str(answer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_one_thing_wrong(case: Spoiled, syntax: UID) -> None:
    answer = answer_to(case.plan(), case.masks, KNOWN, syntax)
    assert answer.rule == case.rule, str(answer)
    expected = Code.INVALID_MESSAGE if case.rule == "whole-iod" else RULES[case.rule].code
    assert answer.code is expected
    assert answer.tag is not None
    assert answer.comment.startswith(f"({answer.tag >> 16:04X},{answer.tag & 0xFFFF:04X}) ")
    assert len(answer.comment) <= MOST_COMMENT


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in TABLE} - {case.rule for case in CASES} == {"sop-class"}


def test_every_code_of_table_18_has_a_rule() -> None:
    given = {rule.code for rule in TABLE} | {Code.INVALID_MESSAGE, Code.SUCCESS, Code.NOT_SAVED}
    assert given == set(Code)


def test_another_sop_class() -> None:
    plan = good_plan()
    plan.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.2"
    answer = answer_to(plan)
    assert (answer.rule, answer.code) == ("sop-class", Code.INVALID_MESSAGE)


def test_the_whole_iod_comes_first() -> None:
    plan = good_plan()
    plan.PatientName = ""
    plan.RTPlanTime = "noon"
    assert answer_to(plan).rule == "whole-iod"


def test_what_is_left_out_is_told_before_what_is_changed() -> None:
    plan = blocked(good_plan(), "TRAY1")
    plan.BeamSequence[0].BeamName = "N" * 60
    answer = answer_to(plan)
    assert answer.code is Code.ELEMENTS_DISCARDED
    assert len(answer.others) == 1


@pytest.mark.parametrize(
    ("mask", "spoil"),
    [
        (Mask.TOLERANCE_TABLES, "tolerance-table"),
        (Mask.TOLERANCE_TABLES, "beam-tolerance-table"),
        (Mask.ENERGY, "energy"),
        (Mask.SHADOW_TRAY, "known-tray"),
        (Mask.ACCESSORY_FITMENT, "applicator-id"),
        (Mask.ACCESSORY_MOUNT, "applicator-type"),
    ],
)
def test_a_mask_overrides_the_constraint(mask: Mask, spoil: str) -> None:
    case = next(one for one in CASES if one.rule == spoil)
    answer = answer_to(case.plan(), frozenset({mask}))
    assert answer.code is Code.ELEMENTS_DISCARDED, str(answer)


def test_dynamic_beams_may_have_a_thousand_points() -> None:
    plan = good_plan()
    _many_points(1000)(plan)
    beam = plan.BeamSequence[0]
    beam.BeamType = "DYNAMIC"
    for k, one in enumerate(beam.ControlPointSequence):
        one.BeamLimitingDevicePositionSequence[0].LeafJawPositions = [-50, f"{50 + k / 100:.2f}"]
    assert answer_to(plan).code is Code.SUCCESS


def test_a_full_turn_from_an_angle_to_itself_is_an_arc() -> None:
    plan = arc(good_plan(), degrees=0.0)
    assert answer_to(plan).code is Code.SUCCESS
    beam = plan.BeamSequence[0]
    beam.TreatmentMachineName = "PLAIN"
    del beam.DeviceSerialNumber
    assert answer_to(plan).code is Code.NOT_LICENSED


def test_segments_are_rounded_as_the_note_says() -> None:
    plan = good_plan()
    reference = plan.FractionGroupSequence[0].ReferencedBeamSequence[0]
    reference.BeamMeterset = "0.95"
    assert answer_to(plan).code is Code.SUCCESS
    reference.BeamMeterset = "0.9499"
    assert answer_to(plan).code is Code.SMALL_SEGMENT


def test_small_segments_of_dynamic_beams_are_merged() -> None:
    plan = sliding(good_plan(), 1.0, mu=1.0)
    assert answer_to(plan).code is Code.SUCCESS
    assert answer_to(sliding(good_plan(), 1.0, mu=0.9)).code is Code.SMALL_SEGMENT


def test_segments_on_either_side_of_a_wedge_movement_are_not_merged() -> None:
    plan = _wedged("IN", "OUT", "OUT")(good_plan())
    beam = plan.BeamSequence[0]
    for k, one in enumerate(beam.ControlPointSequence):
        leaves = one.BeamLimitingDevicePositionSequence[2]
        leaves.LeafJawPositions = [k - 50] * 40 + [k + 50] * 40
    reference = plan.FractionGroupSequence[0].ReferencedBeamSequence[0]
    reference.BeamMeterset = 1.8
    assert answer_to(plan).code is Code.SMALL_SEGMENT
    reference.BeamMeterset = 2.0
    assert answer_to(plan).code is Code.SUCCESS


@pytest.mark.parametrize(
    ("wedge", "code"),
    [
        (("IN", "OUT", "OUT", "OUT"), Code.SUCCESS),
        (("IN", "OUT", "IN", "IN"), Code.NOT_LICENSED),
    ],
)
def test_simple_wedged_fields_need_no_licence(wedge: tuple[str, ...], code: Code) -> None:
    plan = _wedged(*wedge)(good_plan())
    beam = plan.BeamSequence[0]
    beam.TreatmentMachineName = "PLAIN"
    del beam.DeviceSerialNumber
    for one, weight in zip(beam.ControlPointSequence, (0, 0.5, 0.5, 1), strict=True):
        one.CumulativeMetersetWeight = weight
    assert answer_to(plan).code is code


def test_all_mu_are_given_where_the_last_weight_misses_the_final_one_by_rounding() -> None:
    plan = good_plan()
    plan.BeamSequence[0].ControlPointSequence[1].CumulativeMetersetWeight = 0.9992
    assert answer_to(plan).code is Code.SUCCESS
    (beam,) = request_of(plan).beams
    assert beam.mu is not None
    delivered = plan_of(plan, "plan").plan.beams[0].cumulative_mu(100.0)
    assert beam.mu.tolist() == rounded(delivered, 0.1).tolist() == [0.0, 100.0]


def test_a_plan_without_meterset_is_taken() -> None:
    plan = good_plan()
    del plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset
    assert answer_to(plan).code is Code.SUCCESS


def test_optional_modules_may_be_absent() -> None:
    plan = good_plan()
    for keyword in (
        "DoseReferenceSequence",
        "ToleranceTableSequence",
        "PatientSetupSequence",
        "FractionGroupSequence",
        "ApprovalStatus",
    ):
        delattr(plan, keyword)
    del plan.BeamSequence[0].ReferencedToleranceTableNumber
    assert answer_to(plan).code is Code.SUCCESS


def test_two_trays_are_told_before_an_unknown_one() -> None:
    plan = _blocked("TRAY1", "TRAY9")(good_plan())
    assert answer_to(plan).code is Code.TRAYS_DIFFER
