"""Holds and interruptions with their causes."""

from linacsim.model.signals import BeamHold
from linacsim.review.course import Course
from linacsim.review.metrics.records import Hold, Phase, PhaseKind

_FLAGS = {
    BeamHold.NORMAL: "not flagged",
    BeamHold.FREEZE: "dose servo frozen",
    BeamHold.HOLD: "beam hold",
    BeamHold.DISABLED: "hold disabled in service",
}
_STOPS = (PhaseKind.HOLD, PhaseKind.INTERRUPT)
EARLIER_TICKS = 2
"""The console may tell the cause this long before the first row that stands still."""


def holds_of(phases: tuple[Phase, ...], course: Course) -> tuple[Hold, ...]:
    """Return the holds and interruptions in order."""
    return tuple(_hold(phase, course) for phase in phases if phase.kind in _STOPS)


def _hold(phase: Phase, course: Course) -> Hold:
    first = round(phase.start_s / course.dt_s)
    last = round((phase.start_s + phase.length_s) / course.dt_s)
    return Hold(
        start_s=phase.start_s,
        length_s=phase.length_s,
        cp=phase.from_cp,
        mu=float(course.recording.mu_actual[first]),
        cause=_told(course, first, last) or _flag(course, first, last),
    )


def _told(course: Course, first: int, last: int) -> str:
    """Return what the console said meanwhile; empty for a log."""
    ticks = course.recording.tick
    if ticks is None:
        return ""
    told = [
        event
        for event in course.recording.events
        if ticks[first] - EARLIER_TICKS <= event.tick <= ticks[last]
    ]
    lines = [event.text for event in told if event.kind == "interlock"]
    lines = lines or [event.text for event in told if event.kind == "state"]
    return "; ".join(dict.fromkeys(lines))


def _flag(course: Course, first: int, last: int) -> str:
    greatest = int(course.recording.hold_actual[first : last + 1].max())
    return _FLAGS[BeamHold(greatest)] if greatest in set(BeamHold) else f"flag {greatest}"
