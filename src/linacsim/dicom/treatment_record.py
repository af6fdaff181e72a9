"""RT Beams Treatment Records: what was delivered of a plan's beam (DICOM PS3.3, A.29).

A beam that was interrupted and resumed makes one record for each piece; their delivered metersets
add up to what the beam got. Every record says that an emulator made it.
"""

import warnings
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from unicodedata import category

from pydicom import Dataset
from pydicom.config import RAISE
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import PersonName, validate_value

RECORD_STORAGE = UID("1.2.840.10008.5.1.4.1.1.481.4")
PLAN_STORAGE = "1.2.840.10008.5.1.4.1.1.481.5"
EMULATOR = "linacsim (emulator)"

_FROM_PLAN = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID"),
    *("AccessionNumber",),
)
_FROM_BEAM = (
    *("BeamName", "BeamDescription", "BeamType", "RadiationType"),
    *("NumberOfWedges", "NumberOfCompensators", "NumberOfBoli", "NumberOfBlocks"),
)
_FROM_POINT = (
    *("NominalBeamEnergy", "GantryAngle", "GantryRotationDirection", "BeamLimitingDeviceAngle"),
    *("BeamLimitingDeviceRotationDirection", "PatientSupportAngle"),
    *("PatientSupportRotationDirection", "TableTopEccentricAngle"),
    *("TableTopEccentricRotationDirection", "TableTopVerticalPosition"),
    *("TableTopLongitudinalPosition", "TableTopLateralPosition", "TableTopPitchAngle"),
    *("TableTopPitchRotationDirection", "TableTopRollAngle", "TableTopRollRotationDirection"),
    *("BeamLimitingDevicePositionSequence", "WedgePositionSequence"),
)
"""What is told of a control point as the plan has it; where axes really were is in the log."""
_NEEDED_FIRST = {
    "TableTopPitchAngle": 0.0,
    "TableTopPitchRotationDirection": "NONE",
    "TableTopRollAngle": 0.0,
    "TableTopRollRotationDirection": "NONE",
    "TableTopVerticalPosition": None,
    "TableTopLongitudinalPosition": None,
    "TableTopLateralPosition": None,
}
"""What the first control point of a record must have though a plan need not."""

_LONGEST = {"LO": 64, "PN": 64, "SH": 16, "ST": 1024}
"""Characters of a text by its representation, of a name in each of its ways of writing."""
_ENUMERATED = {"PatientSex": ("", "M", "F", "O", None), "BeamType": ("STATIC", "DYNAMIC")}
"""What alone a record may say."""


class Termination(StrEnum):
    """Treatment Termination Status."""

    NORMAL = "NORMAL"
    OPERATOR = "OPERATOR"
    MACHINE = "MACHINE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Passed:
    """A control point of the plan that was reached."""

    index: int
    specified_mu: float
    """Cumulative in the beam, as planned."""
    delivered_mu: float
    """Cumulative in the beam, by the dose monitor."""
    when: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a beam without interruption."""

    beam_number: int
    started: datetime
    specified_mu: float
    """What the piece was to deliver: all that was left of the beam."""
    delivered_mu: float
    termination: Termination
    is_continuation: bool
    """Whether an earlier piece of the same beam was interrupted."""
    points: tuple[Passed, ...]
    """In order, the first where the piece began and the last where it ended."""


def treatment_record(
    plan: Dataset, piece: Piece, machine: str, fraction_group: int, fraction: int | None = None
) -> Dataset:
    """Return the record of one piece of a plan's beam; `machine` is the emulated one's name.

    `fraction` is the number of the fraction; None: it is not known. Texts come from the plan in
    UTF-8, without control characters and no longer than DICOM lets them be, and not at all where
    they are no dates, times or codes, so that the record is valid where the plan is not.
    """
    with warnings.catch_warnings():
        # pydicom warns of escape sequences that it does not know when it decodes a name.
        warnings.simplefilter("ignore")
        return _record(plan, piece, machine, fraction_group, fraction)


def _record(
    plan: Dataset, piece: Piece, machine: str, fraction_group: int, fraction: int | None
) -> Dataset:
    beam = next(one for one in plan.BeamSequence if one.BeamNumber == piece.beam_number)
    out = Dataset()
    out.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _FROM_PLAN:
        _copy(plan, out, keyword)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate"):
        _fill(out, keyword, "")
    for keyword in ("StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber"):
        _fill(out, keyword, "")
    _fill(out, "StudyInstanceUID", generate_uid())
    date, time = _date_time(piece.started)
    out.SOPClassUID, out.SOPInstanceUID = RECORD_STORAGE, generate_uid()
    out.InstanceCreationDate, out.InstanceCreationTime = date, time
    out.Modality = "RTRECORD"
    out.SeriesInstanceUID = generate_uid()
    out.SeriesNumber, out.OperatorsName = None, ""
    out.Manufacturer, out.InstanceNumber = EMULATOR, 1
    out.TreatmentDate, out.TreatmentTime = date, time
    reference = Dataset()
    reference.ReferencedSOPClassUID = PLAN_STORAGE
    reference.ReferencedSOPInstanceUID = plan.SOPInstanceUID
    out.ReferencedRTPlanSequence = [reference]
    out.TreatmentMachineSequence = [_machine(machine)]
    out.PrimaryDosimeterUnit = "MU"
    out.ReferencedFractionGroupNumber = fraction_group
    out.NumberOfFractionsPlanned = None
    out.TreatmentSessionBeamSequence = [_session(beam, piece, fraction)]
    return out


def encoded(record: Dataset) -> bytes:
    """Return the record as a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RECORD_STORAGE
    meta.MediaStorageSOPInstanceUID = record.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset("", record, file_meta=meta, preamble=b"\0" * 128)
    file.is_little_endian, file.is_implicit_VR = True, False
    out = BytesIO()
    file.save_as(out, write_like_original=False)
    return out.getvalue()


