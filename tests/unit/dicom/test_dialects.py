"""Good plans as planning systems write them: the console takes all of them (DP-2).

Each way of writing is one that real exports show and the standard allows.
"""

from collections.abc import Callable, Iterator

import pytest
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.validation import judge
from tests.elekta_plans import (
    arc,
    electrons,
    good_plan,
    group,
    item,
    modulator,
    photon_beam,
    point,
    request_of,
    sliding,
    wedged,
)

SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


def private(plan: Dataset) -> Dataset:
    """Private elements everywhere, some of kinds that are not told."""
    for dataset in _all(plan):
        dataset.add_new(0x3249_0010, "LO", "MAKER OF PLANS")
        dataset.add_new(0x3249_1000, "UN", b"\x01\x02\xff\x00" * 5)
        dataset.add_new(0x3249_1001, "SQ", [item(PatientComments="inside")])
        dataset.add_new(0x3249_1002, "LO", "longer than it may be" * 9)
    return plan


def delimited(plan: Dataset) -> Dataset:
    """Sequences and items without lengths."""
    for dataset in _all(plan):
        for element in dataset:
            if element.VR == "SQ":
                element.is_undefined_length = True
                for one in element.value:
                    one.is_undefined_length_sequence_item = True
    return plan


def spare(plan: Dataset) -> Dataset:
    """No more than the standard demands."""
    optional = (
        *("DoseReferenceSequence", "ToleranceTableSequence", "PatientSetupSequence"),
        *("BeamName", "BeamDescription", "DeviceSerialNumber", "PrimaryDosimeterUnit", "BeamDose"),
        *("SourceAxisDistance", "TreatmentDeliveryType", "ReferencedToleranceTableNumber"),
        *("DoseRateSet", "Manufacturer", "ApprovalStatus"),
    )
    for dataset in _all(plan):
        for keyword in optional:
            if keyword in dataset and (dataset is not plan or keyword != "Manufacturer"):
                delattr(dataset, keyword)
    return plan


