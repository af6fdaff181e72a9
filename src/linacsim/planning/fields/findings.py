"""Findings about one beam of a plan as a field: the rule family `field.*`."""

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.findings import Finding, Place, Severity, has_errors

POSITIONS = "(300A,011C) Leaf/Jaw Positions"

TAGS = {
    "couch": "(300A,0122) Patient Support Angle",
    "delivery-type": "(300A,00CE) Treatment Delivery Type",
    "energy": "(300A,0114) Nominal Beam Energy",
    "gap": POSITIONS,
    "meterset": "(300A,0086) Beam Meterset",
    "mlc": "(300A,00BE) Leaf Position Boundaries",
    "mu": "(300A,0134) Cumulative Meterset Weight",
    "points": "(300A,0111) Control Point Sequence",
    "segment-mu": "(300A,0134) Cumulative Meterset Weight",
    "shape": "(300A,011A) Beam Limiting Device Position Sequence",
    "span": POSITIONS,
    "wedge": "(300A,00D1) Wedge Sequence",
    "wedge-position": "(300A,0116) Wedge Position Sequence",
}
"""What rules are about (DICOM PS3.6); of others, what was found says it."""

_AXIS_TAGS = {
    Axis.GANTRY_RTN: "(300A,011E) Gantry Angle",
    Axis.COLL_RTN: "(300A,0120) Beam Limiting Device Angle",
    Axis.COUCH_RTN: "(300A,0122) Patient Support Angle",
    Axis.COUCH_VRT: "(300A,0128) Table Top Vertical Position",
    Axis.COUCH_LNG: "(300A,0129) Table Top Longitudinal Position",
    Axis.COUCH_LAT: "(300A,012A) Table Top Lateral Position",
}


def axis_tag(column: int) -> str:
    """Return the attribute that places an axis, a jaw or a leaf by column."""
    return _AXIS_TAGS[Axis(column)] if column in _AXIS_TAGS else POSITIONS


class Findings:
    """What was found about one beam."""

    def __init__(self, path: str, number: int) -> None:
        """Take the places of findings."""
        self._path, self._number = path, number
        self._found: list[Finding] = []

    @property
    def has_errors(self) -> bool:
        """Whether the beam cannot be delivered."""
        return has_errors(self._found)

    def all(self) -> tuple[Finding, ...]:
        """Return everything found so far."""
        return tuple(self._found)

    def error(
        self,
        rule: str,
        found: str,
        *,
        allowed: str = "",
        mend: str = "",
        point: int | None = None,
        tag: str = "",
    ) -> None:
        """Report what keeps the beam from being delivered; `tag` if the rule has several."""
        self._add(rule, Severity.ERROR, found, tag, allowed, mend, point)

    def tell(self, rule: str, severity: Severity, found: str, tag: str) -> None:
        """Report what is worth knowing, but keeps nothing from being delivered."""
        self._add(rule, severity, found, tag, "", "", None)

    def unreachable(self, axis: Axis, degrees: Floats, lowest: float, highest: float) -> None:
        """Report a rotation that no turn lets the axis do, with the angles of the plan.

        The axis goes from `lowest` to `highest`, in IEC degrees.
        """
        low, high = float(np.min(degrees)), float(np.max(degrees))
        turns = high > low
        self.error(
            "sweep",
            f"{XML_NAMES[axis]} {'goes from' if turns else 'is at'} {low:g}"
            f"{f' to {high:g}' if turns else ''} deg (IEC)",
            allowed=f"{lowest:g} to {highest:g} deg in one go, or whole turns from there",
            mend="turn the other way" if turns else "",
            tag=axis_tag(axis),
        )

    def _add(
        self,
        rule: str,
        severity: Severity,
        found: str,
        tag: str,
        allowed: str,
        mend: str,
        point: int | None,
    ) -> None:
        element = " ".join([f"beam {self._number}", tag or TAGS.get(rule, "")]).strip()
        place = Place(self._path, element=element, control_point=point)
        self._found.append(Finding(f"field.{rule}", severity, found, allowed, mend, place))
