"""How stiff axes follow: lag, noise, encoder step, constant offset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from linacsim.machines.keys import AXIS_NAMES, SINGLE_AXES, axis_unit
from linacsim.model.arrays import Bools, Floats, Ints
from tools.fit_machine.found import Answer, Found, Kept
from tools.fit_machine.logs import Source, section_columns, speed_of

MOVES = 0.1
"""Share of its greatest speed above which an axis moves in earnest."""
LEAST_ROWS = 20
MODEL = 0.02
"""Share of lag and noise by which the speed between snapshots and rounding leave doubt."""
STANDING_NEEDED = 5
"""Axes at rest from which a bound on their offsets can be told."""
VARIES = 0.02
"""Share of the mean square of the speed that its variance needs, to tell lag from offset."""
FINEST = 6.0
"""Encoder step as a multiple of single precision below which none can be told."""


def following(sources: Sequence[Source]) -> Iterator[Answer]:
    """Yield what the actual side tells of each kind of stiff axis."""
    for name in AXIS_NAMES:
        if name != "gantry_rtn":
            yield from _lag_and_noise(sources, name)
        yield _resolution(sources, name)
        if not name.startswith("couch"):
            yield _offset(sources, name)


def _lag_and_noise(sources: Sequence[Source], name: str) -> Iterator[Answer]:
    section, noise_key = f"axis.{name}", f"noise_{axis_unit(name)}"
    fits = [
        fit
        for source in sources
        for column in _columns(source, name, source.columns.moving)
        if (fit := _fit(source, column)) is not None
    ]
    if not fits:
        for key in ("lag_s", noise_key):
            yield Kept(section, key, "never moved long enough, at speeds that differ")
        return
    logs = np.array([fit.log for fit in fits])
    for key, values, errors, how in (
        ("lag_s", [f.lag_s for f in fits], [f.lag_error_s for f in fits], "error against speed"),
        (
            noise_key,
            [f.noise for f in fits],
            [f.noise / f.blocks**0.5 for f in fits],
            "what lag and a constant leave of the error",
        ),
    ):
        each = np.array(values)
        own = float(np.median(errors)) / len(each) ** 0.5
        yield Found(
            section=section,
            key=key,
            value=max(float(np.median(each)), 0.0),
            error=max(own, _spread(each, logs)) + MODEL * abs(float(np.median(each))),
            observations=len(each),
            logs=len(np.unique(logs)),
            how=how,
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """One axis in one log."""

    log: int
    lag_s: float
    lag_error_s: float
    """95 % half width, by the scatter between blocks of rows."""
    noise: float
    blocks: int


def _fit(source: Source, column: int) -> _Fit | None:
    """Return how an axis follows in a log, if it moves enough."""
    expected, actual = source.recording.expected[:, column], source.recording.actual[:, column]
    speed = speed_of(expected, source.dt_s)
    moves: Bools = source.columns.planned & (np.abs(speed) > MOVES * np.abs(speed).max())
    v, error = speed[moves], (actual - expected)[moves]
    if len(v) < LEAST_ROWS or np.var(v) < VARIES * np.mean(v**2):
        return None
    design = np.column_stack([-v, np.ones(len(v))])
    (lag_s, constant), *_ = np.linalg.lstsq(design, error, rcond=None)
    rest = error - design @ np.array([lag_s, constant])
    # Rounding to encoder steps is no noise of the axis.
    step = _quantum(actual, source.rounding(column)) or 0.0
    noise = np.sqrt(max(float(np.var(rest)) - step**2 / 12, 0.0))
    blocks = np.array_split(np.arange(len(v)), max(len(v) // LEAST_ROWS, 2))
    each = [-float((error[b] - constant) @ v[b]) / float(v[b] @ v[b]) for b in blocks]
    scatter = 2 * float(np.std(each, ddof=1)) / len(each) ** 0.5
    return _Fit(source.number, float(lag_s), scatter, float(noise), len(blocks))


def _resolution(sources: Sequence[Source], name: str) -> Answer:
    section, key = f"axis.{name}", f"resolution_{axis_unit(name)}"
    steps = [
        (step, source.number)
        for source in sources
        for column in _columns(source, name, source.columns.moving)
        if (step := _quantum(source.recording.actual[:, column], source.rounding(column)))
    ]
    if not steps:
        return Kept(section, key, "no step of the readings that single precision would show")
    values = np.array([step for step, _ in steps])
    median = float(np.median(values))
    return Found(
        section=section,
        key=key,
        value=median,
        error=2 * float(np.median(np.abs(values - median))) / len(values) ** 0.5 + 1e-3 * median,
        observations=len(values),
        logs=len({log for _, log in steps}),
        how="least step of the readings",
    )


def _quantum(values: Floats, rounding: float) -> float | None:
    """Return the step of which all differences of the values are multiples; None: there is none."""
    ulp = 2 * rounding
    levels = np.unique(values)
    if len(levels) < LEAST_ROWS:
        return None
    gaps = np.diff(levels)
    gaps = gaps[gaps > 1.5 * ulp]
    if not len(gaps) or np.min(gaps) < FINEST * ulp:
        return None
    step = float(np.min(gaps))
    for reach in (4, 16, 64, 256):
        near = gaps[gaps < reach * step]
        counts = np.rint(near / step)
        step = float((near @ counts) / (counts @ counts))
    misfit = np.abs(gaps / step - np.rint(gaps / step))
    tolerated = np.maximum(0.15, ulp / step)
    return step if np.quantile(misfit, 0.9) < tolerated else None


def _offset(sources: Sequence[Source], name: str) -> Answer:
    section, key = f"axis.{name}", f"static_offset_{axis_unit(name)}"
    offs: list[float] = []
    logs: set[int] = set()
    for source in sources:
        for column in _columns(source, name, source.columns.standing):
            error = source.recording.actual[:, column] - source.recording.expected[:, column]
            offs.append(abs(float(np.median(error))))
            logs.add(source.number)
    n = len(offs)
    if n < STANDING_NEEDED:
        return Kept(section, key, f"only {n} at rest, {STANDING_NEEDED} needed")
    # Chances even between the bound and its negative have an RMS of the bound over root three.
    bound = float(np.sqrt(3 * np.mean(np.square(offs))))
    return Found(section, key, bound, 0.9 * bound / n**0.5, n, len(logs), "RMS offset at rest")


def _columns(source: Source, name: str, among: Ints) -> list[int]:
    columns = section_columns(source.layout, name, SINGLE_AXES.get(name))
    return [int(column) for column in np.intersect1d(columns, among)]


def _spread(values: Floats, logs: Ints) -> float:
    """Return the 95 % half width of the median: from log to log if that is wider than within."""
    within = 2 * 1.25 * float(np.std(values)) / float(np.sqrt(len(values)))
    medians = [float(np.median(values[logs == log])) for log in np.unique(logs)]
    if len(medians) < 2:
        return within
    return max(within, 2 * float(np.std(medians, ddof=1)) / float(np.sqrt(len(medians))))