def _machine(name: str) -> Dataset:
    out = Dataset()
    out.TreatmentMachineName = name[:16]
    out.Manufacturer, out.ManufacturerModelName = EMULATOR, name
    out.InstitutionName, out.DeviceSerialNumber = "", ""
    return out


def _session(beam: Dataset, piece: Piece, fraction: int | None) -> Dataset:
    out = Dataset()
    out.ReferencedBeamNumber = piece.beam_number
    for keyword in _FROM_BEAM:
        _copy(beam, out, keyword)
    for keyword in _FROM_BEAM[-4:]:
        _fill(out, keyword, 0)
    _fill(out, "BeamType", _beam_type(beam.ControlPointSequence))
    out.CurrentFractionNumber = fraction
    out.TreatmentDeliveryType = "CONTINUATION" if piece.is_continuation else "TREATMENT"
    out.TreatmentTerminationStatus = piece.termination.value
    out.TreatmentVerificationStatus = ""
    out.SpecifiedPrimaryMeterset = _mu(piece.specified_mu)
    out.DeliveredPrimaryMeterset = _mu(piece.delivered_mu)
    out.BeamLimitingDeviceLeafPairsSequence = [
        _pairs(device) for device in beam.BeamLimitingDeviceSequence
    ]
    if "WedgeSequence" in beam:
        out.RecordedWedgeSequence = [_wedge(wedge) for wedge in beam.WedgeSequence]
    out.NumberOfControlPoints = len(piece.points)
    out.ControlPointDeliverySequence = _points(beam.ControlPointSequence, piece.points)
    unit = "MV" if beam.RadiationType == "PHOTON" else "MEV"
    for point in out.ControlPointDeliverySequence:
        if "NominalBeamEnergy" in point:
            point.NominalBeamEnergyUnit = unit
    return out


def _beam_type(points: Sequence[Dataset]) -> str:
    first, *later = points
    moves = any(
        keyword in point and point[keyword].value != first.get(keyword)
        for point in later
        for keyword in _FROM_POINT
    )
    return "DYNAMIC" if moves else "STATIC"


def _pairs(device: Dataset) -> Dataset:
    out = Dataset()
    for keyword in ("RTBeamLimitingDeviceType", "NumberOfLeafJawPairs"):
        _copy(device, out, keyword)
    return out


def _wedge(wedge: Dataset) -> Dataset:
    out = Dataset()
    for keyword in ("WedgeNumber", "WedgeType", "WedgeID", "WedgeAngle", "WedgeOrientation"):
        _copy(wedge, out, keyword)
    for keyword in ("WedgeType", "WedgeAngle", "WedgeOrientation"):
        _fill(out, keyword, None)
    return out


def _points(planned: Sequence[Dataset], passed: Sequence[Passed]) -> list[Dataset]:
    out = []
    for k, point in enumerate(passed):
        item = Dataset()
        item.ReferencedControlPointIndex = point.index
        date, time = _date_time(point.when)
        item.TreatmentControlPointDate, item.TreatmentControlPointTime = date, time
        item.SpecifiedMeterset = _mu(point.specified_mu)
        item.DeliveredMeterset = _mu(point.delivered_mu)
        item.DoseRateSet, item.DoseRateDelivered = None, None
        if k == 0:
            _stand(planned[: point.index + 1], item)
        else:
            for keyword in _FROM_POINT:
                _copy(planned[point.index], item, keyword)
        out.append(item)
    return out


def _stand(planned: Sequence[Dataset], item: Dataset) -> None:
    """Give the first point of a piece all that holds there, carried forward."""
    for keyword in _FROM_POINT:
        for point in reversed(planned):
            if keyword in point:
                _copy(point, item, keyword)
                break
    for keyword, value in _NEEDED_FIRST.items():
        _fill(item, keyword, value)


def _copy(source: Dataset, target: Dataset, keyword: str) -> None:
    if keyword not in source:
        return
    element = source[keyword]
    if element.VR == "SQ":
        setattr(target, keyword, deepcopy(list(element.value)))
        return
    value = _text(element.value, element.VR)
    if _is_valid(value, element.VR) and value in _ENUMERATED.get(keyword, (value,)):
        setattr(target, keyword, value)


def _text(value: object, vr: str) -> object:
    """Return a value, if it is text, as one, cut, with a space for each control character."""
    if isinstance(value, MultiValue):
        # pydicom takes a backslash for the end of one value and the start of another.
        value = "/".join(map(str, value))
    if not isinstance(value, str | PersonName):
        return value
    text = "".join(" " if category(mark) == "Cc" else mark for mark in str(value))
    if vr == "PN":
        return "=".join(group[: _LONGEST[vr]] for group in text.split("="))
    return text[: _LONGEST.get(vr)]


def _is_valid(value: object, vr: str) -> bool:
    try:
        if isinstance(value, str):
            validate_value(vr, value, RAISE)
    except ValueError:
        return False
    return True


def _fill(target: Dataset, keyword: str, value: object) -> None:
    if keyword not in target:
        setattr(target, keyword, value)


def _mu(value: float) -> str:
    """Return MU as a decimal string of at most 16 characters."""
    return f"{value:.6f}"


def _date_time(when: datetime) -> tuple[str, str]:
    return f"{when:%Y%m%d}", f"{when:%H%M%S.%f}"
