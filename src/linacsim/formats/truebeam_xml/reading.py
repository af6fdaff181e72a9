"""What a reading has found so far: findings with their places, and the dialects met."""

from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from typing import cast

from lxml.etree import _Element as Element

from linacsim.model.findings import Finding, Place, Severity

MOST_TOLD = 3
"""Findings of one kind that are told one by one; the rest are counted, as by the checker."""

_Kind = tuple[str, Severity, str, str]
"""Rule, severity, element, what is allowed."""


class Reading:
    """Collects the findings of one file."""

    def __init__(self, file: str) -> None:
        """Start with nothing found in `file`."""
        self.file = file
        self._dialects: set[str] = set()
        self._told: list[Finding] = []
        self._seen: set[Finding] = set()
        self._counts: Counter[_Kind] = Counter()

    def report(
        self,
        rule: str,
        at: Element,
        element: str,
        found: str,
        *,
        allowed: str = "",
        mend: str = "",
        point: int | None = None,
    ) -> None:
        """Add an error about `element` at the line of `at`; the same one twice counts once."""
        place = Place(self.file, line_of(at) or None, element, point)
        finding = Finding(f"structure.{rule}", Severity.ERROR, found, allowed, mend, place)
        if finding in self._seen:
            return
        self._seen.add(finding)
        kind = _kind(finding)
        self._counts[kind] += 1
        if self._counts[kind] <= MOST_TOLD:
            self._told.append(finding)

    def note_dialect(self, dialect: str, at: Element, element: str, meaning: str) -> None:
        """Remember a name of another dialect and note its first use."""
        self._dialects.add(dialect)
        rule = {"1.x": "dialect-1x", "4": "dialect-4"}[dialect]
        place = Place(self.file, line_of(at) or None, element)
        found = f"{element} is a name of dialect {dialect}: {meaning}"
        note = Finding(f"structure.{rule}", Severity.NOTE, found, place=place)
        kind = _kind(note)
        self._counts[kind] += 1
        if self._counts[kind] == 1:
            self._told.append(note)

    @property
    def dialect(self) -> str:
        """The dialect of the file as far as it was read."""
        return next((name for name in ("4", "1.x") if name in self._dialects), "2.0")

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings by line, then how many were only counted."""
        told = sorted(self._told, key=lambda item: item.place.line or 0)
        counted = (
            Finding(
                rule,
                severity,
                f"{count - MOST_TOLD} more of these about {element}",
                place=Place(self.file, element=element),
            )
            for (rule, severity, element, _), count in self._counts.items()
            if count > MOST_TOLD and severity is not Severity.NOTE
        )
        return tuple(self._judged(item) for item in (*told, *counted))

    def _judged(self, item: Finding) -> Finding:
        """Soften wrong order in v4 files: machines that write them do not keep the order."""
        if item.rule == "structure.order" and self.dialect == "4":
            return replace(item, severity=Severity.WARNING)
        return item


def _kind(finding: Finding) -> _Kind:
    return finding.rule, finding.severity, finding.place.element or "", finding.allowed


def line_of(element: Element) -> int:
    """Return the line of an element, 0 if unknown."""
    return cast("int | None", element.sourceline) or 0


def suggestion(name: str, known: list[str]) -> str:
    """Return a mend for an unknown name: the known name that is most alike."""
    by_lower = {item.lower(): item for item in known}
    alike = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"did you mean {by_lower[alike[0]]}?" if alike else "remove it"
