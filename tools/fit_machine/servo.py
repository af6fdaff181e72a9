"""The gantry's servo: its law run on the expected side, its constants fitted to the actual side.

The law is the plant's own (docs/explanation/plant.md); the delay stays at the base's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.time import TICK_NS, seconds
from linacsim.plant.gantry import Gantry
from tools.fit_machine.found import Answer, Found, Kept
from tools.fit_machine.logs import Source
from tools.ticks import on_ticks

KEYS = (
    "proportional_per_s2",
    "derivative_per_s",
    "integral_per_s3",
    "feed_forward",
    "friction_deg_per_s2",
)
LOWEST = (20.0, 1.0, 0.0, -3.0, 0.0)
HIGHEST = (2000.0, 100.0, 2000.0, 3.0, 29.0)
LEAST_WAY_DEG = 20.0
LEAD_ROWS = 5
STANDS = 3
FREEZE_DEG_PER_S = 1.0
"""Speed from which an expected side that stops dead lets the drive brake."""
BRAKE_ROWS = 5
BETTER = 0.75
"""Share of the base's misfit that a fit must come below: constants trade against each other, and
what real machines do beyond this law would else be taken for them."""
WIDEN = 2.0
"""By how much neighbouring snapshots tell the same: the gantry swings at 2.4 Hz."""
_TICK_S = seconds(TICK_NS)


def servo(sources: Sequence[Source], base: MachineSpec) -> Iterator[Answer]:
    """Yield the constants of the gantry's drive."""
    yield _brake(sources)
    runs = [run for source in sources if (run := _run_of(source)) is not None]
    if not runs:
        for key in KEYS:
            yield Kept("gantry_servo", key, f"the gantry never went {LEAST_WAY_DEG:g} deg")
        return
    shipped = np.array([getattr(base.gantry_servo, key) for key in KEYS])
    best, sigmas = _best(runs, shipped, base)
    before, after = (_rms(runs, constants, base) for constants in (shipped, best))
    told = f"law run on expected: {after:.4f} deg RMS off actual, with the base's {before:.4f}"
    if after > BETTER * before:
        for key in KEYS:
            yield Kept("gantry_servo", key, f"no clearly better one ({told})")
        return
    errors = 2 * WIDEN * sigmas
    if len(runs) > 1:
        each = np.array([_best([run], best, base)[0] for run in runs])
        errors = np.maximum(errors, 2 * each.std(axis=0, ddof=1) / len(runs) ** 0.5)
    rows = sum(len(run.reading) for run in runs)
    for key, value, error in zip(KEYS, best.tolist(), errors.tolist(), strict=True):
        yield Found("gantry_servo", key, value, error, rows, len(runs), told)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """A way of the gantry: commands on ticks, readings on the log's rows."""

    command: Floats
    reading: Floats
    every: int
    """Ticks from row to row."""


def _run_of(source: Source) -> _Run | None:
    """Return the longest stretch in which the expected gantry is a plan, from rest."""
    expected = source.recording.expected[:, Axis.GANTRY_RTN]
    actual = source.recording.actual[:, Axis.GANTRY_RTN]
    if Axis.GANTRY_RTN not in source.columns.moving:
        return None
    goes = np.flatnonzero(source.columns.planned[1:] & (np.diff(expected) != 0))
    if not len(goes) or np.ptp(expected[goes]) < LEAST_WAY_DEG:
        return None
    first, last = _rest_before(source, int(goes[0])), int(goes[-1]) + 1
    stop = _frozen(source)
    if stop is not None:
        last = min(last, stop - 1)
    begun = int(goes[0]) + 1
    broken = np.flatnonzero(~source.columns.planned[begun:last])
    if len(broken):
        last = begun + int(broken[0]) - 1
    rows = slice(first, last + 1)
    plan = expected[rows].copy()
    if source.columns.held[first]:
        # The expected side repeats the actual one here; its very first row is the plan's start.
        plan[0] = expected[0]
    command = np.concatenate([np.full(LEAD_ROWS, plan[0]), plan])
    reading = np.concatenate([np.full(LEAD_ROWS, actual[first]), actual[rows]])
    if np.ptp(plan) < LEAST_WAY_DEG:
        return None
    every = round(source.dt_s / _TICK_S)
    return _Run(on_ticks(command, every), reading, every)


