"""A DICOM plan with the machine it goes to: which beams are delivered, in which sequences."""

from dataclasses import dataclass, replace
from pathlib import Path

from linacsim.formats.rtplan import MLC_MODELS, read_plan, truebeam_sequences
from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field
from linacsim.model.findings import Finding, InputError, Place, Severity, has_errors
from linacsim.model.rt_plan import BeamReference, FractionGroup, RtPlan
from linacsim.planning.fields import prescribe

FIELD_MACHINES = {"Agility": "agility", "Beam Modulator": "precise-beam-modulator"}
"""Shipped machines that deliver fields, by MLC."""

_EITHER = "Millennium 80 or MLCi"
_OTHERS = ("varian", "siemens")
"""Makers who have no Elekta head; 80 leaf pairs of 5 mm are also on a Siemens machine."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan that was read, and the beams for a machine that were made of it."""

    plan: RtPlan
    machine: MachineSpec | None
    """None where no machine was named and none that comes with linacsim fits."""
    beams: tuple[Beam, ...]
    """One for each sequence, in order; none where the plan is in error or no machine fits."""
    findings: tuple[Finding, ...]
    fields: tuple[Field, ...] = ()
    """Where the machine delivers prescribed fields: those of `beams`, one for each."""


def open_plan(
    path: Path,
    machine: MachineSpec | None = None,
    number: int | None = None,
    group: int | None = None,
) -> PlanFile:
    """Read a plan and make beams of a fraction group, or only of beam `number`.

    The group is the one of that Fraction Group Number, or by default the first (that has the
    beam). Raises InputError where the file cannot be read or has no such group or beam.
    """
    read = read_plan(path)
    if has_errors(read.findings):
        return PlanFile(read.plan, machine, (), read.findings)
    references, notes = _wanted(read.plan, number, group)
    chosen = machine or _machine_for(read.plan, references)
    if isinstance(chosen, Finding):
        return PlanFile(read.plan, None, (), (*read.findings, *notes, chosen))
    if chosen.field_rules is not None:
        return _with_fields(read.plan, references, chosen, read.findings + notes)
    beams, findings = truebeam_sequences(read.plan, references, chosen)
    return PlanFile(read.plan, chosen, beams, read.findings + notes + findings)


def wanted_references(
    plan: RtPlan, number: int | None, group: int | None = None
) -> tuple[BeamReference, ...]:
    """Return what is delivered of a plan: a fraction group, or only beam `number`; see `open_plan`.

    Raises InputError where there is nothing, or no such group or beam.
    """
    return _wanted(plan, number, group)[0]


def _with_fields(
    plan: RtPlan,
    references: tuple[BeamReference, ...],
    machine: MachineSpec,
    findings: tuple[Finding, ...],
) -> PlanFile:
    """Return one field for each beam, or none where one of them cannot be delivered."""
    fields = []
    for reference in references:
        beam = plan.beam(reference.number)
        assert beam is not None
        made = prescribe(beam, reference.meterset, machine, plan.path)
        findings += made.findings
        if made.field is not None:
            fields.append(made.field)
    if len(fields) < len(references):
        return PlanFile(plan, machine, (), findings)
    return PlanFile(plan, machine, tuple(field.beam for field in fields), findings, tuple(fields))


def _wanted(
    plan: RtPlan, number: int | None, group_number: int | None
) -> tuple[tuple[BeamReference, ...], tuple[Finding, ...]]:
    """Return what is delivered, and what is to be said about the rest."""
    chosen = None if group_number is None else _group(plan, group_number)
    if number is not None:
        one = _one(plan, number, chosen)
        return (one,), () if chosen else _differing(plan, one)
    group = chosen or plan.fraction_group()
    references = group.beams if group else tuple(BeamReference(b.number, None) for b in plan.beams)
    wanted, notes = [], []
    for reference in references:
        beam = plan.beam(reference.number)
        if beam is not None and not beam.is_treatment:
            text = f"beam {beam.number} is for {beam.delivery_type}: it is not delivered"
            # Images need no meterset; what has one was to give dose.
            weight = Severity.WARNING if reference.meterset else Severity.NOTE
            notes.append(_note(plan, "not-treatment", text, weight))
        else:
            wanted.append(reference)
    if len(plan.fraction_groups) > 1 and group is not None and chosen is None:
        text = (
            f"the plan has {len(plan.fraction_groups)} fraction groups: "
            f"group {group.number} is delivered"
        )
        notes.append(_several_groups(plan, text))
    if not wanted:
        which = f"fraction group {chosen.number}" if chosen else "the plan"
        raise InputError(f"{which} has no beam to deliver", Place(plan.path))
    return tuple(wanted), tuple(notes)


