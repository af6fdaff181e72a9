"""Where rules put what they find."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from linacsim.model.arrays import Ints
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, Place, Severity

MOST_TOLD = 3
"""Findings of one rule about one element that are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the checker; each has a paragraph in docs/reference/rules."""

    id: str
    """`family.name`"""
    severity: Severity


def error(rule: str) -> Rule:
    """Return a rule whose breach the machine would refuse."""
    return Rule(rule, Severity.ERROR)


def warning(rule: str) -> Rule:
    """Return a rule whose breach is probably not meant."""
    return Rule(rule, Severity.WARNING)


def note(rule: str) -> Rule:
    """Return a rule that tells what is worth knowing."""
    return Rule(rule, Severity.NOTE)


class Report:
    """Collects the findings of one beam."""

    def __init__(self, beam: Beam) -> None:
        """Start with nothing found."""
        self._source = beam.source
        self._line = beam.control_points.line
        self._findings: list[Finding] = []
        self._untold: Counter[tuple[Rule, str]] = Counter()
        self._told: Counter[tuple[Rule, str]] = Counter()

    def add(
        self,
        rule: Rule,
        element: str,
        found: str,
        *,
        allowed: str = "",
        mend: str = "",
        line: int = 0,
        point: int | None = None,
    ) -> None:
        """Tell a finding about `element`; the place is as exact as line and point allow."""
        if self._told[rule, element] == MOST_TOLD:
            self._untold[rule, element] += 1
            return
        self._told[rule, element] += 1
        place = Place(self._source.path, self._line_of(element, line, point), element, point)
        self._findings.append(Finding(rule.id, rule.severity, found, allowed, mend, place))

    def add_at_points(
        self,
        rule: Rule,
        element: str,
        points: Ints,
        tell: Callable[[int], str],
        *,
        allowed: str = "",
        mend: str = "",
    ) -> None:
        """Tell the same finding at several control points; `tell` gives the words for one."""
        for point in points[:MOST_TOLD].tolist():
            self.add(rule, element, tell(point), allowed=allowed, mend=mend, point=point)
        self._untold[rule, element] += max(0, len(points) - MOST_TOLD)

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, each rule's last one with the count of those left out."""
        return (
            *self._findings,
            *(
                Finding(
                    rule.id,
                    rule.severity,
                    f"{count} more of these about {element}",
                    place=Place(self._source.path, element=element),
                )
                for (rule, element), count in self._untold.items()
                if count
            ),
        )

    def _line_of(self, element: str, line: int, point: int | None) -> int | None:
        if line:
            return line
        if point is not None:
            return int(self._line[point]) or None
        return self._source.lines.get(element)