def _rest_before(source: Source, first: int) -> int:
    """Return the last row before motion in which the expected side repeats the actual one."""
    column = Axis.GANTRY_RTN
    same = (
        source.recording.expected[: first + 1, column]
        == (source.recording.actual[: first + 1, column])
    )
    rows = np.flatnonzero(same & source.columns.held[: first + 1])
    return int(rows[-1]) if len(rows) else first


def _best(runs: list[_Run], start: Floats, base: MachineSpec) -> tuple[Floats, Floats]:
    """Return the constants that fit the readings best, and their standard errors."""
    lowest, highest = np.array(LOWEST), np.array(HIGHEST)
    fit = least_squares(
        lambda constants: np.concatenate([_misfit(run, constants, base) for run in runs]),
        np.clip(start, lowest + 1e-3, highest - 1e-3),
        bounds=(lowest, highest),
        x_scale=np.maximum(np.abs(start), 0.1),
        diff_step=3e-3,
    )
    freedom = len(fit.fun) - len(KEYS)
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * float(fit.fun @ fit.fun) / freedom
    return np.asarray(fit.x), np.sqrt(np.diag(covariance))


def _rms(runs: list[_Run], constants: Floats, base: MachineSpec) -> float:
    misfit = np.concatenate([_misfit(run, constants, base) for run in runs])
    return float(np.sqrt(np.mean(misfit**2)))


def _misfit(run: _Run, constants: Floats, base: MachineSpec) -> Floats:
    """Return how far the law is off the readings, row by row."""
    changed = dict(zip(KEYS, (float(value) for value in constants), strict=True))
    machine = replace(base, gantry_servo=replace(base.gantry_servo, **changed))
    drive = Gantry(machine)
    state = drive.start(float(run.command[0]), 0.0)
    state = replace(state, x=float(run.reading[0]))
    _, xs, _ = drive.advance(state, run.command[1:], braking=False)
    law = np.array([run.reading[0], *xs])[:: run.every]
    return np.asarray(law[LEAD_ROWS:] - run.reading[LEAD_ROWS:])


def _frozen(source: Source) -> int | None:
    """Return the row in which the expected gantry stopped dead, never to move again."""
    step = np.diff(source.recording.expected[:, Axis.GANTRY_RTN])
    goes = np.flatnonzero(step)
    if not len(goes):
        return None
    last = int(goes[-1])
    fast = np.abs(step[max(last - STANDS, 0) : last + 1]).max() / source.dt_s
    bend = np.abs(np.diff(step[max(last - 1, 0) : last + 2])).max() / source.dt_s**2
    hard = bend > 3 * np.abs(np.diff(step[: last - 1], 1)).max(initial=0.0) / source.dt_s**2
    return last + 1 if fast > FREEZE_DEG_PER_S and hard else None


def _brake(sources: Sequence[Source]) -> Answer:
    """Tell how hard the drive brakes where the expected side stopped dead."""
    section, key = "axis.gantry_rtn", "brake_decel_deg_per_s2"
    found: list[tuple[float, float]] = []
    for source in sources:
        row = _frozen(source)
        if row is None:
            continue
        speed = np.abs(np.diff(source.recording.actual[row:, Axis.GANTRY_RTN])) / source.dt_s
        cruise = float(speed[: STANDS + 1].max())
        slows = np.flatnonzero((speed < 0.85 * cruise) & (speed > 0.15 * cruise))
        if len(slows) < BRAKE_ROWS or np.any(np.diff(slows) != 1):
            continue
        (slope, _), covariance = np.polyfit(slows * source.dt_s, speed[slows], 1, cov=True)
        found.append((-float(slope), float(np.sqrt(covariance[0, 0]))))
    if not found:
        return Kept(section, key, "never stopped dead at speed")
    values = np.array([value for value, _ in found])
    error = 2 * max(sigma for _, sigma in found) + 2 * float(np.std(values))
    return Found(
        section, key, float(values.mean()), error, len(found), len(found), "stops in motion"
    )
