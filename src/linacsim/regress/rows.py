"""Verdicts as rows of texts and as plain data."""

from collections.abc import Sequence
from typing import Any

from linacsim.model.time import TICK_NS, seconds
from linacsim.regress.baseline import Figure
from linacsim.regress.changes import Change
from linacsim.regress.signal_changes import Part
from linacsim.regress.verdicts import Status, Verdict

HEADINGS = ("what", "old", "new", "difference", "tolerance", "")
BEYOND = "beyond"


def change_row(change: Change) -> tuple[str, ...]:
    """Return what, old, new, difference, tolerance, and whether it is beyond that."""
    difference = change.difference
    return (
        change.what,
        _shown(change.old),
        _shown(change.new),
        _shown(difference, sign=True),
        _shown(change.tolerance),
        BEYOND if change.beyond else "",
    )


def change_line(change: Change) -> str:
    """Return a change in one line, for reports without tables."""
    what, old, new, difference, tolerance, _ = change_row(change)
    was = f": {old} -> {new}" if old or new else ""
    much = f", {difference}" if difference else ""
    allowed = f" (tolerance {tolerance})" if tolerance else ""
    return f"{what}{was}{much}{allowed}"


def headline(verdict: Verdict) -> str:
    """Return a verdict in one line."""
    if verdict.status is Status.CHANGED:
        n = len(verdict.beyond)
        return f"{verdict.name}: changed, {n} difference{'s' * (n != 1)} beyond tolerance"
    return f"{verdict.name}: {verdict.status}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return how many cases stand how, in one line."""
    counts = {status: sum(v.status is status for v in verdicts) for status in Status}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data."""
    return {
        "case": verdict.name,
        "baseline": str(verdict.baseline),
        "status": verdict.status.value,
        "reasons": list(verdict.reasons),
        "changes": [
            {
                "what": change.what,
                "old": change.old,
                "new": change.new,
                "difference": change.difference,
                "tolerance": change.tolerance,
                "beyond": change.beyond,
                "control_points": list(change.control_points),
                "parts": [_part(part) for part in change.parts],
            }
            for change in verdict.changes
        ],
    }


def _part(part: Part) -> dict[str, float]:
    return {
        "from_s": seconds(part.from_tick * TICK_NS),
        "to_s": seconds(part.to_tick * TICK_NS),
        "from_control_point": float(part.from_cp),
        "to_control_point": float(part.to_cp),
    }


def _shown(value: Figure | str | None, *, sign: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    plus = "+" if sign else ""
    if isinstance(value, int):
        return f"{value:{plus}d}"
    return f"{value:{plus}.6f}".rstrip("0").rstrip(".")
