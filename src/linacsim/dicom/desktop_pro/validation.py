"""The answer to a plan: the whole IOD first, then the rule table (A.2, Appendix B)."""

from dataclasses import dataclass

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.data import Data
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.rules import TABLE
from linacsim.dicom.desktop_pro.tags import code as tag_code
from linacsim.dicom.desktop_pro.tags import named
from linacsim.dicom.desktop_pro.whole import breaches

MOST_COMMENT = 64
"""Characters of an Error Comment (LO)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told."""

    code: Code
    rule: str = ""
    """Of the rule table, or `whole-iod`; empty for success."""
    tag: int | None = None
    """Offending element."""
    text: str = ""
    """Where and what, in full, for the log; empty for success."""
    others: tuple[str, ...] = ()
    """Further warnings."""

    @property
    def comment(self) -> str:
        """Error Comment: at most 64 characters, the tag first."""
        if self.tag is None:
            return _plain(self.text)[:MOST_COMMENT]
        return _plain(f"{tag_code(self.tag)} {self.text}")[:MOST_COMMENT]

    def __str__(self) -> str:
        """Return the answer as one line for a log."""
        if self.code is Code.SUCCESS:
            return f"{self.code} {self.code.meaning}"
        place = f": {named(self.tag)}" if self.tag is not None else ""
        return f"{self.code} {self.code.meaning}{place}: {_plain(self.text)} [{self.rule}]"


def _plain(text: str) -> str:
    """Return printable ASCII without backslashes, which would separate values."""
    return "".join(mark if " " <= mark <= "~" and mark != "\\" else "?" for mark in text)


def judge(request: Request) -> Answer:
    """Return what the console answers to a request, before it is saved."""
    return _whole(request.plan) or _judged(request)


def _whole(plan: Data) -> Answer | None:
    for breach in breaches(plan):
        text = f"{breach.where} {breach.found}".strip()
        return Answer(Code.INVALID_MESSAGE, "whole-iod", breach.tag, text)
    return None


def _judged(request: Request) -> Answer:
    found: list[Answer] = []
    for rule in TABLE:
        for fault in rule.check(request):
            text = f"{fault.where}: {fault.found}" if fault.where else fault.found
            answer = Answer(rule.code, rule.id, rule.tag, text)
            if not rule.code.is_warning:
                return answer
            found.append(answer)
    if not found:
        return Answer(Code.SUCCESS)
    first, *rest = found
    return Answer(first.code, first.rule, first.tag, first.text, tuple(map(str, rest)))
