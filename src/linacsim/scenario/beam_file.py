"""A beam file with the machine it goes to and all that is to be said about it before delivery."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from linacsim.formats.rtplan import is_dicom
from linacsim.formats.truebeam_xml import read_beam
from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field
from linacsim.model.findings import Finding, InputError, Place, Severity, has_errors
from linacsim.planning import Plan, plan
from linacsim.planning.check import check
from linacsim.planning.fields import FieldPlan, plan_field
from linacsim.scenario.plan_file import PlanFile, open_plan


@dataclass(frozen=True, slots=True)
class BeamFile:
    """A beam that was read, checked and planned as far as that goes."""

    beam: Beam | None
    """None where no control point could be read."""
    machine: MachineSpec | None
    """None where no beam could be read and no machine was named."""
    plan: Plan | FieldPlan | None
    """None where an error was found before planning."""
    findings: tuple[Finding, ...]
    """Of reader, checker and planner, in this order."""
    read_errors: bool
    """Whether the file itself is in error, so that not even a careless operator could load it."""
    field: Field | None = None
    """The field that `beam` shows, where the machine delivers prescribed fields."""

    @property
    def deliverable(self) -> bool:
        """Whether nothing stands against delivery."""
        return not has_errors(self.findings)

    @property
    def lowest_rate(self) -> float:
        """The lowest dose rate that comes, MU/min: as planned, or else as the beam asks for."""
        assert self.beam is not None
        plan = self.plan
        rates = plan.rate if isinstance(plan, FieldPlan) else self.beam.resolved_dose_rate()
        rates = rates[np.isfinite(rates) & (rates > 0)]
        if len(rates):
            return float(rates.min())
        energy = self.machine.energies.get(self.beam.energy) if self.machine else None
        return energy.max_dose_rate_mu_per_min if energy else 0.0

    @property
    def not_acted_on(self) -> tuple[Finding, ...]:
        """What was read and kept, but has no effect in this version."""
        return tuple(f for f in self.findings if f.severity is Severity.NOT_ACTED_ON)


def open_beams(
    path: Path,
    machine: MachineSpec | None = None,
    number: int | None = None,
    group: int | None = None,
) -> tuple[BeamFile, ...]:
    """Read, check and plan what a file holds: a TrueBeam XML beam, or the sequences of a plan.

    By default a plan gives the beams of its first fraction group, or of the one that has the
    number `group`, in as few sequences as it can be delivered in; with `number` only that beam.
    The machine is by default the shipped one that has the MLC. Raises InputError where the file
    cannot be read at all or no machine fits.
    """
    if is_dicom(path) or path.suffix.lower() == ".dcm":
        return _of_plan(open_plan(path, machine, number, group))
    if group is not None:
        raise InputError("only DICOM plans have fraction groups", Place(str(path)))
    file = _of_xml(path, machine)
    if number is not None and file.beam is not None and file.beam.id != number:
        raise InputError(f"the file holds beam {file.beam.id}, not {number}", Place(str(path)))
    return (file,)


def open_beam(
    path: Path,
    machine: MachineSpec | None = None,
    number: int | None = None,
    group: int | None = None,
) -> BeamFile:
    """Read, check and plan one beam; see `open_beams`.

    Raises InputError also for a plan that needs several sequences.
    """
    files = open_beams(path, machine, number, group)
    if len(files) > 1:
        names = ", ".join(str(file.beam.id) for file in files if file.beam)
        raise InputError(
            f"the plan cannot be delivered in one sequence: its parts start at beams {names}; "
            "choose one beam (--beam, or beam_number in a scenario)",
            Place(str(path)),
        )
    return files[0]


def _of_plan(opened: PlanFile) -> tuple[BeamFile, ...]:
    if not opened.beams or opened.machine is None:
        return (BeamFile(None, opened.machine, None, opened.findings, read_errors=True),)
    errors = has_errors(opened.findings)
    if opened.fields:
        return tuple(
            _planned(field, opened.machine, opened.findings if k == 0 else ())
            for k, field in enumerate(opened.fields)
        )
    out = []
    for k, beam in enumerate(opened.beams):
        # What is to be said of the plan is said once, with its first sequence.
        findings = opened.findings if k == 0 or errors else ()
        file = _checked(beam, opened.machine, (), read_errors=errors)
        out.append(replace(file, findings=findings + _by_field(file.findings, beam)))
    return tuple(out)


def _by_field(findings: tuple[Finding, ...], beam: Beam) -> tuple[Finding, ...]:
    """Return findings about a sequence of a plan with the field, and the point in the field."""
    starts = beam.control_points.sub_beam
    out = []
    for one in findings:
        point = one.place.control_point
        start = max((k for k in starts if point is not None and k <= point), default=None)
        if start is None or point is None:
            out.append(one)
            continue
        element = " ".join([f"field {starts[start].name!r}", one.place.element or ""]).strip()
        place = replace(one.place, element=element, control_point=point - start)
        out.append(replace(one, place=place))
    return tuple(out)


def _planned(field: Field, machine: MachineSpec, findings: tuple[Finding, ...]) -> BeamFile:
    """Return a field, which was checked when it was made, with its plan."""
    made = plan_field(field, machine)
    findings += made.findings
    return BeamFile(field.beam, machine, made, findings, read_errors=False, field=field)


def _of_xml(path: Path, machine: MachineSpec | None) -> BeamFile:
    read = read_beam(path)
    if read.beam is None:
        return BeamFile(None, machine, None, read.findings, read_errors=True)
    if machine is not None and machine.field_rules is not None:
        raise InputError(
            f"{machine.name} delivers prescribed fields: give it a DICOM RT Plan, not TrueBeam XML",
            Place(str(path)),
        )
    read_errors = has_errors(read.findings)
    try:
        chosen = machine or machine_for(read.beam)
    except InputError:
        if read_errors:
            return BeamFile(read.beam, None, None, read.findings, read_errors)
        raise
    return _checked(read.beam, chosen, read.findings, read_errors=read_errors)


def _checked(
    beam: Beam, machine: MachineSpec, findings: tuple[Finding, ...], *, read_errors: bool
) -> BeamFile:
    findings += check(beam, machine)
    planned = None if has_errors(findings) else plan(beam, machine)
    if planned is not None:
        findings += planned.findings
    return BeamFile(beam, machine, planned, findings, read_errors)


def machine_for(beam: Beam) -> MachineSpec:
    """Return the shipped machine that has the beam's MLC; raises InputError if there is none."""
    shipped = [load_machine(name) for name in machine_names()]
    for machine in shipped:
        if machine.mlc.model == beam.mlc_model:
            return machine
    known = ", ".join(machine.mlc.model for machine in shipped)
    raise InputError(
        f"no machine that comes with linacsim has MLC model {beam.mlc_model!r} "
        f"(they have {known}): name a machine",
        Place(beam.source.path, beam.source.lines.get("MLCModel"), "MLCModel"),
    )
