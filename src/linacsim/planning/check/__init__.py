"""The beam checker: what a machine would refuse, what is probably not meant, and where.

One module per family of rules; docs/reference/rules has a page for each. What is wrong with a
file as XML is told by its reader.
"""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding
from linacsim.planning.check.accessories import check_accessories
from linacsim.planning.check.machine import check_machine
from linacsim.planning.check.mlc import check_mlc
from linacsim.planning.check.points import check_points
from linacsim.planning.check.report import Report

FAMILIES = (
    check_points,
    check_machine,
    check_mlc,
    check_accessories,
)


def check(beam: Beam, machine: MachineSpec) -> tuple[Finding, ...]:
    """Return all findings about a beam for a machine, family by family.

    Findings of the same rule are told up to three times and then counted.
    """
    report = Report(beam)
    with np.errstate(over="ignore", invalid="ignore"):
        for check_family in FAMILIES:
            check_family(beam, machine, report)
    return report.findings()


__all__ = ["check"]
