"""One real log beside its emulation: times, speeds, errors."""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import Axis
from linacsim.review.metrics import Metrics, measure
from linacsim.review.metrics.lag import lags_s
from linacsim.review.recording import Recording

WINDOW_S = 0.4
"""Speeds and dose rates are means over this time, as a published peer has them."""
MOVES = 1e-5
DOSE_MU = 0.01
CRAWLS = 0.1
"""deg/s or mm/s: what never goes faster does not move."""
ENOUGH = 20
"""Rows from which there is something to measure."""
_MM_PER_CM = 10.0
_S_PER_MIN = 60.0


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happen, from the first step on; seconds."""

    length: tuple[float, float]
    """From the first step to the last: real, emulated."""
    points: int
    """Control points whose crossing is compared."""
    worst_s: float
    """Greatest absolute difference of their crossing times."""
    mean_s: float
    """Mean absolute difference."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Mean absolute differences of actual columns over windows of 0.4 s; None: nothing moves."""

    gantry_deg_per_s: float | None
    leaf_mm_per_s: float | None
    """Of the fastest leaf."""
    dose_rate_mu_per_min: float


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure of the real log and of the emulated one."""

    name: str
    real: float
    emulated: float
    digits: int


@dataclass(frozen=True, slots=True)
class Compared:
    """All figures of one log."""

    timing: Timing
    pace: Pace
    figures: tuple[Beside, ...]
    leaf_error_mm: float | None
    """Mean absolute difference of the following errors of moving leaves, row by row."""
    gantry_error_deg: float | None


def compare(real: Recording, ours: Recording, machine: MachineSpec) -> Compared:
    """Return how the emulated log differs from the real one of the same beam."""
    a, b = measure(real, machine), measure(ours, machine)
    leaf, gantry = _apart(real, ours)
    return Compared(_timing(a, b), _pace(real, ours, a, b), (*_figures(real, ours),), leaf, gantry)


def _timing(a: Metrics, b: Metrics) -> Timing:
    """Compare crossings; those of motion without dose are left out.

    A real log counts a field change as done when it begins, ours as it goes on.
    """
    mine, theirs = (np.array(m.control_points.since_start_s) for m in (b, a))
    mu = np.array(a.control_points.mu)
    after_dose = np.diff(mu, prepend=-1.0) > DOSE_MU
    off = np.abs(mine - theirs)[1:][after_dose[1:]]
    lengths = (float(theirs[-1]), float(mine[-1]))
    return Timing(lengths, len(off), float(off.max()), float(off.mean()))


def _pace(real: Recording, ours: Recording, a: Metrics, b: Metrics) -> Pace:
    length = min(m.control_points.since_start_s[-1] for m in (a, b))
    times = np.asarray(np.arange(int(length / WINDOW_S) + 1) * WINDOW_S, dtype=np.float64)
    speeds = [_speeds(r, m.start_s + times) for r, m in ((real, a), (ours, b))]
    doses = [_rates(r.mu_actual, r, m.start_s + times) for r, m in ((real, a), (ours, b))]
    return Pace(
        _mean_off(*(s[0] for s in speeds)),
        _mean_off(*(s[1] * _MM_PER_CM for s in speeds)),
        float(np.abs(doses[0] - doses[1]).mean() * _S_PER_MIN),
    )


def _speeds(recording: Recording, times: Floats) -> tuple[Floats, Floats]:
    """Return speeds of the gantry and of the fastest leaf in each window."""
    gantry = _rates(recording.actual[:, Axis.GANTRY_RTN], recording, times)
    leaves = np.column_stack(
        [_rates(recording.actual[:, i], recording, times) for i in _leaves(recording)]
    )
    return np.abs(gantry), np.abs(leaves).max(axis=1)


def _rates(column: Floats, recording: Recording, times: Floats) -> Floats:
    return np.asarray(np.diff(np.interp(times, recording.time_s, column)) / WINDOW_S)


def _mean_off(a: Floats, b: Floats) -> float | None:
    return float(np.abs(a - b).mean()) if max(a.max(), b.max()) > CRAWLS else None


def _figures(real: Recording, ours: Recording) -> list[Beside]:
    out: list[Beside] = []
    for name, columns, scale, digits in (
        ("gantry", np.array([Axis.GANTRY_RTN]), 1.0, 3),
        ("collimator", np.array([Axis.COLL_RTN]), 1.0, 3),
        ("X jaws", np.array([Axis.X1, Axis.X2]), _MM_PER_CM, 3),
        ("Y jaws", np.array([Axis.Y1, Axis.Y2]), _MM_PER_CM, 4),
        ("leaves", _leaves(real), _MM_PER_CM, 3),
    ):
        pair = [_errors(r, columns) for r in (real, ours)]
        if pair[0] is None or pair[1] is None:
            continue
        unit = "deg" if columns[0] < Axis.X1 else "mm"
        for k, word in enumerate(("RMS", "greatest")):
            values = [float(p[k]) * scale for p in pair if p is not None]
            out.append(Beside(f"{name}, {word}, {unit}", values[0], values[1], digits))
        lags = [float(p[2]) * 1000 for p in pair if p is not None]
        if name != "gantry":
            out.append(Beside(f"{name}, lag, ms", lags[0], lags[1], 2))
    return [*out, *_dose(real, ours)]


def _errors(recording: Recording, columns: Ints) -> tuple[float, float, float] | None:
    """Return RMS, greatest error and lag of the axes where they move with the log's plan."""
    expected, actual = recording.expected[:, columns], recording.actual[:, columns]
    goes = np.abs(np.gradient(expected, axis=0)) > MOVES
    goes &= (expected != actual) & _progress(recording)[:, None]
    if not (goes.sum(axis=0) >= ENOUGH).any():
        return None
    error = (actual - expected)[goes]
    lags = [
        lags_s(
            expected[:, i : i + 1], actual[:, i : i + 1], goes[:, i], recording.interval_ns / 1e9
        )
        for i in range(len(columns))
        if goes[:, i].sum() >= ENOUGH
    ]
    return float(np.sqrt(np.mean(error**2))), float(np.abs(error).max()), float(np.median(lags))