def empty(plan: Dataset) -> Dataset:
    """Nothing in attributes that may be empty."""
    for keyword in (
        *("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "SeriesNumber"),
        *("RTPlanDate", "RTPlanTime", "OperatorsName", "Manufacturer", "RTPlanName"),
        *("SeriesDescription", "RTPlanDescription"),
    ):
        setattr(plan, keyword, None)
    plan.BeamSequence[0].BeamName = ""
    plan.BeamSequence[0].ControlPointSequence[1].ReferencedDoseReferenceSequence = []
    return plan


def odd_numbers(plan: Dataset) -> Dataset:
    """Decimals and whole numbers in all their forms."""
    beam = plan.BeamSequence[0]
    first, last = beam.ControlPointSequence
    beam.BeamNumber, beam.NumberOfControlPoints = "+1", "02"
    beam.FinalCumulativeMetersetWeight, last.CumulativeMetersetWeight = "1E+02", " 100.000 "
    first.GantryAngle, first.BeamLimitingDeviceAngle = "-0.0", "360."
    jaws = first.BeamLimitingDevicePositionSequence[0]
    jaws.LeafJawPositions = ["-5.0e+01", "+50.000000000000"]
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = ".1e3"
    return plan


def other_characters(plan: Dataset) -> Dataset:
    """Texts beyond ASCII, as UTF-8."""
    plan.SpecificCharacterSet = "ISO_IR 192"
    plan.RTPlanLabel = "Ösophagus (é)"
    plan.PatientName = "Wäter^Phäntom=\u6c34^\u6a21\u578b"
    plan.BeamSequence[0].BeamName = "30° côté"
    plan.BeamSequence[0].BeamDescription = "zwei\r\nZeilen\tlang"
    return plan


def later_attributes(plan: Dataset) -> Dataset:
    """Attributes of later editions of the standard, and of none."""
    beam = plan.BeamSequence[0]
    fluence = item(FluenceMode="NON_STANDARD", FluenceModeID="FFF")
    beam.PrimaryFluenceModeSequence = [fluence]
    beam.EntityLongLabel = "a longer label"
    plan.FrameOfReferenceUID = "1.2.3"
    plan.add_new(0x300A_FFF0, "LO", "not in the dictionary")
    reference = plan.FractionGroupSequence[0].ReferencedBeamSequence[0]
    reference.BeamDoseMeaning = "FRACTION_LEVEL"
    return plan


def two_groups(plan: Dataset) -> Dataset:
    """Two fraction groups, beams out of number order, one of them in no group."""
    plan.BeamSequence = [photon_beam(3), photon_beam(0), photon_beam(1)]
    plan.FractionGroupSequence = [group(1, {1: 100.0, 0: 50.0}), group(2, {0: 50.0})]
    return plan


def repeated(plan: Dataset) -> Dataset:
    """A static field that states everything at every control point, and moves without dose."""
    beam = plan.BeamSequence[0]
    beam.BeamType = "DYNAMIC"
    beam.ControlPointSequence = [point(k, weight) for k, weight in enumerate((0, 0.5, 0.5, 1))]
    beam.NumberOfControlPoints = 4
    for one in beam.ControlPointSequence[2:]:
        one.BeamLimitingDevicePositionSequence[1].LeafJawPositions = [-40, 40]
    return plan


def changed_wedge(plan: Dataset) -> Dataset:
    """In, then out, with a segment without dose between (Note XVI)."""
    wedged(plan, "IN", "IN", "OUT", "OUT")
    points = plan.BeamSequence[0].ControlPointSequence
    for one, weight in zip(points, (0, 0.4, 0.4, 1), strict=True):
        one.CumulativeMetersetWeight = weight
    return plan


def approved(plan: Dataset) -> Dataset:
    """Approved, for a patient with structures."""
    plan.ApprovalStatus = "APPROVED"
    plan.ReviewDate, plan.ReviewTime, plan.ReviewerName = "20240301", "1200", ""
    plan.RTPlanGeometry = "PATIENT"
    structures = item(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.3", ReferencedSOPInstanceUID="1.2.3"
    )
    plan.ReferencedStructureSetSequence = [structures]
    return plan


def _all(dataset: Dataset) -> Iterator[Dataset]:
    """Return a dataset and all items within it, the innermost first."""
    for element in list(dataset):
        if element.VR == "SQ":
            for one in element.value:
                yield from _all(one)
    yield dataset


DIALECTS = (
    *(private, delimited, spare, empty, odd_numbers, other_characters, later_attributes),
    *(two_groups, repeated, changed_wedge, approved, arc, electrons, modulator),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=["implicit", "explicit", "big endian"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_good_plan_however_written(dialect: Callable[[Dataset], Dataset], syntax: UID) -> None:
    answer = judge(request_of(dialect(good_plan()), syntax=syntax))
    assert answer.code is Code.SUCCESS, str(answer)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", [private, delimited, other_characters, approved, later_attributes])
@pytest.mark.parametrize("kind", [arc, electrons, modulator, two_groups, changed_wedge, repeated])
def test_ways_of_writing_and_kinds_of_beams_together(
    way: Callable[[Dataset], Dataset], kind: Callable[[Dataset], Dataset]
) -> None:
    answer = judge(request_of(way(kind(good_plan())), syntax=ImplicitVRLittleEndian))
    assert answer.code is Code.SUCCESS, str(answer)


def test_fields_of_several_groups() -> None:
    request = request_of(two_groups(good_plan()))
    assert [beam.number for beam in request.beams] == [3, 0, 1]
    assert [beam.meterset for beam in request.beams] == [None, 50.0, 100.0]


def test_a_masked_sender_s_plan_is_stored_with_a_warning() -> None:
    plan = sliding(good_plan(), 20.0)
    answer = judge(request_of(plan, frozenset({Mask.TOLERANCE_TABLES})))
    assert answer.code is Code.ELEMENTS_DISCARDED
