"""Where findings of the reader are kept: three of a kind are told, the rest counted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from linacsim.formats.rtplan.tag_names import label
from linacsim.model.findings import Finding, Place, Severity

MOST_OF_A_KIND = 3


class Reading:
    """What was found in one plan."""

    def __init__(self, file: str) -> None:
        """Take the name of the file for the places of findings."""
        self.file = file
        self._findings: list[Finding] = []
        self._told: Counter[tuple[str, str]] = Counter()
        self._least = False

    @contextmanager
    def as_notes(self) -> Iterator[None]:
        """Report everything as a note: about something that is not delivered."""
        self._least = True
        try:
            yield
        finally:
            self._least = False

    def report(
        self,
        rule: str,
        where: str,
        tag: int | None,
        found: str,
        *,
        allowed: str = "",
        mend: str = "",
        point: int | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report an attribute of a beam or of the plan; `where` may be empty."""
        self._told[rule, where] += 1
        if self._told[rule, where] > MOST_OF_A_KIND:
            return
        element = " ".join(part for part in (where, label(tag) if tag else "") if part)
        place = Place(self.file, None, element or None, point)
        severity = Severity.NOTE if self._least else severity
        self._findings.append(Finding(f"rtplan.{rule}", severity, found, allowed, mend, place))

    def warn(self, rule: str, where: str, tag: int | None, found: str, mend: str = "") -> None:
        """Report something that is accepted, but probably not meant."""
        self.report(rule, where, tag, found, mend=mend, severity=Severity.WARNING)

    def note(self, rule: str, where: str, tag: int | None, found: str) -> None:
        """Report something worth knowing."""
        self.report(rule, where, tag, found, severity=Severity.NOTE)

    def tells(self, rule: str) -> bool:
        """Return whether something was reported by a rule."""
        return any(told == rule for told, _ in self._told)

    def findings(self) -> tuple[Finding, ...]:
        """Return all that was told, and how much more of each kind there is."""
        out = list(self._findings)
        for (rule, where), count in self._told.items():
            if count > MOST_OF_A_KIND:
                last = max(k for k, one in enumerate(out) if _is(one, rule, where))
                more = count - MOST_OF_A_KIND
                out.insert(
                    last + 1,
                    Finding(
                        f"rtplan.{rule}",
                        out[last].severity,
                        f"{more} more of the same",
                        place=Place(self.file, None, where or None),
                    ),
                )
        return tuple(out)


def _is(finding: Finding, rule: str, where: str) -> bool:
    return finding.rule == f"rtplan.{rule}" and (finding.place.element or "").startswith(where)
