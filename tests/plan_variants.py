"""Plans as other planning systems write them: one trait each, on a plan that is sound without it.

Traits are those of public files and of the DICOM standard (PS3.3, C.8.8.9 to C.8.8.14), not of any
one site. A change takes a whole dataset and alters it in place.
"""

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

import numpy as np
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from tests.rtplans import arc, beam, device, group, item, leaves, placed, plan, point

Change = Callable[[Dataset], None]


def first(dataset: Dataset) -> Dataset:
    """Return the first beam."""
    out: Dataset = dataset.BeamSequence[0]
    return out


def points(dataset: Dataset) -> list[Dataset]:
    """Return the control points of the first beam."""
    return list(first(dataset).ControlPointSequence)


def in_beam(**values: object) -> Change:
    """Return a change that sets attributes of the first beam."""
    return lambda dataset: first(dataset).update(item(**values))


def at_start(**values: object) -> Change:
    """Return a change that sets attributes of the first control point."""
    return lambda dataset: points(dataset)[0].update(item(**values))


def raw(tag: int, value: bytes, vr: str = "DS") -> Change:
    """Return a change that writes bytes at the first control point which pydicom would not."""

    def change(dataset: Dataset) -> None:
        element = RawDataElement(Tag(tag), vr, len(value), value, 0, True, True)
        points(dataset)[0][tag] = element

    return change


def without(*keywords: str) -> Change:
    """Return a change that leaves attributes out of the first beam and all its points."""

    def change(dataset: Dataset) -> None:
        for where in (first(dataset), *points(dataset)):
            for keyword in keywords:
                if keyword in where:
                    del where[keyword]

    return change


# What can be delivered ---------------------------------------------------------------------------


def _weights(final: float, decimals: int = 9) -> Change:
    """Return a change to weights that are MU or per cent, not shares of one."""

    def change(dataset: Dataset) -> None:
        first(dataset).FinalCumulativeMetersetWeight = final
        for one in points(dataset):
            one.CumulativeMetersetWeight = round(
                float(one.CumulativeMetersetWeight) * final, decimals
            )

    return change


def _repeated(dataset: Dataset) -> None:
    """Let every point say everything, as Pinnacle and Oncentra do."""
    rows = points(dataset)
    for before, row in pairwise(rows):
        for keyword in [element.keyword for element in before if element.tag not in row]:
            setattr(row, keyword, deepcopy(before[keyword].value))


def _symmetric(dataset: Dataset) -> None:
    """Name the jaws X and Y, in declaration and points."""
    for where in (first(dataset).BeamLimitingDeviceSequence, *_placements(dataset)):
        for one in where:
            one.RTBeamLimitingDeviceType = one.RTBeamLimitingDeviceType.replace("ASYM", "")


def _placements(dataset: Dataset) -> list[list[Dataset]]:
    rows = points(dataset)
    return [list(row.get("BeamLimitingDevicePositionSequence", [])) for row in rows]


def _declared_in_both_ways(dataset: Dataset) -> None:
    """Declare X and Y too, which no point uses (public QA plans)."""
    first(dataset).BeamLimitingDeviceSequence.extend([device("X"), device("Y")])


def _kilovolts(dataset: Dataset) -> None:
    """Add a beam for setup images as Eclipse writes it: no dose, no meterset, not referenced."""
    image = beam(number=9, TreatmentDeliveryType="SETUP", FinalCumulativeMetersetWeight=0.0)
    image.ControlPointSequence[1].CumulativeMetersetWeight = None
    for keyword in ("NominalBeamEnergy", "DoseRateSet"):
        del image.ControlPointSequence[0][keyword]
    dataset.BeamSequence.append(image)
    dataset.FractionGroupSequence[0].ReferencedBeamSequence.append(item(ReferencedBeamNumber=9))
    dataset.FractionGroupSequence[0].NumberOfBeams += 1


def _portal_image(dataset: Dataset) -> None:
    dataset.BeamSequence.append(beam(number=8, TreatmentDeliveryType="OPEN_PORTFILM"))


def _two_groups(dataset: Dataset) -> None:
    dataset.BeamSequence.append(beam(number=2))
    dataset.FractionGroupSequence.append(group((2, 50.0), number=2))


