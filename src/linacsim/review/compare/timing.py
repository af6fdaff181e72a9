"""Time from control point to control point: late starts, limits, dips, and what none explains."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.review.compare.dips import dips
from linacsim.review.compare.dose import segment_mu
from linacsim.review.compare.limits import Limit, accelerations, limit_that_explains
from linacsim.review.compare.pair import Pair, near_stops, stops_in
from linacsim.review.compare.records import Difference, Kind, PointTimes
from linacsim.review.compare.stops import lone_stops
from linacsim.review.compare.tolerances import Tolerances

LEAST_S = 0.003
"""A segment matters that differs by more than this, about the error of a crossing time,..."""
LEAST_SHARE = 0.004
"""...and by more than this share of its own time."""
AFTER_STOP_S = 1.0
"""A delivery needs as long to come back to speed after a stop (gantry 0.5 s, Y jaws longer)."""
OTHER_MU = 0.01
"""A segment with MU that differ by more than this share takes another time for that."""


@dataclass(frozen=True, slots=True)
class Slower:
    """Segments in which one of the two is slower, the time of stops left out."""

    segments: Bools
    """(m - 1,) those that matter."""
    lost_s: Floats
    """(m - 1,) time by which they are slower; 0 elsewhere."""
    is_b: bool
    """Whether B is the slower one."""

    @property
    def total_s(self) -> float:
        """All of it."""
        return float(self.lost_s.sum())


def timing_differences(
    pair: Pair, tolerances: Tolerances, machine: MachineSpec | None
) -> tuple[Difference, ...]:
    """Return how the time to the control points differs."""
    found = list(_late_start(pair, tolerances))
    tolerance = tolerances["time.control_point_s"]
    off = _judged_off(pair)
    if len(off) and np.abs(np.cumsum(off)).max() > tolerance:
        sides = [_slower(pair, off, is_b=is_b) for is_b in (True, False)]
        matter = [slower for slower in sides if slower.total_s > tolerance / 2]
        found += _limits(pair, matter, tolerance, machine) or _others(
            pair, matter, tolerance, machine
        )
    return tuple(found)


def point_times(pair: Pair) -> PointTimes:
    """Return when both reach the control points."""
    places = [np.searchsorted(course.points, pair.points) for course in (pair.a, pair.b)]
    a_s = pair.a.reached_s[places[0]] - pair.a.start_s
    b_s = pair.b.reached_s[places[1]] - pair.b.start_s
    drift = np.concatenate([[0.0], np.cumsum(pair.b_spent_s - pair.a_spent_s)])
    return PointTimes(
        index=tuple(pair.points.tolist()),
        a_s=tuple(a_s.tolist()),
        b_s=tuple(b_s.tolist()),
        without_holds_s=tuple(drift[: len(pair.points)].tolist()),
    )


def _late_start(pair: Pair, tolerances: Tolerances) -> Iterator[Difference]:
    """Yield the difference of the time before the first step; plans have none."""
    if pair.a.recording.planned or pair.b.recording.planned:
        return
    tolerance = tolerances["time.lead_in_s"]
    size = pair.b.start_s - pair.a.start_s
    if abs(size) <= tolerance:
        return
    first = float(pair.b.s[0])
    yield Difference(
        kind=Kind.LATE_START,
        subject="delivery",
        column="",
        from_cp=first,
        to_cp=first,
        from_s=0.0,
        to_s=pair.b.start_s,
        size=size,
        unit="s",
        tolerance=tolerance,
        text=f"starts {abs(size):.2f} s {'later' if size > 0 else 'earlier'} after its first row",
    )


def _judged_off(pair: Pair) -> Floats:
    """Return (m - 1,) time by which B is slower in each segment, 0 where a stop or MU explain it.

    A segment that only one of the two stops in, or soon after, is judged with the stop. A stop is
    known to a row at each end, so as much may be off for each that both have.
    """
    off = pair.b_spent_s - pair.a_spent_s
    slack = max(pair.a.dt_s, pair.b.dt_s) * stops_in(pair.points, (*pair.a_stops, *pair.b_stops))
    off = np.sign(off) * np.maximum(np.abs(off) - slack, 0.0)
    only_a, only_b = lone_stops(pair)
    mu_a, mu_b = segment_mu(pair)
    other = np.abs(mu_b - mu_a) > OTHER_MU * np.maximum(np.abs(mu_a), OTHER_MU)
    other |= near_stops(pair.a, pair.points, only_a, AFTER_STOP_S)
    other |= near_stops(pair.b, pair.points, only_b, AFTER_STOP_S)
    return np.where(other, 0.0, off)


def _slower(pair: Pair, off: Floats, *, is_b: bool) -> Slower:
    signed = off if is_b else -off
    matter = signed > np.maximum(LEAST_S, LEAST_SHARE * np.abs(pair.a_spent_s))
    return Slower(matter, np.where(matter, signed, 0.0), is_b)


def _limits(
    pair: Pair, sides: list[Slower], tolerance: float, machine: MachineSpec | None
) -> list[Difference]:
    """Return limits that make one of the two slower, or each of them somewhere else.

    Where a limit makes one slower, the other may be slower elsewhere for the same reason, since
    speeds at corners are cut by what goes on at both sides (log-formats section 7, rule 4). That is
    told with the limit.
    """
    limits = [
        (slower, limit_that_explains(pair, slower.lost_s, machine, is_b=slower.is_b))
        for slower in sides
    ]
    found = [_of_limit(pair, slower, limit, tolerance) for slower, limit in limits if limit]
    for slower, limit in limits:
        if found and limit is None:
            found[0] = replace(found[0], text=f"{found[0].text}; {_cost(slower)}")
    return found


def _others(
    pair: Pair, sides: list[Slower], tolerance: float, machine: MachineSpec | None
) -> list[Difference]:
    """Return what else makes one of the two slower: dips, accelerations, or something unknown."""
    found: list[Difference] = []
    for slower in sides:
        low = dips(pair, slower.lost_s, tolerance, is_b=slower.is_b)
        found += low or [_of_acceleration(pair, slower, tolerance, machine)]
    return found


def _of_limit(pair: Pair, slower: Slower, limit: Limit, tolerance: float) -> Difference:
    if limit.is_dose:
        kind = Kind.DOSE_RATE
    else:
        kind = Kind.SLOWER_AXIS if slower.is_b else Kind.FASTER_AXIS
    others = f" ({' or '.join(limit.others)} would explain it as well)" if limit.others else ""
    text = (
        f"goes up to {limit.b:.4g} {limit.unit} instead of {limit.a:.4g}{others}: {_cost(slower)}"
    )
    return _difference(pair, slower, kind, limit.subject, limit.b, limit.unit, tolerance, text)


def _of_acceleration(
    pair: Pair, slower: Slower, tolerance: float, machine: MachineSpec | None
) -> Difference:
    """Return the slowness with the axis whose acceleration differs, if any does."""
    total = slower.total_s if slower.is_b else -slower.total_s
    axes = accelerations(pair, machine)
    if not axes:
        text = f"no limit, dip or hold explains it: {_cost(slower)}"
        return _difference(pair, slower, Kind.TIME, "delivery", total, "s", tolerance, text)
    first = axes[0]
    kind = Kind.SLOWER_AXIS if first.b < first.a else Kind.FASTER_AXIS
    text = (
        f"accelerates by up to {first.b:.4g} {first.unit} instead of {first.a:.4g}: {_cost(slower)}"
    )
    return _difference(pair, slower, kind, first.subject, first.b, first.unit, tolerance, text)


def _cost(slower: Slower) -> str:
    count, word = int(slower.segments.sum()), "longer" if slower.is_b else "shorter"
    segments = "one segment takes" if count == 1 else f"{count} segments take"
    return f"{segments} {slower.total_s:.3f} s {word}"


def _difference(
    pair: Pair,
    slower: Slower,
    kind: Kind,
    subject: str,
    size: float,
    unit: str,
    tolerance: float,
    text: str,
) -> Difference:
    inside = np.flatnonzero(slower.segments)
    from_cp, to_cp = float(pair.points[inside[0]]), float(pair.points[inside[-1] + 1])
    times = pair.b.reached_s[np.searchsorted(pair.b.points, [from_cp, to_cp])]
    return Difference(
        kind=kind,
        subject=subject,
        column="",
        from_cp=from_cp,
        to_cp=to_cp,
        from_s=float(times[0]),
        to_s=float(times[1]),
        size=size,
        unit=unit,
        tolerance=tolerance,
        text=text,
    )
