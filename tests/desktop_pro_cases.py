"""For each rule of the Desktop Pro table, plans that break it in one respect."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pydicom import Dataset

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Mask
from linacsim.dicom.desktop_pro.rules import TABLE
from tests.elekta_plans import (
    Spoiled,
    arc,
    blocked,
    electrons,
    group,
    item,
    modulator,
    photon_beam,
    point,
    sliding,
    wedged,
)

Path = str


def put(path: Path, value: Any) -> Callable[[Dataset], None]:
    """Return what sets the attribute at a path such as `BeamSequence.0.BeamType`."""

    def alter(plan: Dataset) -> None:
        owner, keyword = _owner(plan, path)
        setattr(owner, keyword, value)

    return alter


def drop(path: Path) -> Callable[[Dataset], None]:
    """Return what takes the attribute at a path away."""

    def alter(plan: Dataset) -> None:
        owner, keyword = _owner(plan, path)
        delattr(owner, keyword)

    return alter


def again(path: Path) -> Callable[[Dataset], None]:
    """Return what puts the first item of a sequence there twice."""

    def alter(plan: Dataset) -> None:
        owner, keyword = _owner(plan, path)
        sequence = getattr(owner, keyword)
        sequence.append(sequence[0])

    return alter


def _owner(plan: Dataset, path: Path) -> tuple[Dataset, str]:
    *steps, keyword = path.split(".")
    owner: Any = plan
    for step in steps:
        owner = owner[int(step)] if step.isdigit() else getattr(owner, step)
    return owner, keyword


BEAM = "BeamSequence.0"
FIRST, LAST = f"{BEAM}.ControlPointSequence.0", f"{BEAM}.ControlPointSequence.1"
POSITIONS = "BeamLimitingDevicePositionSequence"
GROUP = "FractionGroupSequence.0"
REFERENCE = f"{GROUP}.ReferencedBeamSequence.0"


def _two_groups(keyword: str, value: float) -> Callable[[Dataset], None]:
    def alter(plan: Dataset) -> None:
        second = group(2, {1: 100.0})
        setattr(second.ReferencedBeamSequence[0], keyword, value)
        plan.FractionGroupSequence.append(second)

    return alter


def _second_beam(plan: Dataset) -> None:
    plan.BeamSequence.append(photon_beam(1))


def _crossing_180(plan: Dataset) -> None:
    first, last = plan.BeamSequence[0].ControlPointSequence
    plan.BeamSequence[0].BeamType = "DYNAMIC"
    first.BeamLimitingDeviceAngle, last.BeamLimitingDeviceAngle = 170, 190
    first.BeamLimitingDeviceRotationDirection = "CC"


def _energies(plan: Dataset) -> Dataset:
    beam = plan.BeamSequence[0]
    beam.ControlPointSequence = [point(0, 0.0), point(1, 0.5), point(2, 1.0)]
    beam.NumberOfControlPoints = 3
    beam.ControlPointSequence[1].NominalBeamEnergy = 10
    return plan


def _many_points(n: int) -> Callable[[Dataset], None]:
    def alter(plan: Dataset) -> None:
        beam = plan.BeamSequence[0]
        beam.ControlPointSequence = [point(k, k / (n - 1)) for k in range(n)]
        for one in beam.ControlPointSequence:
            one.CumulativeMetersetWeight = f"{one.CumulativeMetersetWeight:.6f}"
        beam.NumberOfControlPoints = n
        plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = 9999

    return alter


def _compensated(plan: Dataset) -> None:
    beam = plan.BeamSequence[0]
    beam.NumberOfCompensators = 1
    beam.CompensatorSequence = [
        item(
            CompensatorNumber=1,
            MaterialID="",
            SourceToCompensatorTrayDistance=None,
            CompensatorRows=1,
            CompensatorColumns=1,
            CompensatorPixelSpacing=[1, 1],
            CompensatorPosition=[0, 0],
            CompensatorTransmissionData=[1],
        )
    ]


def _with_bolus(plan: Dataset) -> None:
    plan.BeamSequence[0].NumberOfBoli = 1
    plan.BeamSequence[0].ReferencedBolusSequence = [item(ReferencedROINumber=1)]


def _two_applicators(plan: Dataset) -> None:
    applicators = plan.BeamSequence[0].ApplicatorSequence
    applicators.append(item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE"))


def _brachy_module(plan: Dataset) -> None:
    plan.ApplicationSetupSequence = [item(ApplicationSetupType="HDR", ApplicationSetupNumber=1)]


def _only_brachy(plan: Dataset) -> None:
    _brachy_module(plan)
    del plan.BeamSequence
    fractions = plan.FractionGroupSequence[0]
    fractions.NumberOfBeams, fractions.NumberOfBrachyApplicationSetups = 0, 1
    del fractions.ReferencedBeamSequence


def _wedged(*positions: str | None) -> Callable[[Dataset], Dataset]:
    return lambda plan: wedged(plan, *positions)


def _blocked(*trays: str) -> Callable[[Dataset], Dataset]:
    return lambda plan: blocked(plan, *trays)


def _photon_applicator(plan: Dataset) -> None:
    plan.BeamSequence[0].ApplicatorSequence = [
        item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE")
    ]


def _dose_reference(plan: Dataset) -> None:
    plan.BeamSequence[0].ControlPointSequence[0].ReferencedDoseReferenceSequence = [
        item(ReferencedDoseReferenceNumber=7, CumulativeDoseReferenceCoefficient=0)
    ]


def _on(machine: str) -> Callable[[Dataset], None]:
    def alter(plan: Dataset) -> None:
        plan.BeamSequence[0].TreatmentMachineName = machine
        del plan.BeamSequence[0].DeviceSerialNumber

    return alter


CASES: tuple[Spoiled, ...] = (
    Spoiled("whole-iod", put("RTPlanDate", "20241301")),
    Spoiled("whole-iod", drop("RTPlanGeometry")),
    Spoiled("whole-iod", put("RTPlanLabel", "")),
    Spoiled("whole-iod", drop("SeriesNumber")),
    Spoiled("whole-iod", put(f"{BEAM}.BeamType", "SLIDING")),
    Spoiled("whole-iod", drop(f"{FIRST}.GantryAngle")),
    Spoiled("whole-iod", drop(f"{FIRST}.TableTopVerticalPosition")),
    Spoiled("whole-iod", put("RTPlanGeometry", "PATIENT")),
    Spoiled("whole-iod", put("ApprovalStatus", "APPROVED")),
    Spoiled("whole-iod", drop("PatientSetupSequence.0.PatientPosition")),
    Spoiled("whole-iod", put("DoseReferenceSequence.0.DoseReferenceStructureType", "POINT")),
    Spoiled("whole-iod", put("RTPlanLabel", "LONGER THAN SIXTEEN")),
    Spoiled("modality", put("Modality", "RTDOSE")),
    Spoiled("patient-name", put("PatientName", "")),
    Spoiled("patient-name", drop("PatientName")),
    Spoiled("patient-id", put("PatientID", "")),
    Spoiled("patient-id", drop("PatientID")),
    Spoiled("patient-locked", put("PatientID", "LOCKED")),
    Spoiled("same-name", put("PatientName", "Phantom^Solid")),
    Spoiled("same-birth-date", put("PatientBirthDate", "20000102")),
    Spoiled("same-sex", put("PatientSex", "F")),
    Spoiled("dose-reference-number", again("DoseReferenceSequence")),
    Spoiled("tolerance-table-number", again("ToleranceTableSequence")),
    Spoiled("tolerance-table", put("ToleranceTableSequence.0.ToleranceTableLabel", "WIDE")),
    Spoiled("tolerance-table", put("ToleranceTableSequence.0.GantryAngleTolerance", 1)),
    Spoiled("tolerance-table", put("ToleranceTableSequence.0.TableTopLateralPositionTolerance", 1)),
    Spoiled("setup-number", again("PatientSetupSequence")),
    Spoiled("group-number", again("FractionGroupSequence")),
    Spoiled("group-setup", put(f"{GROUP}.ReferencedPatientSetupNumber", 2)),
    Spoiled("group-beam-count", put(f"{GROUP}.NumberOfBeams", 2)),
    Spoiled("group-beam", put(f"{REFERENCE}.ReferencedBeamNumber", 2)),
    Spoiled("no-brachy", put(f"{GROUP}.NumberOfBrachyApplicationSetups", 1)),
    Spoiled("no-brachy", _only_brachy),
    Spoiled("no-brachy-module", _brachy_module),
    Spoiled("whole-iod", drop("BeamSequence")),
    Spoiled("one-beam-dose", _two_groups("BeamDose", 2.0)),
    Spoiled("one-meterset", _two_groups("BeamMeterset", 50.0)),
    Spoiled("meterset-range", put(f"{REFERENCE}.BeamMeterset", 9999.1)),
    Spoiled("beam-number", _second_beam),
    Spoiled("radiation", put(f"{BEAM}.RadiationType", "PROTON")),
    Spoiled("radiation", put(f"{BEAM}.RadiationType", "")),
    Spoiled("machine-name", put(f"{BEAM}.TreatmentMachineName", "")),
    Spoiled("machine-name", drop(f"{BEAM}.TreatmentMachineName")),
    Spoiled("linac", put(f"{BEAM}.TreatmentMachineName", "LINAC9")),
    Spoiled("linac-id", put(f"{BEAM}.DeviceSerialNumber", "1002")),
    Spoiled("dosimeter-unit", put(f"{BEAM}.PrimaryDosimeterUnit", "MINUTE")),
    Spoiled("beam-tolerance-table", put(f"{BEAM}.ReferencedToleranceTableNumber", 2)),
    Spoiled("beam-setup", put(f"{BEAM}.ReferencedPatientSetupNumber", 2)),
    Spoiled("delivery-type", put(f"{BEAM}.TreatmentDeliveryType", "SETUP")),
    Spoiled("energy", put(f"{FIRST}.NominalBeamEnergy", 18)),
    Spoiled("energy-changes", drop(f"{BEAM}.ControlPointSequence.2.NominalBeamEnergy"), _energies),
    Spoiled("wedge-count", put(f"{BEAM}.NumberOfWedges", 2)),
    Spoiled("wedge-items", put(f"{BEAM}.NumberOfWedges", 0), _wedged("IN", "IN")),
    Spoiled(
        "wedge-type", put(f"{BEAM}.WedgeSequence.0.WedgeType", "STANDARD"), _wedged("IN", "IN")
    ),
    Spoiled("wedge-type", put(f"{BEAM}.WedgeSequence.0.WedgeType", ""), _wedged("IN", "IN")),
    Spoiled(
        "wedge-orientation",
        put(f"{BEAM}.WedgeSequence.0.WedgeOrientation", 90),
        _wedged("IN", "IN"),
    ),
    Spoiled("wedge-reference", put(f"{BEAM}.WedgeSequence.0.WedgeNumber", 2), _wedged("IN", "IN")),
    Spoiled("wedge-positions", drop(f"{LAST}.WedgePositionSequence"), _wedged("IN", "OUT", "OUT")),
    Spoiled("wedge-positions", drop(f"{FIRST}.WedgePositionSequence"), _wedged("IN", "IN")),
    Spoiled("compensator-items", put(f"{BEAM}.NumberOfCompensators", 1)),
    Spoiled("bolus-items", put(f"{BEAM}.NumberOfBoli", 1)),
    Spoiled("block-items", put(f"{BEAM}.NumberOfBlocks", 1)),
    Spoiled(
        "same-trays",
        put(f"{BEAM}.BlockSequence.1.BlockTrayID", "TRAY2"),
        _blocked("TRAY1", "TRAY1"),
    ),
    Spoiled("known-tray", put(f"{BEAM}.BlockSequence.0.BlockTrayID", "TRAY9"), _blocked("TRAY1")),
    Spoiled("applicator-count", _two_applicators, electrons),
    Spoiled("no-applicator-with-photons", _photon_applicator),
    Spoiled(
        "applicator-type",
        put(f"{BEAM}.ApplicatorSequence.0.ApplicatorType", "STEREOTACTIC"),
        electrons,
    ),
    Spoiled("applicator-id", put(f"{BEAM}.ApplicatorSequence.0.ApplicatorID", "A99"), electrons),
    Spoiled(
        "applicator-field", put(f"{FIRST}.{POSITIONS}.0.LeafJawPositions", [-70, 70]), electrons
    ),
    Spoiled(
        "applicator-field",
        put(f"{BEAM}.ApplicatorSequence.0.ApplicatorType", "ELECTRON_CIRC"),
        electrons,
    ),
    Spoiled(
        "device-type", put(f"{BEAM}.BeamLimitingDeviceSequence.0.RTBeamLimitingDeviceType", "X")
    ),
    Spoiled("device-type", again(f"{BEAM}.BeamLimitingDeviceSequence")),
    Spoiled("device-pairs", put(f"{BEAM}.BeamLimitingDeviceSequence.2.NumberOfLeafJawPairs", 80)),
    Spoiled(
        "leaf-boundaries",
        put(
            f"{BEAM}.BeamLimitingDeviceSequence.2.LeafPositionBoundaries",
            [-80 + 4 * n for n in range(41)],
        ),
    ),
    Spoiled("leaf-boundaries", drop(f"{BEAM}.BeamLimitingDeviceSequence.2.LeafPositionBoundaries")),
    Spoiled(
        "no-mlc-with-electrons",
        lambda plan: plan.BeamSequence[0].BeamLimitingDeviceSequence.append(
            photon_beam().BeamLimitingDeviceSequence[2]
        ),
        electrons,
    ),
    Spoiled(
        "complete-devices",
        lambda plan: plan.BeamSequence[0].BeamLimitingDeviceSequence.__delitem__(0),
    ),
    Spoiled("declared-positions", put(f"{FIRST}.{POSITIONS}.0.RTBeamLimitingDeviceType", "MLCY")),
    Spoiled(
        "complete-positions",
        lambda plan: (
            plan.BeamSequence[0]
            .ControlPointSequence[0]
            .BeamLimitingDevicePositionSequence.__delitem__(2)
        ),
    ),
    Spoiled("complete-positions", drop(f"{FIRST}.{POSITIONS}")),
    Spoiled("position-count", put(f"{FIRST}.{POSITIONS}.2.LeafJawPositions", [-50, 50])),
    Spoiled(
        "fixed-diaphragms", put(f"{FIRST}.{POSITIONS}.0.LeafJawPositions", [-50, 50]), modulator
    ),
    Spoiled("point-count", put(f"{BEAM}.NumberOfControlPoints", 3)),
    Spoiled(
        "two-points",
        lambda plan: (
            plan.BeamSequence[0].ControlPointSequence.__delitem__(1),
            put(f"{BEAM}.NumberOfControlPoints", 1)(plan),
        ),
    ),
    Spoiled("point-index", put(f"{LAST}.ControlPointIndex", 2)),
    Spoiled("weight", drop(f"{LAST}.CumulativeMetersetWeight")),
    Spoiled("weight", put(f"{LAST}.CumulativeMetersetWeight", None)),
    Spoiled("weights-rise", put(f"{FIRST}.CumulativeMetersetWeight", 2)),
    Spoiled("final-weight", put(f"{BEAM}.FinalCumulativeMetersetWeight", 2)),
    Spoiled("final-weight", drop(f"{BEAM}.FinalCumulativeMetersetWeight")),
    Spoiled("dose-reference", _dose_reference),
    Spoiled("complexity", _many_points(257)),
    Spoiled("licence", _on("PLAIN"), arc),
    Spoiled("licence", _on("PLAIN"), lambda plan: sliding(plan, 10.0)),
    Spoiled("angle-ranges", put(f"{FIRST}.GantryAngle", 361)),
    Spoiled("position-ranges", put(f"{FIRST}.{POSITIONS}.0.LeafJawPositions", [-210, 50])),
    Spoiled(
        "position-ranges", put(f"{FIRST}.{POSITIONS}.2.LeafJawPositions", [-210] * 40 + [50] * 40)
    ),
    Spoiled("diaphragms", put(f"{FIRST}.{POSITIONS}.1.LeafJawPositions", [50, -50])),
    Spoiled("leaves", put(f"{FIRST}.{POSITIONS}.2.LeafJawPositions", [50] * 40 + [-50] * 40)),
    Spoiled("no-table-movement", put(f"{LAST}.PatientSupportAngle", 10)),
    Spoiled("no-table-movement", put(f"{LAST}.TableTopEccentricAngle", 5)),
    Spoiled("collimator-sweep", _crossing_180),
    Spoiled("segment-meterset", put(f"{REFERENCE}.BeamMeterset", 0.9499)),
    Spoiled("treatable", put(f"{REFERENCE}.BeamMeterset", 1.0), arc),
    Spoiled("beam-type", put(f"{BEAM}.BeamType", "STATIC"), arc),
    Spoiled("beam-type", put(f"{BEAM}.BeamType", "DYNAMIC")),
    Spoiled("compensators", _compensated),
    Spoiled("boli", _with_bolus),
    Spoiled("blocks", lambda plan: blocked(plan, "TRAY1")),
    Spoiled("unlabelled-tolerances", drop("ToleranceTableSequence.0.ToleranceTableLabel")),
    Spoiled("masked", lambda _plan: None, masks=frozenset({Mask.TOLERANCE_TABLES})),
    Spoiled("masked", lambda _plan: None, masks=frozenset({Mask.ENERGY})),
    Spoiled("masked", lambda _plan: None, electrons, frozenset({Mask.ACCESSORY_FITMENT})),
    Spoiled("masked", lambda _plan: None, electrons, frozenset({Mask.ACCESSORY_MOUNT})),
    Spoiled("names", put(f"{BEAM}.BeamName", "N" * 38)),
    Spoiled("names", put("PatientID", "I" * 60)),
    Spoiled("foreign-elements", put("Rows", 1)),
)
"""Every rule but `sop-class`: storescu negotiates what the data set names, so cannot break it."""

CODES = {rule.id: rule.code for rule in TABLE} | {"whole-iod": Code.INVALID_MESSAGE}


def _named(cases: tuple[Spoiled, ...]) -> dict[str, Spoiled]:
    seen: Counter[str] = Counter()
    out = {}
    for case in cases:
        seen[case.rule] += 1
        out[f"{CODES[case.rule]}-{case.rule}-{seen[case.rule]}"] = case
    return out


NAMED: Mapping[str, Spoiled] = _named(CASES)
"""The plans by code, rule and number: what their tests are called."""