def _private(dataset: Dataset) -> None:
    for where in (dataset, first(dataset), points(dataset)[0]):
        block = where.private_block(0x300B, "A VENDOR", create=True)
        block.add_new(0x10, "LO", "anything")
        block.add_new(0x11, "SQ", [item(BeamNumber=77, GantryAngle=12.0)])


def _empty_second_point(dataset: Dataset) -> None:
    points(dataset)[1].BeamLimitingDevicePositionSequence = []


def _tolerances(dataset: Dataset) -> None:
    dataset.ToleranceTableSequence = [
        item(
            ToleranceTableNumber=1,
            GantryAngleTolerance=1.0,
            TableTopLongitudinalPositionTolerance=10.0,
            BeamLimitingDeviceToleranceSequence=[
                item(RTBeamLimitingDeviceType="X", BeamLimitingDevicePositionTolerance=2.0)
            ],
        )
    ]
    first(dataset).ReferencedToleranceTableNumber = 1


def _rate_at_each_point(dataset: Dataset) -> None:
    for rate, one in zip((600, 400, 200, 100), points(dataset), strict=False):
        one.DoseRateSet = rate


def _other_leaves_at_the_end(dataset: Dataset) -> None:
    """A composite field: a move without dose between two shapes."""
    one = first(dataset)
    pairs = one.BeamLimitingDeviceSequence[-1].NumberOfLeafJawPairs
    shape = placed("MLCX", *leaves(-30, 30, pairs))
    rows = points(dataset)[:1]
    rows += [
        point(1, 0.5),
        point(2, 0.5, BeamLimitingDevicePositionSequence=[shape]),
        point(3, 1.0),
    ]
    one.ControlPointSequence, one.NumberOfControlPoints = rows, 4


def _fff(dataset: Dataset) -> None:
    mode = item(FluenceMode="NON_STANDARD", FluenceModeID="FFF")
    first(dataset).PrimaryFluenceModeSequence = [mode]
    points(dataset)[0].DoseRateSet = 1400


def _wedge(where: str = "IN", **values: object) -> Change:
    def change(dataset: Dataset) -> None:
        defaults = {"WedgeNumber": 1, "WedgeType": "STANDARD", "WedgeAngle": 30}
        first(dataset).NumberOfWedges = 1
        first(dataset).WedgeSequence = [item(**(defaults | values))]
        if where:
            placed_wedge = item(ReferencedWedgeNumber=1, WedgePosition=where)
            points(dataset)[0].WedgePositionSequence = [placed_wedge]

    return change


def _couch(dataset: Dataset) -> None:
    """Turn the couch with the beam on, forth by 20 degrees."""
    for angle, one in zip((350.0, 10.0), points(dataset), strict=False):
        one.PatientSupportAngle = angle
        one.PatientSupportRotationDirection = "CC"
    points(dataset)[-1].PatientSupportRotationDirection = "NONE"


def _electrons(dataset: Dataset) -> None:
    one = first(dataset)
    one.RadiationType = "ELECTRON"
    applicator = item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE", AccessoryCode="A10")
    one.ApplicatorSequence = [applicator]


def _block(dataset: Dataset) -> None:
    one = first(dataset)
    one.NumberOfBlocks = 1
    one.BlockSequence = [item(BlockTrayID="Tray 7", BlockNumber=1, BlockType="SHIELDING")]


def _compensator(dataset: Dataset) -> None:
    first(dataset).NumberOfCompensators = 1
    first(dataset).CompensatorSequence = [item(CompensatorNumber=1, CompensatorID="C1")]


def _bolus(dataset: Dataset) -> None:
    first(dataset).NumberOfBoli = 1
    first(dataset).ReferencedBolusSequence = [item(ReferencedROINumber=4)]


def _meterset(value: float | None) -> Change:
    def change(dataset: Dataset) -> None:
        reference = dataset.FractionGroupSequence[0].ReferencedBeamSequence[0]
        if value is None:
            del reference.BeamMeterset
        else:
            reference.BeamMeterset = value

    return change


def _no_groups(dataset: Dataset) -> None:
    dataset.FractionGroupSequence = []


