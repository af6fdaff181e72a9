"""Which limit was another one: of an axis, of all leaves, or of the dose rate."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import FIRST_LEAF
from linacsim.review.compare.pair import Pair, Rows
from linacsim.review.course import TRAVEL, Course
from linacsim.review.metrics.motion import MOVES, motion_of
from linacsim.review.metrics.rates import EXPECTED_S, stride

AT_LIMIT = 0.015
"""A speed is at a limit that it comes this near to, as a share of it."""
REALLY_SLOWER = 0.003
CONVINCING = 0.6
"""A limit explains the time if segments at it hold this share of it."""
PLAUSIBLE = 0.4
"""A limit below this share of the machine's own is named only if nothing else explains the time."""
NEARLY_AS_MUCH = 0.1
"""Limits are weighed against each other if they explain all but this share as much as the best."""
OTHER_ACCEL = 0.01
INNER = (0.3, 0.7)
"""Shares of a segment between which positions are straight, clear of rounded corners."""
AS_GOOD = 0.02


@dataclass(frozen=True, slots=True)
class Limit:
    """The highest speed of something in each of two deliveries."""

    subject: str
    unit: str
    a: float
    b: float
    is_dose: bool = False
    others: tuple[str, ...] = ()
    """What would explain it as well."""
    plausible: bool = True
    """Whether it is not far below what the machine is known to allow."""
    share: float = 0.0
    """Of the lost time, what segments at this limit hold."""
    score: float = 0.0
    """The same, and more where the limit was to be expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Speeds:
    """Cruise speeds of k things in the m - 1 segments between points: axes, all leaves, dose."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    known_limits: tuple[tuple[float, ...], ...]
    """What the machine allows, if a machine is known."""
    a: Floats
    """(m - 1, k)"""
    b: Floats


def limit_that_explains(
    pair: Pair, lost_s: Floats, machine: MachineSpec | None, *, is_b: bool
) -> Limit | None:
    """Return the limit that made B (or A) slower, by (m - 1,) lost times; None if none did.

    A limit shows by this: where time is lost the slower one goes at one and the same highest
    speed, which it exceeds nowhere, while the other goes faster. Of several such limits that one
    is it at which the other went by its own limit, or by one that the machine is known to have.
    """
    speeds = _speeds(pair, machine)
    slow, quick = (speeds.b, speeds.a) if is_b else (speeds.a, speeds.b)
    rated = sorted(
        (
            _rated(slow[:, i], quick[:, i], lost_s, speeds.known_limits[i], i, speeds, is_b=is_b)
            for i in range(len(speeds.names))
        ),
        key=lambda limit: (-round(limit.score, 2), _order(limit)),
    )
    most = max((limit.share for limit in rated), default=0.0)
    if most < CONVINCING:
        return None
    rated = [limit for limit in rated if limit.share >= most - NEARLY_AS_MUCH]
    best = rated[0]
    others = [limit.subject for limit in rated[1:] if _as_good(limit, best)]
    return replace(best, others=tuple(_told(best.subject, others)))


def _order(limit: Limit) -> int:
    """Return which of equally good limits is named first: leaves mostly go along with the rest."""
    leaves = limit.subject.startswith("lea")
    return 2 if leaves else 1 if limit.is_dose else 0


def _as_good(other: Limit, best: Limit) -> bool:
    """Return whether another limit would explain it as well, and is not absurdly low."""
    return other.plausible and other.share > best.share - AS_GOOD


def _told(best: str, others: list[str]) -> Iterator[str]:
    """Yield what else would do; of leaves only all of them together, or the first."""
    leaves = [name for name in (best, *others) if name.startswith("leaf")]
    for name in others:
        one_of_many = name.startswith("leaf") and ("leaves" in (best, *others) or name != leaves[0])
        if not one_of_many and not (name == "leaves" and best.startswith("leaf")):
            yield name


def accelerations(pair: Pair, machine: MachineSpec | None) -> list[Limit]:
    """Return axes whose greatest expected acceleration differs, most first.

    Where a machine is known, axes that one of the two takes to its limit go before the others,
    which only go along with them.
    """
    a, b = pair.a.recording, pair.b.recording
    columns = np.flatnonzero(np.isfinite(a.expected[0]) & np.isfinite(b.expected[0]))
    motion = motion_of(pair.a, columns), motion_of(pair.b, columns)
    peak_a, peak_b = motion[0].accel[0], motion[1].accel[0]
    least = np.maximum(np.minimum(peak_a, peak_b), 1e-9)
    share = np.abs(peak_b - peak_a) / least
    both = motion[0].moves & motion[1].moves
    led = np.zeros(len(columns), dtype=np.bool_)
    if machine is not None:
        limits = machine.axes.max_accel[columns]
        led = np.maximum(peak_a, peak_b) >= (1 - AT_LIMIT) * limits
    order = np.lexsort((-np.round(share, 2), ~led)).tolist()
    order = [i for i in order if both[i] and share[i] > OTHER_ACCEL]
    return [
        Limit(
            a.layout.name(int(columns[i])),
            f"{a.layout.unit(int(columns[i]))}/s2",
            float(peak_a[i]),
            float(peak_b[i]),
        )
        for i in order
    ]


