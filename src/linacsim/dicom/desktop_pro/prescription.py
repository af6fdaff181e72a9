"""What the console keeps of a plan that it took (Appendix A): all that Tables 5 to 17 store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.console import Mask, Patient
from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.information import (
    BEAM_INFORMATION,
    FIRST_POINT_INFORMATION,
    PLAN_INFORMATION,
    information,
    setup_note,
)
from linacsim.dicom.desktop_pro.names import beam_name, dose_point_name, sequence_stem
from linacsim.dicom.desktop_pro.request import Beam, Request


class Parameter(StrEnum):
    """What a plan may leave UNPRESCRIBED, to be filled in by the operator."""

    METERSET = "meterset_mu"
    TOLERANCE_TABLE = "tolerance_table"
    SHADOW_TRAY = "shadow_tray"
    ACCESSORY_FITMENT = "accessory_fitment"
    ACCESSORY_MOUNT = "accessory_mount"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True)
class Field:
    """A prescribed field: one beam."""

    number: int
    name: str
    description: str
    machine: str
    radiation: str
    values: Mapping[Parameter, str]
    """What is prescribed, as text."""
    unprescribed: tuple[Parameter, ...]
    """What must be filled in before the field can be treated."""
    notes: tuple[str, ...]
    information: Mapping[str, str]
    """The beam information record, by attribute."""
    contributions: Mapping[int, float | None]
    """Gy by dose reference number; None: UNPRESCRIBED (Note VI)."""


@dataclass(frozen=True, slots=True)
class BeamSequence:
    """A group of fields treated together, from a fraction group."""

    stem: str
    """Its name without counter."""
    group: int
    """Number of the fraction group."""
    fields: tuple[int, ...]
    """Beam numbers in order."""


@dataclass(frozen=True, slots=True)
class DosePoint:
    """A dose monitoring point (Table 10)."""

    name: str
    type: str
    prior_gy: float
    maximum_gy: float | None


@dataclass(frozen=True, slots=True)
class Prescription:
    """A plan as it is stored."""

    patient_id: str
    patient: Patient
    label: str
    sop_instance_uid: str
    information: Mapping[str, str]
    """The plan information record, by attribute."""
    fields: tuple[Field, ...]
    sequences: tuple[BeamSequence, ...]
    dose_points: tuple[DosePoint, ...]
    notes: tuple[str, ...]
    """Setup notes of fraction groups."""


def prescription_of(request: Request, received: datetime) -> Prescription:
    """Return what is stored of a plan that `judge` let pass."""
    plan = request.plan
    return Prescription(
        patient_id=request.patient_id,
        patient=Patient(
            plan.text(tags.PATIENT_NAME), plan.text(tags.BIRTH_DATE), plan.text(tags.SEX)
        ),
        label=plan.text(tags.PLAN_LABEL),
        sop_instance_uid=plan.text(tags.SOP_INSTANCE_UID),
        information=information(plan, PLAN_INFORMATION),
        fields=tuple(_field(beam, request, received) for beam in request.beams),
        sequences=_sequences(request),
        dose_points=tuple(map(_dose_point, plan.items(tags.DOSE_REFERENCES))),
        notes=tuple(_setup_notes(group, plan) for group in request.groups),
    )


def _sequences(request: Request) -> tuple[BeamSequence, ...]:
    """Return a sequence per fraction group; one with all beams where there is none (Note V)."""
    label = request.plan.text(tags.PLAN_LABEL)
    if not request.groups:
        stem, _ = sequence_stem(request.patient_id, label, 1)
        return (BeamSequence(stem, 1, tuple(beam.number for beam in request.beams)),)
    return tuple(_sequence(group, request.patient_id, label) for group in request.groups)


def _sequence(group: Data, patient_id: str, label: str) -> BeamSequence:
    number = group.integer(tags.GROUP_NUMBER) or 0
    references = group.items(tags.REFERENCED_BEAMS)
    return BeamSequence(
        sequence_stem(patient_id, label, number)[0],
        number,
        tuple(reference.integer(tags.REFERENCED_BEAM) or 0 for reference in references),
    )


def _field(beam: Beam, request: Request, received: datetime) -> Field:
    values = {
        Parameter.METERSET: "" if beam.mu is None else f"{beam.mu[-1]:.1f}",
        Parameter.TOLERANCE_TABLE: _tolerance_table(beam, request),
        Parameter.SHADOW_TRAY: _first(beam.data, tags.BLOCK_SEQUENCE, tags.TRAY),
        Parameter.ACCESSORY_FITMENT: _first(beam.data, tags.APPLICATORS, tags.APPLICATOR_ID),
        Parameter.ACCESSORY_MOUNT: _first(beam.data, tags.APPLICATORS, tags.APPLICATOR_TYPE),
        Parameter.ENERGY: _energy(beam),
    }
    unprescribed = tuple(_unprescribed(beam, request, values))
    return Field(
        number=beam.number,
        name=beam_name(beam.number, beam.data.text(tags.BEAM_NAME), received),
        description=beam.data.text(tags.BEAM_DESCRIPTION),
        machine=beam.data.text(tags.MACHINE),
        radiation=beam.radiation,
        values={name: text for name, text in values.items() if text and name not in unprescribed},
        unprescribed=unprescribed,
        notes=tuple(note for note in _notes(beam, request.plan) if note),
        information=information(beam.data, BEAM_INFORMATION)
        | information(beam.points.items[0], FIRST_POINT_INFORMATION),
        contributions=_contributions(beam, request),
    )


def _contributions(beam: Beam, request: Request) -> dict[int, float | None]:
    """Return what the field gives to dose references: the last coefficients times its dose."""
    dose_gy = request.beam_doses_gy.get(beam.number)
    last: dict[int, float | None] = {}
    for point in beam.points.items:
        for item in point.items(tags.DOSE_REFERENCE_SEQUENCE):
            coefficient = item.number(tags.DOSE_COEFFICIENT)
            number = item.integer(tags.REFERENCED_DOSE_REFERENCE) or 0
            if coefficient is None or dose_gy is None:
                last[number] = None
            else:
                last[number] = coefficient * dose_gy
    return last


def _unprescribed(beam: Beam, request: Request, values: Mapping[Parameter, str]) -> list[Parameter]:
    """Return what a plan or a mask leaves open though the field needs it (Table 19)."""
    blocks, electrons = beam.data.items(tags.BLOCK_SEQUENCE), beam.radiation == "ELECTRON"
    masks = request.masks
    out = []
    if beam.mu is None:
        out.append(Parameter.METERSET)
    named = beam.data.integer(tags.REFERENCED_TOLERANCES) is not None
    if Mask.TOLERANCE_TABLES in masks or (named and not values[Parameter.TOLERANCE_TABLE]):
        out.append(Parameter.TOLERANCE_TABLE)
    if Mask.SHADOW_TRAY in masks and blocks and not electrons:
        out.append(Parameter.SHADOW_TRAY)
    if Mask.ACCESSORY_FITMENT in masks and electrons:
        out.append(Parameter.ACCESSORY_FITMENT)
    if Mask.ACCESSORY_MOUNT in masks and electrons:
        out.append(Parameter.ACCESSORY_MOUNT)
    if Mask.ENERGY in masks or not values[Parameter.ENERGY]:
        out.append(Parameter.ENERGY)
    return out


def _tolerance_table(beam: Beam, request: Request) -> str:
    wanted = beam.data.integer(tags.REFERENCED_TOLERANCES)
    for table in request.plan.items(tags.TOLERANCE_TABLES):
        if wanted is not None and table.integer(tags.TOLERANCE_NUMBER) == wanted:
            return table.text(tags.TOLERANCE_LABEL)
    return ""


def _energy(beam: Beam) -> str:
    """Return the energy in MV or MeV at the first control point; empty where it is not stated."""
    value = beam.points.items[0].number(tags.ENERGY)
    return "" if value is None else f"{value:g}"


def _first(data: Data, sequence: int, tag: int) -> str:
    """Return the first text that is not empty among the items of a sequence."""
    return next((text for item in data.items(sequence) if (text := item.text(tag))), "")


def _notes(beam: Beam, plan: Data) -> list[str]:
    data = beam.data
    notes = [
        f"Block {item.text(tags.BLOCK_NUMBER)}: {item.text(tags.BLOCK_TYPE)} "
        f"{item.text(tags.BLOCK_NAME)}".strip()
        for item in data.items(tags.BLOCK_SEQUENCE)
    ]
    if count := data.integer(tags.COMPENSATORS):
        notes.append(f"{count} compensators of the plan are not prescribed")
    if count := data.integer(tags.BOLI):
        notes.append(f"{count} boli of the plan are not prescribed")
    notes += [
        f"Applicator {item.text(tags.APPLICATOR_ID)} "
        f"{item.text(tags.APPLICATOR_DESCRIPTION)}".strip()
        for item in data.items(tags.APPLICATORS)
    ]
    return [*notes, _setup_notes(data, plan)]


def _setup_notes(owner: Data, plan: Data) -> str:
    wanted = owner.integer(tags.REFERENCED_SETUP)
    setups = plan.items(tags.SETUPS)
    return "; ".join(
        setup_note(setup)
        for setup in setups
        if wanted is not None and setup.integer(tags.SETUP_NUMBER) == wanted
    )


def _dose_point(item: Data) -> DosePoint:
    kind = item.text(tags.DOSE_REFERENCE_TYPE)
    maximum = {"TARGET": tags.TARGET_MAXIMUM, "ORGAN_AT_RISK": tags.ORGAN_MAXIMUM}.get(kind)
    number = item.integer(tags.DOSE_REFERENCE_NUMBER) or 0
    return DosePoint(
        name=dose_point_name(number, item.text(tags.DOSE_REFERENCE_DESCRIPTION)),
        type=kind,
        prior_gy=item.number(tags.PRIOR_DOSE) or 0.0,
        maximum_gy=item.number(maximum) if maximum else None,
    )
