"""RT Plans for tests, written in few words and changed in one respect."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from linacsim.formats.rtplan import PlanRead, parse_plan
from linacsim.formats.rtplan.devices import BOUNDARIES_MM

RT_PLAN = UID("1.2.840.10008.5.1.4.1.1.481.5")
INSTANCE = UID("1.2.3.4.5.6")


def item(**values: Any) -> Dataset:
    """Return a dataset of attributes by keyword."""
    out = Dataset()
    for keyword, value in values.items():
        setattr(out, keyword, value)
    return out


def device(kind: str, mlc: str = "") -> Dataset:
    """Return a declared beam limiting device."""
    edges = BOUNDARIES_MM[mlc] if mlc else ()
    out = item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=max(len(edges) - 1, 1))
    if edges:
        out.LeafPositionBoundaries = [float(edge) for edge in edges]
    return out


def placed(kind: str, *positions: float) -> Dataset:
    """Return positions of a device."""
    return item(RTBeamLimitingDeviceType=kind, LeafJawPositions=list(positions))


def leaves(low: float, high: float, pairs: int = 60) -> tuple[float, ...]:
    """Return positions of an MLC with all pairs alike, bank X1 first."""
    return (low,) * pairs + (high,) * pairs


def point(index: int, weight: float, **values: Any) -> Dataset:
    """Return a later control point."""
    return item(ControlPointIndex=index, CumulativeMetersetWeight=weight, **values)


def first_point(*positions: Dataset, **values: Any) -> Dataset:
    """Return a first control point with all it needs; a square of 10 cm by default."""
    where = positions or (placed("ASYMX", -50, 50), placed("ASYMY", -50, 50))
    defaults: dict[str, Any] = {
        "NominalBeamEnergy": 6.0,
        "DoseRateSet": 600.0,
        "GantryAngle": 0.0,
        "GantryRotationDirection": "NONE",
        "BeamLimitingDeviceAngle": 0.0,
        "BeamLimitingDeviceRotationDirection": "NONE",
        "PatientSupportAngle": 0.0,
        "PatientSupportRotationDirection": "NONE",
        "BeamLimitingDevicePositionSequence": list(where),
    }
    return point(0, 0.0, **(defaults | values))


def beam(*points: Dataset, mlc: str = "Millennium 120", number: int = 1, **values: Any) -> Dataset:
    """Return a beam; of one static square field by default, its leaves 1 cm behind the jaws."""
    pairs = max(len(BOUNDARIES_MM.get(mlc, ())) - 1, 0)
    where = [placed("ASYMX", -50, 50), placed("ASYMY", -50, 50)]
    devices = [device("ASYMX"), device("ASYMY")]
    if mlc:
        where.append(placed("MLCX", *leaves(-60, 60, pairs)))
        devices.append(device("MLCX", mlc))
    points = points or (first_point(*where), point(1, 1.0))
    defaults: dict[str, Any] = {
        "Manufacturer": "Varian Medical Systems",
        "BeamNumber": number,
        "BeamName": f"Field {number}",
        "BeamType": "STATIC",
        "RadiationType": "PHOTON",
        "TreatmentMachineName": "TB1",
        "TreatmentDeliveryType": "TREATMENT",
        "PrimaryDosimeterUnit": "MU",
        "NumberOfWedges": 0,
        "BeamLimitingDeviceSequence": devices,
        "FinalCumulativeMetersetWeight": 1.0,
        "NumberOfControlPoints": len(points),
        "ControlPointSequence": list(points),
    }
    return item(**(defaults | values))


def group(*metersets: tuple[int, float | None], number: int = 1) -> Dataset:
    """Return a fraction group that gives beams by number their MU."""
    references = []
    for beam_number, meterset in metersets:
        reference = item(ReferencedBeamNumber=beam_number)
        if meterset is not None:
            reference.BeamMeterset = meterset
        references.append(reference)
    return item(
        FractionGroupNumber=number,
        NumberOfBeams=len(references),
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=references,
    )


def plan(*beams: Dataset, groups: list[Dataset] | None = None, **values: Any) -> Dataset:
    """Return a plan of beams, 100 MU each in one fraction group by default."""
    beams = beams or (beam(),)
    numbers = [one.BeamNumber for one in beams if "BeamNumber" in one]
    default = [group(*((number, 100.0) for number in numbers))]
    defaults: dict[str, Any] = {
        "SOPClassUID": RT_PLAN,
        "SOPInstanceUID": INSTANCE,
        "Modality": "RTPLAN",
        "PatientID": "QA",
        "RTPlanLabel": "test",
        "FractionGroupSequence": default if groups is None else groups,
        "BeamSequence": list(beams),
    }
    return item(**(defaults | values))


def encoded(
    dataset: Dataset, *, implicit: bool = True, preamble: bool = True, big: bool = False
) -> bytes:
    """Return a dataset as a file; big endian only with explicit VR and a preamble."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RT_PLAN, INSTANCE
    little = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    meta.TransferSyntaxUID = ExplicitVRBigEndian if big else little
    stream = BytesIO()
    file = FileDataset(stream, dataset, file_meta=meta, preamble=b"\0" * 128)
    file.is_implicit_VR, file.is_little_endian = implicit and not big, not big
    file.save_as(stream, write_like_original=False)
    data = stream.getvalue()
    return data if preamble else data[data.index(b"\x08\x00\x16\x00", 132) :]


def read(dataset: Dataset, **how: bool) -> PlanRead:
    """Return what the reader makes of a dataset that went through a file."""
    return parse_plan(encoded(dataset, **how), "plan.dcm")


def rules(made: PlanRead) -> list[str]:
    """Return the rules of all findings."""
    return [finding.rule.removeprefix("rtplan.") for finding in made.findings]


def write(path: Path, dataset: Dataset) -> Path:
    """Write a plan file and return its path."""
    path.write_bytes(encoded(dataset))
    return path


def arc(
    angles: list[float], direction: str = "CW", change: Callable[[Dataset], None] | None = None
) -> Dataset:
    """Return a beam whose gantry goes through angles with equal MU between them."""
    weights = np.linspace(0.0, 1.0, len(angles))
    where = (
        placed("ASYMX", -50, 50),
        placed("ASYMY", -50, 50),
        placed("MLCX", *leaves(-60, 60)),
    )
    points = [first_point(*where, GantryAngle=angles[0], GantryRotationDirection=direction)]
    points += [point(k, float(weights[k]), GantryAngle=angles[k]) for k in range(1, len(angles))]
    points[-1].GantryRotationDirection = "NONE"
    out = beam(*points, BeamType="DYNAMIC")
    if change is not None:
        change(out)
    return out