def _progress(recording: Recording) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """(n,) rows from the first step to the last."""
    steps = np.flatnonzero(np.diff(recording.cp) > 0)
    out = np.zeros(len(recording), dtype=bool)
    out[steps[0] + 1 : steps[-1] + 2] = True
    return out


def _dose(real: Recording, ours: Recording) -> list[Beside]:
    theirs, mine = (
        (r.mu_actual - r.mu_expected)[np.diff(r.mu_expected, prepend=0.0) > 1e-6]
        for r in (real, ours)
    )
    end = [float(r.mu_actual[-1] - r.mu_expected[-1]) for r in (real, ours)]
    return [
        Beside("MU error, mean", float(theirs.mean()), float(mine.mean()), 3),
        Beside("MU error, SD", float(theirs.std()), float(mine.std()), 3),
        Beside("MU error at the end", end[0], end[1], 3),
    ]


def _apart(real: Recording, ours: Recording) -> tuple[float | None, float | None]:
    """Return how far the following errors of both are apart in the rows of the same moment."""
    starts = [int(np.flatnonzero(np.diff(r.cp) > 0)[0]) for r in (real, ours)]
    n = min(len(r) - s for r, s in zip((real, ours), starts, strict=True)) - 10
    sides = [
        (r.expected[s : s + n], r.actual[s : s + n])
        for r, s in zip((real, ours), starts, strict=True)
    ]
    moves = (np.abs(np.gradient(sides[0][0], axis=0)) > MOVES) & _progress(real)[starts[0] :][
        :n, None
    ]
    errors = [actual - expected for expected, actual in sides]
    off = np.abs(errors[0] - errors[1])
    leaves = _leaves(real)
    leaf = off[:, leaves][moves[:, leaves]]
    gantry = off[:, Axis.GANTRY_RTN][moves[:, Axis.GANTRY_RTN]]
    return (
        float(leaf.mean()) * _MM_PER_CM if len(leaf) > ENOUGH else None,
        float(gantry.mean()) if len(gantry) > ENOUGH else None,
    )


def _leaves(recording: Recording) -> Ints:
    part = recording.layout.leaves
    return np.arange(part.start, part.stop)
