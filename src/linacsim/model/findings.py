"""Findings: what is wrong (or merely so) with an input, where, and how to mend it."""

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The machine would refuse it."""
    WARNING = "warning"
    """The machine would take it, but it is probably not meant."""
    NOTE = "note"
    """Worth knowing."""
    NOT_ACTED_ON = "not acted on"
    """Read and kept, but this version of the emulator does nothing with it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where: any part may be unknown."""

    file: str | None = None
    line: int | None = None
    element: str | None = None
    control_point: int | None = None

    def __str__(self) -> str:
        """Return `file:line: element, control point k` with the unknown parts left out."""
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        what = ", ".join(
            text
            for text in (
                self.element,
                None if self.control_point is None else f"control point {self.control_point}",
            )
            if text
        )
        return ": ".join(part for part in (where, what) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a reader, the checker or the planner."""

    rule: str
    """Identifier of the rule, such as `structure.missing-element`; documented in the reference."""
    severity: Severity
    found: str
    """What was found, in one sentence."""
    allowed: str = ""
    """What is allowed instead."""
    mend: str = ""
    """What to do about it."""
    place: Place = Place()

    def __str__(self) -> str:
        """Return the finding as one line."""
        parts = [f"{self.severity}[{self.rule}] {self.found}"]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.mend:
            parts.append(f"mend: {self.mend}")
        where = str(self.place)
        return (f"{where}: " if where else "") + "; ".join(parts)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Return whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


class InputError(ValueError):
    """An input that cannot be used at all; its text is one line for people."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        """Keep the place for callers that list it apart."""
        self.place = place or Place()
        where = str(self.place)
        super().__init__(f"{where}: {message}" if where else message)


_MENDS = {
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "name a file",
    errno.EACCES: "ask for the right, or choose another place",
    errno.EPERM: "ask for the right, or choose another place",
    errno.EROFS: "choose another folder",
    errno.ENOSPC: "free some space or choose another folder",
    errno.EDQUOT: "free some space or choose another folder",
    errno.EFBIG: "choose another folder",
}


def os_reason(error: OSError) -> str:
    """Return why the operating system refused something, and what to do."""
    code = error.errno or 0
    # Libraries put words of their own around the system's.
    reason = os.strerror(code) if code in errno.errorcode else error.strerror or str(error)
    mend = _MENDS.get(code)
    return f"{reason}: {mend}" if mend else reason
