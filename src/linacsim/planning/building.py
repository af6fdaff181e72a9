"""Builds legs: the time law applied to one stretch."""

from dataclasses import replace

import numpy as np

from linacsim.machines.spec import PlanningRules
from linacsim.model.arrays import Floats, Ints, readonly
from linacsim.model.legs import FreeLeg, LegKind, Path, PathLeg
from linacsim.model.mlc_move import MlcMove
from linacsim.model.pieces import travel_s
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.planning.alone import knots
from linacsim.planning.stretches import Segments, Stretch
from linacsim.planning.timing import Run, RunTiming, time_run

TICK_S = TICK_NS / NS_PER_S


def path_leg(
    segments: Segments,
    stretch: Stretch,
    point_s: Floats,
    columns: Ints,
    rules: PlanningRules,
) -> PathLeg:
    """Return a synchronized leg; `point_s` (n + 1,) labels all points of `segments`."""
    part = slice(stretch.first, stretch.stop)
    cruise_s = segments.cruise_s[part]
    node = _nodes(segments.straight[part], cruise_s) + stretch.first
    duration = np.add.reduceat(segments.cruise_s[: stretch.stop], node[:-1])
    mu, position = segments.mu[node], segments.position[node]
    step = np.column_stack([np.diff(mu), np.diff(position, axis=0)])
    jump = np.diff(step / duration[:, None], axis=0)
    with np.errstate(divide="ignore"):
        way = np.where(step != 0, segments.accel / np.abs(step), np.inf)
    blend_s = np.abs(jump) / segments.accel
    run = Run(1.0 / duration, way.min(axis=1), blend_s.max(axis=1))
    timing = time_run(run, rules, TICK_S)
    path = Path(
        mu=mu,
        position=position,
        mu_step=step[:, 0].copy(),
        position_step=np.ascontiguousarray(step[:, 1:]),
        point_q=_point_q(cruise_s, node - stretch.first),
        point_s=point_s[stretch.first : stretch.stop + 1].copy(),
        **_blends(timing, blend_s[:, 1:], jump[:, 1:], segments.accel[1:]),
    )
    return PathLeg(
        stretch.kind,
        float(path.point_s[0]),
        float(path.point_s[-1]),
        timing.duration_s,
        columns,
        path,
        timing.pieces,
    )


def free_leg(
    segments: Segments,
    stretch: Stretch,
    point_s: Floats,
    columns: Ints,
    speed: Floats,
    mlc: MlcMove | None,
) -> FreeLeg:
    """Return a leg on which each axis keeps to its own limits, but for the members of `mlc`."""
    a, b = stretch.first, stretch.stop
    clock = np.concatenate([[0.0], np.cumsum(segments.cruise_s[a:b])])
    start, stop = segments.position[a], segments.position[b].copy()
    if mlc is not None:
        stop[mlc.member] = start[mlc.member]
    alone = each_alone(
        stretch.kind,
        (clock / clock[-1], point_s[a : b + 1].copy()),
        float(segments.mu[a]),
        columns,
        (start, stop),
        speed,
        segments.accel[1:],
    )
    if mlc is None:
        return alone
    return replace(alone, mlc=mlc, duration_s=max(alone.duration_s, mlc.duration_s))


def each_alone(
    kind: LegKind,
    points: tuple[Floats, Floats],
    mu: float,
    columns: Ints,
    ends: tuple[Floats, Floats],
    speed: Floats,
    accel: Floats,
) -> FreeLeg:
    """Return a leg on which each axis goes alone between `ends`, two arrays (d,).

    `points` are the shares of the way (p,) at which control points lie, and their s (p,).
    """
    start, stop = ends
    share, s = points
    way = stop - start
    knot_s, knot_speed = knots(np.abs(way), speed, accel, TICK_S)
    return FreeLeg(
        kind,
        float(s[0]),
        float(s[-1]),
        float(knot_s[-1].max(initial=0.0)),
        columns,
        mu,
        point_share=readonly(share),
        point_s=readonly(s),
        start=readonly(start.copy()),
        way=readonly(way),
        knot_s=readonly(knot_s),
        knot_speed=readonly(knot_speed),
    )


def point_times(leg: PathLeg | FreeLeg) -> Floats:
    """Return (p,) times since the leg's start at which its points are reached."""
    if isinstance(leg, FreeLeg):
        return _free_times(leg)
    q = leg.path.point_q
    times: Floats = np.minimum(leg.pieces.times(q), leg.duration_s)
    times[q >= len(leg.path.mu) - 1] = leg.duration_s
    np.maximum.accumulate(times, out=times)
    return times


def _free_times(leg: FreeLeg) -> Floats:
    """Return when the slowest axis, or the MLC if it is slower, is at each point."""
    if leg.mlc is not None and leg.mlc_is_last:
        moves = np.arange(float(len(leg.mlc.share)))
        times = leg.mlc.pieces.times(np.interp(leg.point_share, leg.mlc.share, moves))
    else:
        slowest = int(np.argmax(leg.knot_s[-1]))
        wanted = leg.point_share * np.abs(leg.way[slowest])
        times = _trapezoid_times(leg.knot_s[:, slowest], leg.knot_speed[:, slowest], wanted)
    times = np.minimum(times, leg.duration_s)
    times[leg.point_share >= 1.0] = leg.duration_s
    return times


def _trapezoid_times(time_s: Floats, speed: Floats, wanted: Floats) -> Floats:
    """Return when the ways `wanted` are done; `speed` (5,) changes evenly between `time_s` (5,)."""
    length = np.diff(time_s)
    accel = np.diff(speed) / np.where(length > 0, length, 1.0)
    done = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * length)])
    piece = np.clip(np.searchsorted(done, wanted, side="left") - 1, 0, len(length) - 1)
    since = travel_s(wanted - done[piece], speed[piece], accel[piece])
    return np.asarray(time_s[piece] + since)


def _nodes(straight: "np.ndarray[tuple[int], np.dtype[np.bool_]]", cruise_s: Floats) -> Ints:
    """Return the points where the stretch begins, turns and ends."""
    busy = np.flatnonzero(cruise_s > 0)
    turns = busy[1:][~straight[busy[1:]]]
    return np.concatenate([[0], turns, [len(cruise_s)]]).astype(np.int64)


def _point_q(cruise_s: Floats, node: Ints) -> Floats:
    """Return q of every point: node number plus share of the cruise time to the next node."""
    clock = np.concatenate([[0.0], np.cumsum(cruise_s)])
    index = np.searchsorted(node, np.arange(len(clock)), side="right") - 1
    index = np.minimum(index, len(node) - 2)
    before, after = clock[node[index]], clock[node[index + 1]]
    q: Floats = index + (clock - before) / (after - before)
    q[node] = np.arange(len(node))
    return q


def _blends(timing: RunTiming, blend_s: Floats, jump: Floats, accel: Floats) -> dict[str, Floats]:
    blend = blend_s * timing.factor[1:-1, None]
    return {
        "corner_s": timing.crossing_s[1:-1].copy(),
        "blend_s": blend,
        "longest_blend_s": blend.max(axis=1, initial=0.0),
        "blend_accel": np.sign(jump) * accel,
    }
