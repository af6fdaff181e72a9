"""Findings about one beam of a plan as a field: the rule family `field.*`."""

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import XML_NAMES, Axis
from linacsim.model.findings import Finding, Place, Severity, has_errors


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
    ) -> None:
        """Report what keeps the beam from being delivered."""
        self._add(rule, Severity.ERROR, found, allowed, mend, point)

    def note(self, rule: str, found: str, *, point: int | None = None) -> None:
        """Report what is worth knowing."""
        self._add(rule, Severity.NOTE, found, "", "", point)

    def unreachable(self, axis: Axis, degrees: Floats) -> None:
        """Report a rotation that no turn lets the axis do, with the angles of the plan."""
        low, high = float(np.min(degrees)), float(np.max(degrees))
        cannot = " cannot pass 180" if axis is Axis.COLL_RTN else ""
        self.error(
            "sweep",
            f"{XML_NAMES[axis]} goes from {low:g} to {high:g} deg (IEC)",
            allowed=f"what the axis reaches in one go{'; it' if cannot else ''}{cannot}",
            mend="turn the other way",
        )

    def _add(
        self, rule: str, severity: Severity, found: str, allowed: str, mend: str, point: int | None
    ) -> None:
        place = Place(self._path, element=f"beam {self._number}", control_point=point)
        self._found.append(Finding(f"field.{rule}", severity, found, allowed, mend, place))
