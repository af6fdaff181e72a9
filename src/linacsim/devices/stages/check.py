"""Whether a stage can do what it is to play: looked at before anything moves."""

from typing import NamedTuple

import numpy as np

from linacsim.devices.stages.course import Course
from linacsim.devices.stages.limits import StageLimits
from linacsim.model.arrays import Bools, Floats
from linacsim.model.findings import Finding, InputError, Place, Severity
from linacsim.model.time import NS_PER_S

ROUNDING = 1e-9
"""Share by which a limit may be passed: no motion, but how numbers are kept."""


class _Judged(NamedTuple):
    rule: str
    found_s: Floats
    """(n,) s"""
    values: Floats
    """(n, n_axes)"""
    lower: Floats
    upper: Floats
    unit: str
    what: str


def check_course(
    course: Course, limits: StageLimits, until_ns: int, step_ns: int
) -> tuple[Finding, ...]:
    """Return what of a course is beyond a stage: the first and the worst place for each limit.

    Looked at are set-points every `step_ns` up to `until_ns`, as the stage will get them: their
    travel, the speed from each to the next, and the change of that speed.
    """
    times_ns = np.arange(0, until_ns + 1, step_ns, dtype=np.int64)
    seconds, step_s = times_ns / NS_PER_S, step_ns / NS_PER_S
    positions = course.positions_mm(times_ns)
    speeds = np.diff(positions, axis=0) / step_s
    changes = np.diff(speeds, axis=0) / step_s
    fastest, hardest = limits.speed_mm_per_s, limits.acceleration_mm_per_s2
    judged = (
        _Judged("travel", seconds, positions, limits.lower_mm, limits.upper_mm, "mm", "be at"),
        _Judged("speed", seconds[:-1], speeds, -fastest, fastest, "mm/s", "move at"),
        _Judged(
            "acceleration", seconds[1:-1], changes, -hardest, hardest, "mm/s²", "accelerate at"
        ),
    )
    found: list[Finding] = []
    for one in judged:
        for k, name in enumerate(limits.names):
            found += _beyond(one, k, name)
    return tuple(found)


def refuse_beyond(findings: tuple[Finding, ...], place: Place | None = None) -> None:
    """Raise InputError with the first of the findings, if there is any."""
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        first = findings[0]
        raise InputError(f"{first.found}; allowed: {first.allowed}{more}; {first.mend}", place)


def _beyond(judged: _Judged, axis: int, name: str) -> list[Finding]:
    values, lower, upper = judged.values[:, axis], judged.lower[axis], judged.upper[axis]
    slack = ROUNDING * max(abs(lower), abs(upper), 1.0)
    bad: Bools = ~((values >= lower - slack) & (values <= upper + slack))
    if not bad.any():
        return []
    first = int(np.argmax(bad))
    excess = np.where(bad, np.maximum(lower - values, values - upper), -np.inf)
    worst = int(np.argmax(np.where(np.isnan(values), np.inf, excess)))
    found = (
        f"at {judged.found_s[first]:.2f} s axis {name} would {judged.what} "
        f"{values[first]:.4g} {judged.unit}"
    )
    if worst != first:
        found += f", at {judged.found_s[worst]:.2f} s at {values[worst]:.4g} {judged.unit}"
    return [
        Finding(
            f"stage.{judged.rule}",
            Severity.ERROR,
            found,
            f"{lower:.4g} to {upper:.4g} {judged.unit}",
            "scale or crop the motion, or mount the stage otherwise",
        )
    ]