def _mlc(kind: str, edges: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Change:
    """Return a change of the MLC to leaves with boundaries in mm."""

    def change(dataset: Dataset) -> None:
        pairs = len(edges) - 1
        declared = first(dataset).BeamLimitingDeviceSequence[-1]
        declared.RTBeamLimitingDeviceType = kind
        declared.NumberOfLeafJawPairs = pairs
        declared.LeafPositionBoundaries = [float(edge) for edge in edges]
        for rows in _placements(dataset):
            for one in rows:
                if one.RTBeamLimitingDeviceType == "MLCX":
                    one.RTBeamLimitingDeviceType = kind
                    one.LeafJawPositions = list(leaves(-60, 60, pairs))

    return change


def _two_layers(dataset: Dataset) -> None:
    """Two stacked MLCs, as Halcyon and Ethos have."""
    one = first(dataset)
    one.TreatmentMachineName = "Halcyon"
    layers = []
    for kind, pairs, start in (("MLCX1", 29, -145.0), ("MLCX2", 28, -140.0)):
        edges = [start + 10.0 * k for k in range(pairs + 1)]
        layer = item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=pairs)
        layer.LeafPositionBoundaries = edges
        layers.append((layer, placed(kind, *leaves(-60, 60, pairs))))
    one.BeamLimitingDeviceSequence = [device("X"), device("Y"), *(one for one, _ in layers)]
    where = [placed("X", -140, 140), placed("Y", -140, 140), *(row for _, row in layers)]
    for row in points(dataset):
        row.BeamLimitingDevicePositionSequence = deepcopy(where)


def _helical(dataset: Dataset) -> None:
    """Minutes, no jaws along X, no MLC: TomoTherapy."""
    one = first(dataset)
    one.PrimaryDosimeterUnit = "MINUTE"
    one.BeamLimitingDeviceSequence = [device("ASYMY")]
    points(dataset)[0].BeamLimitingDevicePositionSequence = [placed("ASYMY", -25, 25)]


def _ions(dataset: Dataset) -> None:
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
    dataset.IonBeamSequence = dataset.BeamSequence
    del dataset.BeamSequence


def _protons(dataset: Dataset) -> None:
    first(dataset).RadiationType = "PROTON"
    snout = item(SnoutID="S1")
    first(dataset).SnoutSequence = [snout]


def _brachy(dataset: Dataset) -> None:
    del dataset.BeamSequence
    dataset.FractionGroupSequence = [
        item(FractionGroupNumber=1, NumberOfBeams=0, NumberOfBrachyApplicationSetups=1)
    ]
    dataset.ApplicationSetupSequence = [item(ApplicationSetupNumber=1)]


def _fluence(name: str) -> Change:
    mode = item(FluenceMode="NON_STANDARD", FluenceModeID=name)
    return in_beam(PrimaryFluenceModeSequence=[mode])


def _not_placed(*kinds: str) -> Change:
    """Return a change that takes the positions of devices away, not their declaration."""

    def change(dataset: Dataset) -> None:
        for row in points(dataset):
            if "BeamLimitingDevicePositionSequence" in row:
                row.BeamLimitingDevicePositionSequence = [
                    one
                    for one in row.BeamLimitingDevicePositionSequence
                    if one.RTBeamLimitingDeviceType not in kinds
                ]

    return change


_jaws_not_placed = _not_placed("ASYMX", "ASYMY")


def _table_top(dataset: Dataset) -> None:
    for angle, one in zip((0.0, 10.0), points(dataset), strict=False):
        one.TableTopEccentricAngle = angle
        one.TableTopEccentricRotationDirection = "CC"


def _far_leaf(dataset: Dataset) -> None:
    row = points(dataset)[0].BeamLimitingDevicePositionSequence[-1]
    positions = [float(one) for one in row.LeafJawPositions]
    positions[-1] = 260.0
    row.LeafJawPositions = positions


def _one_point(dataset: Dataset) -> None:
    first(dataset).ControlPointSequence = points(dataset)[:1]
    first(dataset).NumberOfControlPoints = 1


def _counted_from_one(dataset: Dataset) -> None:
    for k, one in enumerate(points(dataset), start=1):
        one.ControlPointIndex = k


