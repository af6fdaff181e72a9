"""What an operator fills in of a stored plan, and the plan that comes of it."""

import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from linacsim.dicom.desktop_pro.prescription import Parameter
from linacsim.dicom.desktop_pro.rules.fractions import MOST_MU
from linacsim.model.findings import InputError, Place
from linacsim.scenario.stored import StoredGroup

_NUMBERS = {Parameter.METERSET: MOST_MU, Parameter.ENERGY: 50.0}
"""Parameters that are numbers, and the most that each may be."""
_LONGEST = 16

_ACCESSORIES = {
    Parameter.SHADOW_TRAY: ("BlockSequence", "BlockTrayID"),
    Parameter.ACCESSORY_FITMENT: ("ApplicatorSequence", "ApplicatorID"),
    Parameter.ACCESSORY_MOUNT: ("ApplicatorSequence", "ApplicatorType"),
}
"""Where a plan has what is mounted (Notes XII, XIII)."""


def parsed_values(texts: Sequence[str]) -> dict[Parameter, str]:
    """Return `NAME=VALUE` texts as values. Raises InputError."""
    out = {}
    for text in texts:
        name, mark, value = text.partition("=")
        known = ", ".join(Parameter)
        if not mark or name not in set(Parameter):
            raise InputError(f"--set {text}: give NAME=VALUE with a name of {known}")
        out[Parameter(name)] = _checked(Parameter(name), value.strip())
    return out


def _checked(name: Parameter, value: str) -> str:
    if name not in _NUMBERS:
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise InputError(f"--set {name.value}: give 1 to {_LONGEST} characters")
        return value
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 < number <= _NUMBERS[name]:
        raise InputError(
            f"--set {name.value}={value}: give a number above 0, up to {_NUMBERS[name]:g}"
        )
    return f"{number:.1f}" if name is Parameter.METERSET else f"{number:g}"


def completed_plan(dicom: bytes, group: StoredGroup) -> bytes:
    """Return the file of a stored plan with what was filled in of a fraction group.

    Raises InputError where something is still UNPRESCRIBED: it cannot be delivered (Appendix C).
    """
    from pydicom import dcmread

    for field in group.fields:
        if field["unprescribed"]:
            raise InputError(
                f"field {field['number']} has UNPRESCRIBED {', '.join(field['unprescribed'])}: "
                f"fill it in with `linacsim prescriptions complete`",
                Place(f"prescription {group.prescription}"),
            )
    plan = dcmread(BytesIO(dicom))
    _group_all_beams(plan)
    prescribed = {field["number"]: field["prescribed"] for field in group.fields}
    for beam in plan.BeamSequence:
        number = int(beam.BeamNumber)
        if number in prescribed:
            values = prescribed[number]
            _set_energy(beam, values[Parameter.ENERGY.value])
            _set_accessories(beam, values)
            _set_meterset(plan, number, values[Parameter.METERSET.value])
    out = BytesIO()
    plan.save_as(out)
    return out.getvalue()


def _set_energy(beam: Any, energy: str) -> None:
    """Give a beam its energy where the operator has said it; a plan's own stays as it is."""
    stated = [point for point in beam.ControlPointSequence if "NominalBeamEnergy" in point]
    if stated and f"{float(stated[0].NominalBeamEnergy):g}" == energy:
        return
    for point in beam.ControlPointSequence:
        point.NominalBeamEnergy = energy


def _set_accessories(beam: Any, values: Mapping[str, str]) -> None:
    """Give a beam the tray and the applicator of its prescription."""
    from pydicom import Dataset

    for name, (sequence, keyword) in _ACCESSORIES.items():
        if name.value not in values:
            continue
        if not beam.get(sequence):
            setattr(beam, sequence, [Dataset()])
        for item in getattr(beam, sequence):
            setattr(item, keyword, values[name.value])


def _group_all_beams(plan: Any) -> None:
    """Give a plan without fraction groups the one that the console makes of it (Note V)."""
    from pydicom import Dataset

    if plan.get("FractionGroupSequence"):
        return
    group = Dataset()
    group.FractionGroupNumber, group.NumberOfFractionsPlanned = 1, None
    group.NumberOfBeams, group.NumberOfBrachyApplicationSetups = len(plan.BeamSequence), 0
    group.ReferencedBeamSequence = []
    for beam in plan.BeamSequence:
        reference = Dataset()
        reference.ReferencedBeamNumber = beam.BeamNumber
        group.ReferencedBeamSequence.append(reference)
    plan.FractionGroupSequence = [group]


def _set_meterset(plan: Any, number: int, meterset: str) -> None:
    """Give a beam the MU that the operator has said where the plan states none."""
    for group in plan.FractionGroupSequence:
        for reference in group.ReferencedBeamSequence:
            silent = reference.get("BeamMeterset") is None
            if silent and int(reference.ReferencedBeamNumber) == number:
                reference.BeamMeterset = meterset
