"""Positions at the same control points: where they differ, and in what way."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import FIRST_LEAF, Axis, AxisLayout
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.records import Difference, Extreme, Kind
from linacsim.review.compare.tolerances import Tolerances

MIRRORS = {
    Axis.GANTRY_RTN: 180.0,
    Axis.COLL_RTN: 180.0,
    Axis.COUCH_RTN: 180.0,
    Axis.COUCH_VRT: 100.0,
    Axis.COUCH_LAT: 100.0,
}
"""Where an axis is mirrored whose sign is taken the other way (model.scales); else at 0."""
COUCH = range(Axis.COUCH_VRT, Axis.COUCH_ROL + 1)
NEARLY_ALL = 0.95
CONSTANT = 0.25
"""An offset varies by no more than this share of itself..."""
MOSTLY = 0.8
"""...over this share of its stretch."""
EXPLAINED = 0.8
"""A lag explains this share of the variance of the difference."""
LEAST_SPAN = 0.5
"""A stretch is at least this many control points from the next, or they are one."""


@dataclass(frozen=True)
class Positions:
    """Differences of all axes at the grid, B minus A."""

    pair: Pair
    layout: AxisLayout
    expected_a: Floats
    """(g, n_axes)"""
    expected_b: Floats
    expected: Floats
    """(g, n_axes) difference of the expected positions."""
    actual: Floats
    """(g, n_axes) difference of actual minus expected."""
    judged: Bools
    """(n_axes,) axes that both hold and that count."""

    @classmethod
    def of(cls, pair: Pair, tolerances: Tolerances) -> "Positions":
        """Return the differences of a pair."""
        a, b = pair.a.recording, pair.b.recording
        expected_a, expected_b = pair.columns("expected")
        actual_a, actual_b = pair.columns("actual")
        expected = expected_b - expected_a
        judged = np.asarray(np.isfinite(expected + actual_b - actual_a).all(axis=0))
        if a.isocentric_couch != b.isocentric_couch:
            judged[COUCH.start : COUCH.stop] = False
        if not tolerances.judge_standing_couch and len(expected):
            still = (np.ptp(expected_a, axis=0) + np.ptp(expected_b, axis=0)) < 0.1
            judged[COUCH.start : COUCH.stop] &= ~still[COUCH.start : COUCH.stop]
        actual = actual_b - actual_a - expected
        return cls(pair, a.layout, expected_a, expected_b, expected, actual, judged)


def position_differences(positions: Positions, tolerances: Tolerances) -> tuple[Difference, ...]:
    """Return what differs, an axis and a stretch of control points each."""
    found: list[Difference] = []
    mirrored: set[int] = set()
    for column, values in (("expected", positions.expected), ("actual", positions.actual)):
        allowed = tolerances.of_axes(column, positions.layout)
        beyond = positions.judged & (np.abs(np.nan_to_num(values)) > allowed).any(axis=0)
        for axis in np.flatnonzero(beyond).tolist():
            if axis in mirrored:
                continue  # its drive errs the other way round as well
            found += _of_axis(positions, column, values[:, axis], axis, float(allowed[axis]))
            if found[-1].kind is Kind.SIGN:
                mirrored.add(axis)
    return tuple(found)


def extremes(positions: Positions, tolerances: Tolerances) -> tuple[Extreme, ...]:
    """Return the greatest differences of each axis that both recordings hold."""
    layout = positions.layout
    known = np.flatnonzero(np.isfinite(positions.expected).all(axis=0))
    limits = tolerances.of_axes("expected", layout), tolerances.of_axes("actual", layout)
    if not len(positions.expected):
        return ()
    return tuple(
        Extreme(
            axis=layout.name(axis),
            unit=layout.unit(axis),
            expected=_greatest(positions.expected[:, axis]),
            actual=_greatest(positions.actual[:, axis]),
            tolerance_expected=float(limits[0][axis]),
            tolerance_actual=float(limits[1][axis]),
        )
        for axis in known.tolist()
    )


def standing_couch_notes(positions: Positions, tolerances: Tolerances) -> Iterator[str]:
    """Yield where a couch that is not judged stands elsewhere."""
    allowed = tolerances.of_axes("expected", positions.layout)
    for axis in COUCH:
        values = positions.expected[:, axis]
        if positions.judged[axis] or not len(values) or not np.isfinite(values).all():
            continue
        if abs(_greatest(values)) > allowed[axis]:
            name, unit = positions.layout.name(axis), positions.layout.unit(axis)
            yield f"{name} stands {_greatest(values):+.3f} {unit} from where A has it: not judged"


def _of_axis(
    positions: Positions, column: str, values: Floats, axis: int, allowed: float
) -> Iterator[Difference]:
    if column == "expected" and _mirrored(positions, axis, allowed):
        whole = slice(0, len(values))
        yield _difference(positions, Kind.SIGN, column, axis, values, whole, allowed)
        return
    for stretch in _stretches(np.abs(values), allowed, positions.pair.grid):
        kind = _kind(positions, column, axis, values, stretch, allowed)
        yield _difference(positions, kind, column, axis, values, stretch, allowed)


def _mirrored(positions: Positions, axis: int, allowed: float) -> bool:
    """Return whether B has the axis where A has it, seen the other way round."""
    centre = MIRRORS.get(Axis(axis), 0.0) if axis < FIRST_LEAF else 0.0
    mirrored = 2 * centre - positions.expected_a[:, axis]
    off = positions.expected_b[:, axis] - mirrored
    if axis in (Axis.GANTRY_RTN, Axis.COLL_RTN, Axis.COUCH_RTN):
        off -= 360.0 * np.round(off / 360.0)
    return float((np.abs(off) <= allowed).mean()) >= NEARLY_ALL


def _stretches(size: Floats, allowed: float, grid: Floats) -> list[slice]:
    """Return stretches that exceed the tolerance, each with its flanks down to half of it."""
    above = size > allowed / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    merged: list[slice] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        if not (size[start:stop] > allowed).any():
            continue
        if merged and grid[start] - grid[merged[-1].stop - 1] < LEAST_SPAN:
            merged[-1] = slice(merged[-1].start, stop)
        else:
            merged.append(slice(start, stop))
    return merged


def _kind(
    positions: Positions, column: str, axis: int, values: Floats, stretch: slice, allowed: float
) -> Kind:
    inside = values[stretch]
    core = inside[np.abs(inside) > allowed]
    middle = float(np.median(core))
    constant = np.abs(inside - middle) <= max(CONSTANT * abs(middle), allowed / 4)
    if constant.mean() >= MOSTLY:
        return Kind.OFFSET
    if column == "actual" and _lag_s(positions, axis, values, stretch) is not None:
        return Kind.LAG
    return Kind.SHAPE


def _lag_s(positions: Positions, axis: int, values: Floats, stretch: slice) -> float | None:
    """Return the delay that explains a difference of following; None where none does."""
    time = positions.pair.b_time_s[stretch]
    if len(time) < 3 or (np.diff(time) <= 0).any():
        return None
    speed = np.gradient(positions.expected_b[stretch, axis], time)
    inside, power = values[stretch], float(speed @ speed)
    if not power:
        return None
    lag = -float(inside @ speed) / power
    rest = inside + lag * speed
    return lag if float(rest @ rest) <= (1 - EXPLAINED) * float(inside @ inside) else None


def _difference(
    positions: Positions,
    kind: Kind,
    column: str,
    axis: int,
    values: Floats,
    stretch: slice,
    allowed: float,
) -> Difference:
    layout, grid, time = positions.layout, positions.pair.grid, positions.pair.b_time_s
    first, last = stretch.start, stretch.stop - 1
    size, unit = _greatest(values[stretch]), layout.unit(axis)
    return Difference(
        kind=kind,
        subject=layout.name(axis),
        column=column,
        from_cp=float(grid[first]),
        to_cp=float(grid[last]),
        from_s=float(time[first]),
        to_s=float(time[last]),
        size=size,
        unit=unit,
        tolerance=allowed,
        text=_text(positions, kind, column, axis, values, stretch),
        axes=(layout.name(axis),),
    )


def _text(
    positions: Positions, kind: Kind, column: str, axis: int, values: Floats, stretch: slice
) -> str:
    unit, size = positions.layout.unit(axis), _greatest(values[stretch])
    off = f"{size:+.4f} {unit}"
    if kind is Kind.SIGN:
        return f"is {column} with the sign the other way: up to {off}"
    if kind is Kind.OFFSET:
        middle = float(np.median(values[stretch]))
        return f"is {column} {middle:+.4f} {unit} off throughout"
    if kind is Kind.LAG:
        lag = _lag_s(positions, axis, values, stretch) or 0.0
        return f"follows {abs(lag) * 1000:.0f} ms {'later' if lag > 0 else 'earlier'}: up to {off}"
    return f"is {column} elsewhere: up to {off}"


def _greatest(values: Floats) -> float:
    return float(values[int(np.argmax(np.abs(values)))])
