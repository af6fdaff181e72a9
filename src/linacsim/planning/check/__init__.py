"""The beam checker: what a machine would refuse, what is probably not meant, and where.

One module per family of rules; docs/reference/rules has a page for each. What is wrong with a
file as XML is told by its reader.
"""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding
from linacsim.planning.check.accessories import check_accessories
from linacsim.planning.check.beam_hold import check_beam_hold
from linacsim.planning.check.imaging import check_imaging
from linacsim.planning.check.machine import check_machine
from linacsim.planning.check.mlc import check_mlc
from linacsim.planning.check.motion import check_motion
from linacsim.planning.check.not_acted_on import check_not_acted_on
from linacsim.planning.check.points import check_points
from linacsim.planning.check.report import Report
from linacsim.planning.check.tracking import check_tracking

FAMILIES = (
    check_points,
    check_machine,
    check_mlc,
    check_accessories,
    check_imaging,
    check_motion,
    check_tracking,
    check_beam_hold,
    check_not_acted_on,
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
