"""A beam file with the machine it goes to and all that is to be said about it before delivery."""

from dataclasses import dataclass
from pathlib import Path

from linacsim.formats.truebeam_xml import read_beam
from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError, Place, Severity, has_errors
from linacsim.planning import Plan, plan
from linacsim.planning.check import check


@dataclass(frozen=True, slots=True)
class BeamFile:
    """A beam that was read, checked and planned as far as that goes."""

    beam: Beam | None
    """None where no control point could be read."""
    machine: MachineSpec | None
    """None where no beam could be read and no machine was named."""
    plan: Plan | None
    """None where an error was found before planning."""
    findings: tuple[Finding, ...]
    """Of reader, checker and planner, in this order."""
    read_errors: bool
    """Whether the file itself is in error, so that not even a careless operator could load it."""

    @property
    def deliverable(self) -> bool:
        """Whether nothing stands against delivery."""
        return not has_errors(self.findings)

    @property
    def not_acted_on(self) -> tuple[Finding, ...]:
        """What was read and kept, but has no effect in this version."""
        return tuple(f for f in self.findings if f.severity is Severity.NOT_ACTED_ON)


def open_beam(path: Path, machine: MachineSpec | None = None) -> BeamFile:
    """Read, check and plan a beam for a machine, by default the shipped one that has its MLC.

    Raises InputError where the file cannot be read at all or no machine fits.
    """
    read = read_beam(path)
    if read.beam is None:
        return BeamFile(None, machine, None, read.findings, read_errors=True)
    read_errors = has_errors(read.findings)
    try:
        chosen = machine or machine_for(read.beam)
    except InputError:
        if read_errors:
            return BeamFile(read.beam, None, None, read.findings, read_errors)
        raise
    findings = read.findings + check(read.beam, chosen)
    planned = None if has_errors(findings) else plan(read.beam, chosen)
    if planned is not None:
        findings += planned.findings
    return BeamFile(read.beam, chosen, planned, findings, read_errors)


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