def _rated(
    slow: Floats,
    quick: Floats,
    lost_s: Floats,
    known: tuple[float, ...],
    index: int,
    speeds: Speeds,
    *,
    is_b: bool,
) -> Limit:
    """Return how well the limit of one thing explains the lost time."""
    matter = lost_s > 0
    limit, others = float(slow[matter].max(initial=0.0)), float(quick[matter].max(initial=0.0))
    at_limit = (slow >= (1 - AT_LIMIT) * limit) & (quick >= (1 + REALLY_SLOWER) * slow)
    score = _share_of(lost_s, at_limit)
    if limit <= _creep(speeds.units[index]) or slow.max() > (1 + AT_LIMIT) * limit:
        score = 0.0
    share = score
    if share >= CONVINCING:
        at_own = quick >= (1 - AT_LIMIT) * quick.max()
        at_known = np.zeros_like(at_own)
        for value in known:
            at_known |= np.abs(quick - value) <= AT_LIMIT * value
        score += 0.5 * _share_of(lost_s, at_own) + 0.5 * _share_of(lost_s, at_known)
    a, b = (others, limit) if is_b else (limit, others)
    unit = speeds.units[index]
    return Limit(
        speeds.names[index],
        unit,
        a,
        b,
        is_dose="MU" in unit,
        plausible=not known or limit >= PLAUSIBLE * min(known),
        share=share,
        score=score,
    )


def _creep(unit: str) -> float:
    """Return the speed up to which a thing only wavers or creeps, which is no limit of its own."""
    return TRAVEL.get(unit.removesuffix("/s"), 0.0)


def _share_of(lost_s: Floats, segments: Bools) -> float:
    return float(lost_s[segments].sum() / lost_s.sum())


def _speeds(pair: Pair, machine: MachineSpec | None) -> Speeds:
    layout = pair.a.recording.layout
    starts = pair.points[:-1].astype(np.float64)
    slopes = [_slopes(course, starts) for course in (pair.a, pair.b)]
    steepest = np.fmax(np.abs(slopes[0]).max(axis=0), np.abs(slopes[1]).max(axis=0))
    moving = np.flatnonzero(np.nan_to_num(steepest[:-1]) > MOVES)
    leaves = moving[moving >= FIRST_LEAF]
    fast = [_fastest(course, pair) for course in (pair.a, pair.b)]
    speeds = [np.abs(slope) * quick[:, None] for slope, quick in zip(slopes, fast, strict=True)]
    joined = [
        np.column_stack([60 * speed[:, -1], *_pooled(speed[:, leaves]), speed[:, moving]])
        for speed in speeds
    ]
    names = ["dose rate", *["leaves"] * bool(len(leaves))]
    units = ["MU/min", *["cm/s"] * bool(len(leaves))]
    names += [layout.name(column) for column in moving.tolist()]
    units += [f"{layout.unit(column)}/s" for column in moving.tolist()]
    known = tuple(_known(machine, len(leaves) > 0, moving.tolist()))
    return Speeds(tuple(names), tuple(units), known, joined[0], joined[1])


def _pooled(leaves: Floats) -> list[Floats]:
    """Return the speed of the fastest leaf of each segment, for the limit that all leaves share."""
    return [leaves.max(axis=1)] if leaves.shape[1] else []


def _known(
    machine: MachineSpec | None, with_leaves: bool, moving: list[int]
) -> Iterator[tuple[float, ...]]:
    if machine is None:
        yield from [()] * (1 + with_leaves + len(moving))
        return
    rates = {rate for energy in machine.energies.values() for rate in energy.dose_rates_mu_per_min}
    yield tuple(sorted(rates))
    if with_leaves:
        yield (float(machine.axes.max_speed[FIRST_LEAF]),)
    for column in moving:
        yield (float(machine.axes.max_speed[column]),)


def _slopes(course: Course, starts: Floats) -> Floats:
    """Return (m - 1, n_axes + 1) change of each axis, and of the MU, per control point."""
    columns = np.column_stack([course.recording.expected, course.recording.mu_expected])
    low, high = (Rows.of(course, starts + share).take(columns) for share in INNER)
    rise = high - low
    return np.nan_to_num(rise / (INNER[1] - INNER[0]))


def _fastest(course: Course, pair: Pair) -> Floats:
    """Return (m - 1,) highest speed in control points per second within each segment."""
    rows = stride(course, EXPECTED_S)
    speed = (course.s[rows:] - course.s[:-rows]) / (rows * course.dt_s)
    first = np.searchsorted(pair.points, course.s[:-rows] + 1e-6, side="right") - 1
    last = np.searchsorted(pair.points, course.s[rows:] - 1e-6, side="right") - 1
    within = (first == last) & (first >= 0) & (first < len(pair.points) - 1)
    out = np.zeros(len(pair.points) - 1)
    np.maximum.at(out, first[within], speed[within])
    return out
