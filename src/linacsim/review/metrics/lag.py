"""Lag: the delay of actual behind expected at which the two correlate best."""

import numpy as np

from linacsim.model.arrays import Bools, Floats

LONGEST_S = 1.0
"""Greatest delay that is looked for, either way."""
VARIES = 0.1
"""A constant offset can be told from a delay if the variance of the speed is at least this share
of its mean square; else all of the error is taken as delay."""


def lags_s(expected: Floats, actual: Floats, rows: Bools, dt_s: float) -> Floats:
    """Return (k,) delay in s of (n, k) actual columns behind expected; positive: actual trails.

    Where the delay is less than a row, one step of Newton's method from zero finds the peak of the
    cross-correlation, taken over the given rows: it is the least-squares fit of the error by the
    speed and a constant offset. Elsewhere the peak is first sought among whole rows.
    """
    if rows.sum() < 3:
        return np.full(expected.shape[1], np.nan)
    speed = np.gradient(expected, dt_s, axis=0)
    out = _newton(actual - expected, speed, rows)
    for column in np.flatnonzero(np.abs(out) > dt_s).tolist():
        out[column] = _by_whole_rows(expected[:, column], actual[:, column], rows, dt_s)
    return out


def _newton(error: Floats, speed: Floats, rows: Bools) -> Floats:
    """Return (k,) delays that explain (n, k) errors best by delay times speed."""
    which = np.flatnonzero(rows)
    error, speed = error[which], speed[which]
    square = np.einsum("nk,nk->k", speed, speed)
    mean = speed.mean(axis=0)
    spread = square - len(which) * mean**2
    mean = np.where(spread >= VARIES * square, mean, 0.0)
    power = square - len(which) * mean**2
    product = np.einsum("nk,nk->k", error, speed - mean)
    return np.where(power > 0, -product / np.where(power > 0, power, 1.0), np.nan)


def _by_whole_rows(expected: Floats, actual: Floats, rows: Bools, dt_s: float) -> float:
    most = max(1, min(round(LONGEST_S / dt_s), len(expected) // 4))
    shifts = list(range(-most, most + 1))
    misfit = [_misfit(actual, _shifted(expected, shift), rows) for shift in shifts]
    shift = shifts[int(np.argmin(misfit))]
    moved = _shifted(expected, shift)
    rest = _newton((actual - moved)[:, None], np.gradient(moved, dt_s)[:, None], rows)[0]
    return shift * dt_s + float(np.clip(np.nan_to_num(rest), -dt_s, dt_s))


def _misfit(actual: Floats, moved: Floats, rows: Bools) -> float:
    return float(np.var((actual - moved)[rows]))


def _shifted(values: Floats, rows: int) -> Floats:
    """Return the values `rows` later, the ends repeated."""
    index = np.clip(np.arange(len(values)) - rows, 0, len(values) - 1)
    return np.asarray(values[index])
