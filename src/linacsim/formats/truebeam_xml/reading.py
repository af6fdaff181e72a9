"""What a reading has found so far: findings with their places, and the dialects met."""

from collections import Counter
from difflib import get_close_matches
from typing import cast

from lxml.etree import _Element as Element

from linacsim.model.findings import Finding, Place, Severity

MOST_ALIKE = 20
"""Findings of one rule about one element that are listed one by one; the rest are counted."""


class Reading:
    """Collects the findings of one file."""

    def __init__(self, file: str) -> None:
        """Start with nothing found in `file`."""
        self.file = file
        self.dialects: set[str] = set()
        self._findings: list[Finding] = []
        self._seen: set[Finding] = set()
        self._alike: Counter[tuple[str, Severity, str]] = Counter()

    def report(
        self,
        rule: str,
        at: Element | int,
        element: str,
        found: str,
        *,
        allowed: str = "",
        mend: str = "",
        severity: Severity = Severity.ERROR,
        point: int | None = None,
        limit: int = MOST_ALIKE,
    ) -> None:
        """Add a finding about `element` at an element of the tree or at a line."""
        rule = f"structure.{rule}"
        kind = (rule, severity, element)
        line = at if isinstance(at, int) else line_of(at)
        place = Place(self.file, line or None, element, point)
        finding = Finding(rule, severity, found, allowed, mend, place)
        if finding in self._seen:
            return
        self._seen.add(finding)
        self._alike[kind] += 1
        if self._alike[kind] > limit:
            return
        self._findings.append(finding)

    def note_dialect(self, dialect: str, at: Element, element: str, meaning: str) -> None:
        """Remember a name of another dialect and note its first use."""
        self.dialects.add(dialect)
        name = {"1.x": "dialect-1x", "4": "dialect-4"}[dialect]
        self.report(
            name,
            at,
            element,
            f"{element} is a name of dialect {dialect}: {meaning}",
            severity=Severity.NOTE,
            limit=1,
        )

    @property
    def dialect(self) -> str:
        """The dialect of the file as far as it was read."""
        return "4" if "4" in self.dialects else "1.x" if "1.x" in self.dialects else "2.0"

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings by line, with a last word on those not listed one by one."""
        listed = Counter(
            (item.rule, item.severity, item.place.element or "") for item in self._findings
        )
        more = [
            Finding(rule, severity, f"{count - listed[kind]} more findings like these on {element}")
            for kind, count in self._alike.items()
            for rule, severity, element in (kind,)
            if count > listed[kind] and severity is not Severity.NOTE
        ]
        found = [self._judged(item) for item in self._findings]
        found.sort(key=lambda item: item.place.line or 0)
        return (*found, *(self._judged(self._placed(item)) for item in more))

    def _placed(self, item: Finding) -> Finding:
        return Finding(item.rule, item.severity, item.found, place=Place(self.file))

    def _judged(self, item: Finding) -> Finding:
        """Soften wrong order in v4 files: machines that write them do not keep the order."""
        if item.rule != "structure.order" or self.dialect != "4":
            return item
        return Finding(item.rule, Severity.WARNING, item.found, item.allowed, item.mend, item.place)


def line_of(element: Element) -> int:
    """Return the line of an element, 0 if unknown."""
    return cast("int | None", element.sourceline) or 0


def suggestion(name: str, known: list[str]) -> str:
    """Return a mend for an unknown name: the known name that is most alike."""
    by_lower = {item.lower(): item for item in known}
    alike = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"did you mean {by_lower[alike[0]]}?" if alike else "remove it"
