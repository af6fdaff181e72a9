"""What goes to the terminal, and in which of its forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from linacsim.model.findings import Finding, Severity

SAFETY = "Research and test use only: made by an emulator, not by a machine."


def shown(text: str) -> str:
    """Return one line with `?` for what would command the terminal; for text from elsewhere."""
    return "".join(mark if mark.isprintable() else "?" for mark in text)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Chooses between words for people and JSON."""

    json: bool = False
    quiet: bool = False

    def say(self, text: str) -> None:
        """Write a line of a result for people."""
        if not self.json:
            typer.echo(text)

    def line(self, text: str) -> None:
        """Write one line of a result that holds text from elsewhere, such as names of a plan."""
        self.say(shown(text))

    def remark(self, text: str) -> None:
        """Write a line that is worth knowing but not the result."""
        if not self.json and not self.quiet:
            typer.echo(text)

    def result(self, content: Mapping[str, Any] | Sequence[Any]) -> None:
        """Write the result for programs."""
        if self.json:
            typer.echo(json.dumps(content, indent=2, allow_nan=False))

    def findings(self, findings: Sequence[Finding], *, notes: bool) -> None:
        """Write findings; `notes` False leaves out those of the least weight."""
        for finding in findings:
            if notes or finding.severity is not Severity.NOTE:
                self.say(str(finding))


def finding_record(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "found": finding.found,
        "allowed": finding.allowed or None,
        "mend": finding.mend or None,
        "file": finding.place.file,
        "line": finding.place.line,
        "element": finding.place.element,
        "control_point": finding.place.control_point,
    }


def counted(findings: Sequence[Finding]) -> str:
    """Return `2 errors, 1 warning`; empty where there is nothing."""
    parts = []
    for severity in Severity:
        count = sum(finding.severity is severity for finding in findings)
        if count:
            plural = "" if count == 1 or severity is Severity.NOT_ACTED_ON else "s"
            parts.append(f"{count} {severity}{plural}")
    return ", ".join(parts)
