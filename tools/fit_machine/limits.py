"""Greatest speeds and accelerations of the axes, from the expected side of the logs.

A limit shows as the greatest value that recurs: what limits an axis here and there is the same
number each time, whereas dose, or another axis, makes it go at all sorts of lower ones. Where a
speed recurs because the same piece of plan does, some other axis is at its own greatest speed, and
that is what limits; such places do not count.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from linacsim.machines.keys import AXIS_NAMES, SINGLE_AXES, axis_unit
from linacsim.model.arrays import Bools
from tools.fit_machine.found import Answer, Found, Kept, Observation, confidence, events
from tools.fit_machine.logs import Source, section_columns
from tools.fit_machine.shapes import Piece, corners, ramps, straight

SAME_SPEED, SAME_ACCEL = 0.002, 0.002
"""Shares by which observations of one limit may differ, beside rounding of the log."""
SOFTER = 5e-4
"""Share by which ramps that end or begin on a tick may be softer than the limit."""
APART_S = 0.1
"""Leaves that do the same at the same time have been observed once."""
NEEDED = 2
"""Times that a limit must have been seen, unless nothing else can have limited the axis."""
DOUBT = 0.02


def limits(sources: Sequence[Source]) -> Iterator[Answer]:
    """Yield speed and acceleration of each kind of axis."""
    seen = {name: [*_speeds(sources, name)] for name in AXIS_NAMES}
    tops = {name: max((item.value for item in found), default=0.0) for name, found in seen.items()}
    for name in AXIS_NAMES:
        section, unit = f"axis.{name}", axis_unit(name)
        speed, accel = f"max_speed_{unit}_per_s", f"max_accel_{unit}_per_s2"
        moved = [s for s in sources if _moving(s, name)]
        if not moved:
            yield Kept(section, speed, "never moved")
            yield Kept(section, accel, "never moved")
            continue
        own = [item for item in seen[name] if not _limited_by_others(sources, item, name, tops)]
        yield _greatest(section, speed, own, SAME_SPEED, name)
        yield _greatest(section, accel, [*_accels(moved, name)], SAME_ACCEL, name)


def _moving(source: Source, name: str) -> list[int]:
    columns = section_columns(source.layout, name, SINGLE_AXES.get(name))
    return [int(column) for column in np.intersect1d(columns, source.columns.moving)]


def _speeds(sources: Sequence[Source], name: str) -> Iterator[Observation]:
    for source in sources:
        free = np.ones(len(source.recording), dtype=bool)
        free[1:] = ~source.by_dose()
        for column in _moving(source, name):
            usable = source.columns.planned & free & ~source.carried(column)
            x = source.recording.expected[:, column]
            for piece in straight(x, source.dt_s, source.rounding(column), usable):
                yield _observed(source, column, piece)


def _limited_by_others(
    sources: Sequence[Source], item: Observation, name: str, tops: dict[str, float]
) -> bool:
    """Return whether an axis of another kind is at its greatest speed at that moment."""
    if item.alone:
        return False
    source = sources[item.log]
    row = round(item.time_s / source.dt_s)
    step = np.abs(np.diff(source.recording.expected[row : row + 2], axis=0))[0] / source.dt_s
    for other, top in tops.items():
        columns = section_columns(source.layout, other, SINGLE_AXES.get(other))
        if other != name and top and np.nanmax(step[columns]) >= top * (1 - 2 * SAME_SPEED):
            return True
    return False


def _accels(sources: Sequence[Source], name: str) -> Iterator[Observation]:
    for source in sources:
        for column in _moving(source, name):
            usable = source.columns.planned & ~source.carried(column)
            x, rounding = source.recording.expected[:, column], source.rounding(column)
            for shape in (ramps, corners):
                for piece in shape(x, source.dt_s, rounding, usable):
                    yield _observed(source, column, piece)


def _observed(source: Source, column: int, piece: Piece) -> Observation:
    middle_s = (piece.first + piece.last) / 2 * source.dt_s
    alone = _by_itself(source, column, piece)
    return Observation(piece.value, piece.sigma, source.number, middle_s, column, alone)


def _by_itself(source: Source, column: int, piece: Piece) -> bool:
    """Return whether nothing else can have limited an axis.

    Nothing else moves and no dose is given; or another axis starts or stops amid the piece, so
    that they do not go in proportion.
    """
    rows = slice(piece.first, piece.last + 1)
    if np.ptp(source.recording.mu_expected[rows]) > 0:
        return False
    others = np.setdiff1d(source.columns.moving, [column])
    if column >= source.layout.carriages.start:
        return False
    others = others[others < source.layout.carriages.start]
    goes: Bools = np.not_equal(np.diff(source.recording.expected[rows][:, others], axis=0), 0)
    starts_or_stops = goes.any(axis=0) & ~goes.all(axis=0)
    mlc = source.recording.expected[rows, source.layout.carriages.start :]
    return bool(starts_or_stops.any() or not (goes.any() or np.ptp(mlc, axis=0).any()))


def _greatest(section: str, key: str, seen: list[Observation], same: float, name: str) -> Answer:
    sound = sorted(
        (item for item in seen if item.sigma < DOUBT * item.value), key=lambda item: -item.value
    )
    for top in sound:
        like = [item for item in sound if _like(item, top, same)]
        times = events(like, APART_S, by_column=name in SINGLE_AXES)
        if times >= NEEDED or any(item.alone for item in like):
            return _found(section, key, like, times)
    if sound:
        return Kept(section, key, f"no limit seen twice; the greatest seen is {sound[0].value:.4g}")
    return Kept(section, key, "moved, but never steadily enough to tell")


def _like(item: Observation, top: Observation, same: float) -> bool:
    below = top.value - item.value
    return 0 <= below <= same * top.value + 3 * (top.sigma + item.sigma)


def _found(section: str, key: str, like: list[Observation], times: int) -> Found:
    values = np.array([item.value for item in like])
    top = float(values.max())
    weights = 1 / np.array([item.sigma for item in like]) ** 2
    sigma = float(1 / np.sqrt(weights.sum() * times / len(like)))
    return Found(
        section=section,
        key=key,
        value=float(np.sum(values * weights) / weights.sum()),
        error=confidence(values, 2 * sigma, times) + (SOFTER if "accel" in key else 0.0) * top,
        observations=times,
        logs=len({item.log for item in like}),
        how="greatest that recurs" if times >= NEEDED else "axis by itself",
    )