def _group(plan: RtPlan, number: int) -> FractionGroup:
    group = plan.fraction_group(number)
    if group is None:
        known = ", ".join(str(one.number) for one in plan.fraction_groups) or "none"
        text = f"the plan has no fraction group {number}; it has {known}"
        raise InputError(text, Place(plan.path))
    return group


def _one(plan: RtPlan, number: int, group: FractionGroup | None) -> BeamReference:
    beam = plan.beam(number)
    if beam is None:
        known = ", ".join(str(one.number) for one in plan.beams)
        raise InputError(f"the plan has no beam {number}; it has {known}", Place(plan.path))
    if not beam.is_treatment:
        raise InputError(
            f"beam {number} is for {beam.delivery_type}, not for treatment: it is not delivered",
            Place(plan.path, element="(300A,00CE) Treatment Delivery Type"),
        )
    found = plan.reference(number, group.number if group else None)
    if found is None and group is not None:
        known = ", ".join(str(one.number) for one in group.beams)
        text = f"fraction group {group.number} does not have beam {number}; it has {known}"
        raise InputError(text, Place(plan.path))
    return found[1] if found else BeamReference(number, None)


def _differing(plan: RtPlan, wanted: BeamReference) -> tuple[Finding, ...]:
    """Return a warning where another fraction group gives a beam other MU."""
    others = {
        group.number: reference.meterset
        for group in plan.fraction_groups
        for reference in group.beams
        if reference.number == wanted.number and reference.meterset != wanted.meterset
    }
    if not others or wanted.meterset is None:
        return ()
    groups = ", ".join(map(str, others))
    text = (
        f"beam {wanted.number} is delivered with {wanted.meterset:g} MU, as the first fraction "
        f"group that has it says; it has others in group {groups}"
    )
    return (_several_groups(plan, text),)


def _several_groups(plan: RtPlan, text: str) -> Finding:
    mend = "name a group (--group, or group_number in a scenario)"
    return replace(_note(plan, "fraction-groups", text, Severity.WARNING), mend=mend)


def _machine_for(plan: RtPlan, references: tuple[BeamReference, ...]) -> MachineSpec | Finding:
    """Return the shipped machine that has the MLC of the beams, or else of the plan, or why not.

    Beams without an MLC go to the machine of the others.
    """
    numbers = {reference.number for reference in references}
    with_mlc = [beam for beam in plan.beams if beam.mlc]
    beam = next((one for one in with_mlc if one.number in numbers), None) or next(
        iter(with_mlc), None
    )
    named = f"the plan is for machine {', '.join(map(repr, plan.machines))}"
    if beam is None or beam.mlc is None:
        return _no_machine(plan, f"{named} and declares no MLC", "name a machine (--machine)")
    maker = beam.manufacturer.casefold()
    if beam.mlc.mlc in FIELD_MACHINES and any(other in maker for other in _OTHERS):
        return _no_machine(
            plan,
            f"{named} of {beam.manufacturer}, whose MLC has the leaf widths of Elekta's",
            "name a machine (--machine)",
        )
    if beam.mlc.mlc in FIELD_MACHINES or "elekta" in maker:
        return _field_machine(plan, beam.mlc.mlc, named)
    if beam.mlc.mlc not in MLC_MODELS:
        return _no_machine(plan, f"{named} with the MLC {beam.mlc.mlc}", "name a machine")
    model = MLC_MODELS[beam.mlc.mlc]
    if model == "NDS80" and "varian" not in maker:
        return _no_machine(
            plan,
            f"{named}, and its MLC of 40 x 10 mm may be Varian's or Elekta's",
            "name a machine (--machine)",
        )
    shipped = (load_machine(name) for name in machine_names())
    return next(machine for machine in shipped if machine.mlc.model == model)


def _field_machine(plan: RtPlan, mlc: str, named: str) -> MachineSpec | Finding:
    name = FIELD_MACHINES.get(mlc) or ("precise-mlc" if mlc == _EITHER else None)
    if name is None:
        found = f"{named} with the MLC {mlc or 'of unknown boundaries'}, which no Elekta head has"
        return _no_machine(plan, found, "name a machine (--machine)")
    return load_machine(name)


def _no_machine(plan: RtPlan, found: str, mend: str) -> Finding:
    place = Place(plan.path, element="(300A,00B2) Treatment Machine Name")
    return Finding("rtplan.machine", Severity.ERROR, found, mend=mend, place=place)


def _note(plan: RtPlan, rule: str, text: str, severity: Severity = Severity.NOTE) -> Finding:
    return Finding(f"rtplan.{rule}", severity, text, place=Place(plan.path))