SOUND: dict[str, Change] = {
    "as it is": lambda dataset: None,
    "weights are MU": _weights(100.0),
    "weights in per cent, rounded": _weights(100.0, 2),
    "final weight by a rounding off": in_beam(FinalCumulativeMetersetWeight=0.9999998),
    "every point says everything": _repeated,
    "second point without positions": _empty_second_point,
    "X and Y": _symmetric,
    "X and Y declared besides": _declared_in_both_ways,
    "no number of control points": without("NumberOfControlPoints"),
    "no directions": without(
        "GantryRotationDirection",
        "BeamLimitingDeviceRotationDirection",
        "PatientSupportRotationDirection",
    ),
    "no support angle": without("PatientSupportAngle"),
    "no dose rate": without("DoseRateSet"),
    "dose rate 0": at_start(DoseRateSet=0),
    "dose rate at each point": _rate_at_each_point,
    "kV setup beam": _kilovolts,
    "portal image": _portal_image,
    "two fraction groups": _two_groups,
    "private tags": _private,
    "tolerances": _tolerances,
    "composite field": _other_leaves_at_the_end,
    "flattening filter free": _fff,
    "bolus": _bolus,
    "turning couch": _couch,
    "no name": without("BeamName"),
    "odd machine name": in_beam(TreatmentMachineName=" Ünit #3/α\\b "),
    "couch empty": at_start(
        TableTopVerticalPosition=None,
        TableTopLongitudinalPosition=None,
        TableTopLateralPosition=None,
    ),
    "couch without length": at_start(TableTopVerticalPosition=-120.0, TableTopLateralPosition=5.0),
    "couch turned": at_start(PatientSupportAngle=90.0),
    "pitch and roll 0": at_start(TableTopPitchAngle=0.0, TableTopRollAngle=0.0),
    "gantry pitch 0": at_start(GantryPitchAngle=0.0),
    "wedge out": _wedge("OUT"),
    "known wedge": _wedge(WedgeID="W30R30U", AccessoryCode="3924"),
    "dynamic wedge": _wedge(WedgeType="DYNAMIC", WedgeOrientation=0),
    "long decimal string": raw(0x300A_011E, b"10.000000000000000000001"),
    "signs and exponents": raw(0x300A_011E, b" +1.0E+01 "),
    "blanks around": raw(0x300A_0120, b"   0.0"),
    "energy as 6.0": raw(0x300A_0114, b"6.000"),
}
"""Traits that a TrueBeam delivers with the MU of the plan."""

ELEKTA_SOUND: dict[str, Change] = {
    name: SOUND[name]
    for name in SOUND
    if name not in ("known wedge", "dynamic wedge", "flattening filter free", "turning couch")
} | {
    "wedge in": _wedge("IN", WedgeType="MOTORIZED"),
    "wedge out": _wedge("OUT", WedgeType="MOTORIZED"),
    "block": _block,
    "compensator": _compensator,
    "electrons": _electrons,
    "eccentric": at_start(TableTopEccentricAngle=5.0),
    "tilted": at_start(TableTopPitchAngle=1.5),
    "rate beyond the machine's": at_start(DoseRateSet=2400),
}
"""Traits that an Elekta machine delivers with the MU of the plan."""

M160 = np.linspace(-200, 200, 81)

