"""What a plan says per control point and segment, for people (`linacsim plan`)."""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints, readonly
from linacsim.model.axes import AxisLayout
from linacsim.model.legs import FreeLeg, Leg, LegKind, PathLeg
from linacsim.planning.limits import Limits
from linacsim.planning.stretches import Segments, Stretch


@dataclass(frozen=True, slots=True, eq=False)
class PlanTable:
    """n control points, n - 1 segments, d axes that move."""

    columns: Ints
    """(d,) columns of the axes that move."""
    axis_names: tuple[str, ...]
    """(d,)"""
    time_s: Floats
    """(n,) when each control point is reached; NaN before a resumption."""
    mu: Floats
    """(n,)"""
    kind: tuple[str, ...]
    """(n - 1,) `beam`, `motion`, `free`, or `none` where nothing changes."""
    mu_per_min: Floats
    """(n - 1,) highest dose rate reached in the segment."""
    speed: Floats
    """(n - 1, d) highest speed of each axis in the segment, deg/s or cm/s, signed; of a leaf that
    moves with its carriage, that of its body."""
    limit: tuple[str, ...]
    """(n - 1,) `dose rate`, `DRate`, an axis name, `VelTable` and an axis name, or empty."""
    corner_miss: Floats
    """(n, d) distance by which each axis rounds the corner at the control point, deg or cm."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (self.time_s, self.mu, self.mu_per_min, self.speed, self.corner_miss):
            readonly(array)
        readonly(self.columns)


EMPTY_TABLE = PlanTable(
    columns=np.zeros(0, dtype=np.int64),
    axis_names=(),
    time_s=np.zeros(0),
    mu=np.zeros(0),
    kind=(),
    mu_per_min=np.zeros(0),
    speed=np.zeros((0, 0)),
    limit=(),
    corner_miss=np.zeros((0, 0)),
)


def build_table(
    layout: AxisLayout,
    columns: Ints,
    segments: Segments,
    limits: Limits,
    stretches: list[tuple[Stretch, Leg]],
    time_s: Floats,
) -> PlanTable:
    """Return the table of all planned segments; each stretch comes with its leg."""
    n = len(segments.cruise_s)
    rate = np.zeros_like(segments.step)
    miss = np.zeros((n + 1, len(columns)))
    kind = ["none"] * n
    limit = _limit_names(layout, columns, segments, limits)
    for stretch, leg in stretches:
        part = slice(stretch.first, stretch.stop)
        busy = segments.cruise_s[part] > 0
        kind[part] = [LegKind(leg.kind).name.lower() if on else "none" for on in busy]
        if isinstance(leg, FreeLeg):
            rate[part, 1:] = leg.top_speed() * busy[:, None]
            if leg.mlc is not None and leg.mlc_is_last:
                limit[part] = [layout.name(leg.mlc.limiting) if on else "" for on in busy]
        else:
            rate[part] = _rates(segments, part, leg, busy)
            _round_corners(miss, stretch, leg)
    return PlanTable(
        columns.copy(),
        tuple(layout.name(c) for c in columns.tolist()),
        time_s.copy(),
        segments.mu.copy(),
        tuple(kind),
        60.0 * rate[:, 0],
        rate[:, 1:],
        tuple(limit),
        miss,
    )


def _rates(segments: Segments, part: slice, leg: PathLeg, busy: Bools) -> Floats:
    """Return the highest rates on a path: cruise rates times the share of cruise speed reached."""
    highest = leg.pieces.top_speed(len(leg.path.mu) - 1, leg.duration_s)
    node = np.minimum(leg.path.point_q[:-1].astype(np.int64), len(highest) - 1)
    way = np.diff(leg.path.point_q)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_q = np.where(busy & (way > 0), highest[node] / way, 0.0)
    return np.asarray(segments.step[part] * per_q[:, None])


def _round_corners(miss: Floats, stretch: Stretch, leg: PathLeg) -> None:
    """Enter by how far each corner is missed: a T^2 / 8 for a blend of duration T."""
    if len(leg.path.corner_s) == 0:
        return
    corner = np.arange(1, len(leg.path.mu) - 1)
    point = stretch.first + np.searchsorted(leg.path.point_q, corner)
    miss[point] = np.abs(leg.path.blend_accel) * leg.path.blend_s**2 / 8


def _limit_names(
    layout: AxisLayout, columns: Ints, segments: Segments, limits: Limits
) -> list[str]:
    axes = [("VelTable " if limits.by_table[c] else "") + layout.name(c) for c in columns.tolist()]
    return [
        ""
        if not cruise_s
        else axes[which - 1]
        if which
        else ("DRate" if by_ceiling else "dose rate")
        for cruise_s, which, by_ceiling in zip(
            segments.cruise_s.tolist(),
            segments.limiting.tolist(),
            limits.by_ceiling.tolist(),
            strict=True,
        )
    ]
