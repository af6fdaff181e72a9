"""RT Plans as an Elekta console takes them, made from scratch, and all ways to spoil one."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from types import MappingProxyType
from typing import Any

from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

from linacsim.dicom.desktop_pro.console import HEADS, Applicator, Console, Linac, Mask, Patient
from linacsim.dicom.desktop_pro.request import Request
from linacsim.scenario.node import elements_of

PLAN_CLASS = "1.2.840.10008.5.1.4.1.1.481.5"
TABLE_TOLERANCES = {"gantry_deg": 0.5, "asymx_mm": 2.0}

CONSOLE = Console(
    linacs=(
        Linac(
            "LINAC1",
            serial="1001",
            trays=frozenset({"TRAY1", "TRAY2"}),
            applicators=MappingProxyType({"A10": Applicator("ELECTRON_SQUARE", 100.0, 100.0)}),
        ),
        Linac("LINAC2", head=HEADS["beam_modulator"]),
        Linac("PLAIN", features=frozenset()),
    ),
    tolerance_tables=MappingProxyType({"NARROW": TABLE_TOLERANCES}),
    locked_patients=frozenset({"LOCKED"}),
)


def item(**values: Any) -> Dataset:
    """Return a dataset of these attributes."""
    out = Dataset()
    for keyword, value in values.items():
        setattr(out, keyword, value)
    return out


def point(index: int, weight: float, **values: Any) -> Dataset:
    """Return a control point with a square of 100 mm."""
    return item(
        ControlPointIndex=index,
        CumulativeMetersetWeight=weight,
        BeamLimitingDevicePositionSequence=[
            item(RTBeamLimitingDeviceType="ASYMX", LeafJawPositions=[-50, 50]),
            item(RTBeamLimitingDeviceType="ASYMY", LeafJawPositions=[-50, 50]),
            item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[-50] * 40 + [50] * 40),
        ],
        NominalBeamEnergy=6,
        DoseRateSet=400,
        GantryAngle=0,
        GantryRotationDirection="NONE",
        BeamLimitingDeviceAngle=0,
        BeamLimitingDeviceRotationDirection="NONE",
        PatientSupportAngle=0,
        PatientSupportRotationDirection="NONE",
        TableTopEccentricAngle=0,
        TableTopEccentricRotationDirection="NONE",
        TableTopVerticalPosition=None,
        TableTopLongitudinalPosition=None,
        TableTopLateralPosition=None,
        IsocenterPosition=[0, 0, 0],
        **values,
    )


def photon_beam(number: int = 1, points: list[Dataset] | None = None) -> Dataset:
    """Return a static photon beam for the MLC head."""
    points = points or [point(0, 0.0), point(1, 1.0)]
    boundaries = [-200 + 10 * n for n in range(41)]
    return item(
        BeamNumber=number,
        BeamName=f"Field {number}",
        BeamDescription="AP",
        BeamType="STATIC",
        RadiationType="PHOTON",
        TreatmentMachineName="LINAC1",
        DeviceSerialNumber="1001",
        Manufacturer="",
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance=1000,
        BeamLimitingDeviceSequence=[
            item(RTBeamLimitingDeviceType="ASYMX", NumberOfLeafJawPairs=1),
            item(RTBeamLimitingDeviceType="ASYMY", NumberOfLeafJawPairs=1),
            item(
                RTBeamLimitingDeviceType="MLCX",
                NumberOfLeafJawPairs=40,
                LeafPositionBoundaries=boundaries,
            ),
        ],
        TreatmentDeliveryType="TREATMENT",
        NumberOfWedges=0,
        NumberOfCompensators=0,
        NumberOfBoli=0,
        NumberOfBlocks=0,
        ReferencedToleranceTableNumber=1,
        FinalCumulativeMetersetWeight=1,
        NumberOfControlPoints=len(points),
        ControlPointSequence=points,
    )


def group(number: int, metersets: dict[int, float | None]) -> Dataset:
    """Return a fraction group of beams by number."""
    references = []
    for beam, meterset in metersets.items():
        reference = item(ReferencedBeamNumber=beam, BeamDose=1.0)
        if meterset is not None:
            reference.BeamMeterset = meterset
        references.append(reference)
    return item(
        FractionGroupNumber=number,
        NumberOfFractionsPlanned=20,
        NumberOfBeams=len(references),
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=references,
    )


def good_plan() -> Dataset:
    """Return a plan that is stored without a warning on `CONSOLE`."""
    tolerances = item(
        ToleranceTableNumber=1,
        ToleranceTableLabel="NARROW",
        GantryAngleTolerance=0.5,
        BeamLimitingDeviceToleranceSequence=[
            item(RTBeamLimitingDeviceType="ASYMX", BeamLimitingDevicePositionTolerance=2)
        ],
    )
    return item(
        SOPClassUID=PLAN_CLASS,
        SOPInstanceUID=generate_uid(),
        StudyDate="20240301",
        StudyTime="120000",
        AccessionNumber="",
        Modality="RTPLAN",
        Manufacturer="PLANNER",
        ReferringPhysicianName="",
        OperatorsName="",
        PatientName="Phantom^Water",
        PatientID="PH01",
        PatientBirthDate="20000101",
        PatientSex="O",
        StudyInstanceUID=generate_uid(),
        SeriesInstanceUID=generate_uid(),
        StudyID="1",
        SeriesNumber=1,
        RTPlanLabel="SQUARE",
        RTPlanDate="20240301",
        RTPlanTime="120000",
        RTPlanGeometry="TREATMENT_DEVICE",
        DoseReferenceSequence=[
            item(
                DoseReferenceNumber=1,
                DoseReferenceStructureType="SITE",
                DoseReferenceDescription="Axis",
                DoseReferenceType="TARGET",
                TargetMaximumDose=42,
            )
        ],
        ToleranceTableSequence=[tolerances],
        PatientSetupSequence=[item(PatientSetupNumber=1, PatientPosition="HFS")],
        FractionGroupSequence=[group(1, {1: 100.0})],
        BeamSequence=[photon_beam()],
        ApprovalStatus="UNAPPROVED",
    )


def encoded(plan: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Return the plan as a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(PLAN_CLASS)
    meta.MediaStorageSOPInstanceUID = plan.get("SOPInstanceUID", "1.2.3")
    meta.TransferSyntaxUID = syntax
    out = FileDataset("", deepcopy(plan), file_meta=meta, preamble=b"\0" * 128)
    out.is_little_endian = syntax != ExplicitVRBigEndian
    out.is_implicit_VR = syntax == ImplicitVRLittleEndian
    file = BytesIO()
    out.save_as(file, write_like_original=False)
    return file.getvalue()


def request_of(
    plan: Dataset,
    masks: frozenset[Mask] = frozenset(),
    patient: Patient | None = None,
    syntax: UID = ExplicitVRLittleEndian,
) -> Request:
    """Return the plan as the console has it after it came in."""
    return Request.of(elements_of(encoded(plan, syntax)), CONSOLE, masks, patient)


def arc(plan: Dataset, degrees: float = 90.0, mu: float = 100.0) -> Dataset:
    """Turn the only beam of a plan into an arc."""
    beam = plan.BeamSequence[0]
    beam.BeamType = "DYNAMIC"
    first, last = beam.ControlPointSequence
    first.GantryRotationDirection = "CW"
    last.GantryAngle = degrees
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = mu
    return plan


def electrons(plan: Dataset) -> Dataset:
    """Turn the only beam of a plan into electrons with an applicator."""
    beam = plan.BeamSequence[0]
    beam.RadiationType = "ELECTRON"
    beam.ApplicatorSequence = [item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE")]
    del beam.BeamLimitingDeviceSequence[2]
    for one in beam.ControlPointSequence:
        del one.BeamLimitingDevicePositionSequence[2]
    return plan


def wedged(plan: Dataset, *positions: str | None) -> Dataset:
    """Give the only beam of a plan a motorized wedge, with a control point per position."""
    beam = plan.BeamSequence[0]
    beam.NumberOfWedges = 1
    wedge = item(WedgeNumber=1, WedgeType="MOTORIZED", WedgeAngle=60, WedgeFactor=None)
    wedge.WedgeOrientation = 0
    beam.WedgeSequence = [wedge]
    last = len(positions) - 1
    beam.ControlPointSequence = [point(k, k / last) for k in range(last + 1)]
    beam.NumberOfControlPoints = last + 1
    for one, position in zip(beam.ControlPointSequence, positions, strict=True):
        if position:
            one.WedgePositionSequence = [item(ReferencedWedgeNumber=1, WedgePosition=position)]
    beam.BeamType = "DYNAMIC" if len(set(positions)) > 1 else "STATIC"
    return plan


def blocked(plan: Dataset, *trays: str) -> Dataset:
    """Give the only beam of a plan blocks on trays."""
    beam = plan.BeamSequence[0]
    beam.NumberOfBlocks = len(trays)
    beam.BlockSequence = [
        item(
            BlockTrayID=tray,
            BlockType="SHIELDING",
            BlockNumber=k,
            BlockName="B",
            SourceToBlockTrayDistance=None,
            MaterialID="",
            BlockDivergence="",
            BlockTransmission=None,
            BlockNumberOfPoints=None,
            BlockData=None,
        )
        for k, tray in enumerate(trays, 1)
    ]
    return plan


def modulator(plan: Dataset) -> Dataset:
    """Turn the only beam of a plan into one for the Beam Modulator."""
    beam = plan.BeamSequence[0]
    beam.TreatmentMachineName = "LINAC2"
    del beam.DeviceSerialNumber
    devices = beam.BeamLimitingDeviceSequence
    devices[0].RTBeamLimitingDeviceType, devices[1].RTBeamLimitingDeviceType = "X", "Y"
    devices[2].LeafPositionBoundaries = [-80 + 4 * n for n in range(41)]
    for one in beam.ControlPointSequence:
        x, y, _ = one.BeamLimitingDevicePositionSequence
        x.RTBeamLimitingDeviceType, x.LeafJawPositions = "X", [-105, 105]
        y.RTBeamLimitingDeviceType, y.LeafJawPositions = "Y", [-80, 80]
    return plan


def sliding(plan: Dataset, mm: float, mu: float = 100.0) -> Dataset:
    """Turn the only beam of a plan into a dynamic one whose leaves move by `mm`."""
    beam = plan.BeamSequence[0]
    beam.BeamType = "DYNAMIC"
    leaves = beam.ControlPointSequence[1].BeamLimitingDevicePositionSequence[2]
    leaves.LeafJawPositions = [-50 + mm] * 40 + [50 + mm] * 40
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = mu
    return plan


def long_arc(plan: Dataset, points: int) -> Dataset:
    """Turn the only beam of a plan into a full arc of so many points whose leaves move."""
    beam = plan.BeamSequence[0]
    beam.BeamType = "DYNAMIC"
    beam.NumberOfControlPoints = points
    beam.ControlPointSequence = [point(k, round(k / (points - 1), 6)) for k in range(points)]
    for k, one in enumerate(beam.ControlPointSequence):
        one.GantryAngle = round((181 + 358 * k / (points - 1)) % 360, 1)
        one.GantryRotationDirection = "CW" if k < points - 1 else "NONE"
        low = [round(-50 + (7 * k + pair) % 13 / 10, 1) for pair in range(40)]
        one.BeamLimitingDevicePositionSequence[2].LeafJawPositions = [*low, *(-x for x in low)]
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = 500
    return plan


@dataclass(frozen=True)
class Spoiled:
    """One thing altered in a good plan."""

    rule: str
    alter: Callable[[Dataset], object]
    base: Callable[[Dataset], Dataset] = field(default=lambda plan: plan)
    """Which good plan it is altered in."""
    masks: frozenset[Mask] = frozenset()

    def plan(self) -> Dataset:
        """Return the plan."""
        plan = self.base(good_plan())
        self.alter(plan)
        return plan