REFUSED: dict[str, tuple[Change, str, str]] = {
    "wrong energy": (at_start(NominalBeamEnergy=7.0), "machine.energy", "field 'Field 1' Energy"),
    "meterset missing": (_meterset(None), "rtplan.no-meterset", "(300A,0086)"),
    "meterset negative": (_meterset(-5.0), "rtplan.meterset", "(300A,0086)"),
    "no fraction group": (_no_groups, "rtplan.no-meterset", "(300A,0086)"),
    "leaves along Y": (_mlc("MLCY", M160), "rtplan.device-kind", "(300A,00B8)"),
    "two layers": (_two_layers, "rtplan.device-kind", "(300A,00B8)"),
    "other boundaries": (_mlc("MLCX", M160 * 1.4), "rtplan.boundaries", "(300A,00BE)"),
    "helical": (_helical, "rtplan.unit", "(300A,00B3)"),
    "ion plan": (_ions, "", "(0008,0016)"),
    "protons": (_protons, "rtplan.radiation", "(300A,00C6)"),
    "brachy": (_brachy, "rtplan.brachy", "(300A,00A0)"),
    "block": (_block, "rtplan.accessory", "(300A,00F4)"),
    "compensator": (_compensator, "rtplan.accessory", "(300A,00E3)"),
    "motorised wedge": (_wedge(WedgeType="MOTORIZED"), "rtplan.wedge", "(300A,00D3)"),
    "unknown wedge": (_wedge(WedgeID="W45"), "rtplan.accessory", "(300A,00D1)"),
    "gantry pitch": (at_start(GantryPitchAngle=2.0), "rtplan.gantry-pitch", "(300A,014A)"),
    "eccentric": (at_start(TableTopEccentricAngle=5.0), "rtplan.eccentric", "(300A,0125)"),
    "one control point": (_one_point, "rtplan.count", "(300A,0111)"),
    "counted from one": (_counted_from_one, "rtplan.point-index", "(300A,0112)"),
    "no jaws": (_jaws_not_placed, "rtplan.no-jaws", "(300A,011A)"),
    "MLC not placed": (_not_placed("MLCX"), "rtplan.missing", "(300A,011A)"),
    "other fluence": (_fluence("SRS"), "machine.energy", "field 'Field 1' Energy"),
    "no devices": (without("BeamLimitingDeviceSequence"), "rtplan.missing", "(300A,00B6)"),
    "rate too high": (at_start(DoseRateSet=2400), "machine.dose-rate", "field 'Field 1' DRate"),
    "decimal comma": (raw(0x300A_011E, b"10,5"), "rtplan.value", "(300A,011E)"),
    "two angles": (raw(0x300A_011E, b"10\\20"), "rtplan.value", "(300A,011E)"),
    "empty angle": (raw(0x300A_011E, b""), "rtplan.missing", "(300A,011E)"),
}
"""Traits for which a TrueBeam refuses a plan, with the rule and the tag of all its errors."""

ELEKTA_REFUSED: dict[str, tuple[Change, str, str]] = {
    name: REFUSED[name]
    for name in (
        *("meterset negative", "leaves along Y", "two layers", "other boundaries", "helical"),
        *("ion plan", "protons", "brachy", "gantry pitch", "one control point", "no devices"),
        *("counted from one", "decimal comma", "two angles", "empty angle", "MLC not placed"),
    )
} | {
    "wrong energy": (at_start(NominalBeamEnergy=7.0), "field.energy", "(300A,0114)"),
    "other fluence": (_fluence("SRS"), "field.energy", "(300A,0114)"),
    "meterset missing": (_meterset(None), "field.meterset", "(300A,0086)"),
    "meterset too small": (_meterset(0.4), "field.segment-mu", "(300A,0134)"),
    "no fraction group": (_no_groups, "field.meterset", "(300A,0086)"),
    "physical wedge": (_wedge(WedgeID="W30"), "field.wedge", "(300A,00D1)"),
    "dynamic wedge": (_wedge(WedgeType="DYNAMIC"), "field.wedge", "(300A,00D1)"),
    "wedge without a place": (
        _wedge("", WedgeType="MOTORIZED"),
        "field.wedge-position",
        "(300A,0116)",
    ),
    "no jaws": (_jaws_not_placed, "field.shape", "(300A,011A)"),
    "couch turns": (_couch, "field.couch", "(300A,0122)"),
    "table top turns": (_table_top, "field.couch", "(300A,0125)"),
    "leaf beyond reach": (_far_leaf, "field.range", "(300A,011C)"),
}
"""The same of Elekta machines."""


def truebeam_plan() -> Dataset:
    """Return a static field for a TrueBeam."""
    return plan()


def truebeam_arc() -> Dataset:
    """Return an arc for a TrueBeam."""
    return plan(arc([181.0, 0.0, 179.0]))


def elekta_plan(mlc: str = "Millennium 80 or MLCi") -> Dataset:
    """Return a static field for an Elekta machine; one with Agility has no jaws along X."""
    dataset = plan(beam(mlc=mlc, Manufacturer="Elekta"))
    if mlc == "Agility":
        one, row = first(dataset), points(dataset)[0]
        one.BeamLimitingDeviceSequence = one.BeamLimitingDeviceSequence[1:]
        row.BeamLimitingDevicePositionSequence = row.BeamLimitingDevicePositionSequence[1:]
    return dataset


def agility_plan() -> Dataset:
    """Return a static field for an Agility."""
    return elekta_plan("Agility")
