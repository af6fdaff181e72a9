"""Findings of a trace, collected while it is read: one per kind of defect, with its first line."""

from collections.abc import Iterable

from linacsim.formats.traces.policy import ALLOWED, Action
from linacsim.model.arrays import Ints
from linacsim.model.findings import Finding, InputError, Place, Severity

_DONE = {
    Action.DROP: "dropped",
    Action.INVALID: "kept and marked invalid",
    Action.KEEP: "kept as it is",
}


def _advice(kind: str, action: Action, mend: str) -> str:
    """Say what helps: `mend`, and the policies that are left."""
    others = [
        f"{kind.replace('_', '-')}={other}"
        for other in ALLOWED.get(kind, ())
        if other is not action
    ]
    policies = f"another policy: {', '.join(others)}" if others else ""
    return ", or ".join(part for part in (mend, policies) if part)


class Notes:
    """Collects the findings of one file."""

    def __init__(self, file: str | None) -> None:
        """Begin without findings."""
        self.file = file
        self._findings: list[Finding] = []

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings so far."""
        return tuple(self._findings)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take over findings made elsewhere."""
        self._findings.extend(findings)

    def defect(self, kind: str, action: Action, found: str, lines: Ints, *, mend: str = "") -> None:
        """Tell a defect of the samples on `lines`, or raise InputError where that is the policy.

        `found` says what is wrong with the first of them; `mend` what else than another policy
        helps.
        """
        first = Place(self.file, int(lines[0]) or None)
        rule = kind.replace("_", "-")
        if action is Action.REFUSE:
            more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
            raise InputError(f"{found}{more}; {_advice(kind, action, mend)}", first)
        count = "1 sample" if len(lines) == 1 else f"{len(lines)} samples"
        self._findings.append(
            Finding(
                f"trace.{rule}",
                Severity.WARNING,
                f"{found}; {count} {_DONE[action]}",
                mend=_advice(kind, action, mend),
                place=first,
            )
        )

    def warn(self, rule: str, found: str, *, mend: str = "", line: int | None = None) -> None:
        """Tell something that is probably not meant."""
        self._add(rule, Severity.WARNING, found, mend, line)

    def note(self, rule: str, found: str, *, mend: str = "", line: int | None = None) -> None:
        """Tell something worth knowing."""
        self._add(rule, Severity.NOTE, found, mend, line)

    def not_acted_on(self, rule: str, found: str) -> None:
        """Tell something that is kept without effect."""
        self._add(rule, Severity.NOT_ACTED_ON, found, "", None)

    def _add(self, rule: str, severity: Severity, found: str, mend: str, line: int | None) -> None:
        place = Place(self.file, line)
        self._findings.append(Finding(f"trace.{rule}", severity, found, "", mend, place))
