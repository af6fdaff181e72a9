"""What a beam asks for that a console does not act on: told, so that nothing is lost in silence."""

import numpy as np

from linacsim.model.findings import Severity
from linacsim.model.rt_plan import Fitment, RtBeam
from linacsim.planning.fields.findings import Findings

_MOUNTED = {
    "applicator": "(300A,0107) Applicator Sequence",
    "block": "(300A,00F4) Block Sequence",
    "general accessory": "(300A,0420) General Accessory Sequence",
}
_IGNORED = {
    "compensator": "(300A,00E3) Compensator Sequence",
    "bolus": "(300C,00B0) Referenced Bolus Sequence",
}
"""What the console itself leaves out with a warning (DP Note XI)."""

_TABLE_TOP = (
    ("eccentric_deg", "(300A,0125) Table Top Eccentric Angle"),
    ("pitch_deg", "(300A,0140) Table Top Pitch Angle"),
    ("roll_deg", "(300A,0144) Table Top Roll Angle"),
)


def mounted_things(beam: RtBeam) -> tuple[str, ...]:
    """Return the names of what must be mounted for a beam, each once, in order."""
    found = (_name(one) for one in beam.fitments if one.kind in _MOUNTED)
    return tuple(dict.fromkeys(found))


def _name(fitment: Fitment) -> str:
    return f"{fitment.kind} {fitment.id or fitment.accessory_code}".strip()


def judge_besides(beam: RtBeam, report: Findings) -> None:
    """Tell accessories and what the table top is asked for."""
    for fitment in beam.fitments:
        what = _name(fitment)
        if fitment.kind in _IGNORED:
            text = f"{what}: the console leaves it out of the field (DP Note XI)"
            report.tell("accessory", Severity.WARNING, text, _IGNORED[fitment.kind])
        else:
            text = f"{what} has to be mounted before the field can start"
            report.tell("accessory", Severity.NOTE, text, _MOUNTED[fitment.kind])
    if beam.radiation == "ELECTRON" and all(one.kind != "applicator" for one in beam.fitments):
        text = "electrons without an applicator: nothing shapes the field at the patient"
        report.tell("accessory", Severity.WARNING, text, _MOUNTED["applicator"])
    for name, tag in _TABLE_TOP:
        angles = np.nan_to_num(getattr(beam.points, name))
        if np.ptp(angles) > 0:
            report.error("couch", "the table top turns", allowed="a table that stands", tag=tag)
        elif angles[0] % 360.0 != 0:
            text = f"{angles[0]:g} deg is not set up: this table top has no such axis"
            report.tell("table-top", Severity.NOT_ACTED_ON, text, tag)
