"""Cuts a beam's segments into stretches that are each travelled from rest to rest (TB-13).

Rates are motion and dose per second at cruise speed as shares of their limits, so that equal
rates mean one straight line travelled at one speed.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.legs import LegKind
from linacsim.planning.limits import Limits

SAME_RATE = 1e-8
"""Difference of rates, as a share of the limits, up to which two segments make one line."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of the points to be planned; n segments, d moving axes, column 0 is dose."""

    mu: Floats
    """(n + 1,)"""
    position: Floats
    """(n + 1, d)"""
    step: Floats
    """(n, 1 + d) change of MU and of each moving axis."""
    limit: Floats
    """(n, 1 + d) limits of their rates."""
    accel: Floats
    """(1 + d,) limits of their acceleration, infinite for dose."""
    cruise_s: Floats
    """(n,) duration at the limiting rate, 0 where nothing changes."""
    limiting: Ints
    """(n,) which column limits."""
    straight: Bools
    """(n,) whether a segment goes on just as the last one before it that changed anything."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments `first` to `stop` - 1, with their points `first` to `stop`."""

    kind: LegKind
    first: int
    stop: int


def measure(mu: Floats, position: Floats, columns: Ints, limits: Limits) -> Segments:
    """Return the segments of points (n + 1,) and (n + 1, d) with their limiting rates (rule 1)."""
    with np.errstate(over="ignore"):
        step = np.column_stack([np.diff(mu), np.diff(position, axis=0)])
    limit = np.empty_like(step)
    limit[:, 0] = limits.dose_mu_per_s
    limit[:, 1:] = limits.speed[columns]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        time = np.where(step != 0, np.abs(step) / limit, 0.0)
    limiting = np.argmax(time, axis=1)
    cruise_s = time[np.arange(len(time)), limiting]
    accel = np.concatenate([[np.inf], limits.accel[columns]])
    straight = _straight(step, limit, cruise_s)
    return Segments(mu, position, step, limit, accel, cruise_s, limiting, straight)


def cut(segments: Segments, unsynchronized: Bools, split: Ints) -> list[Stretch]:
    """Return the stretches in order; segments that change nothing go with the one before.

    `unsynchronized` (n,) marks the segments that would be FREE if they give no MU; beam and
    motion also rest at the points in `split`.
    """
    busy = np.flatnonzero(segments.cruise_s > 0)
    if len(busy) == 0:
        return []
    kind = np.where(unsynchronized, int(LegKind.FREE), int(LegKind.MOTION))
    kind = np.where(segments.step[:, 0] > 0, int(LegKind.BEAM), kind)[busy]
    group = np.searchsorted(split, busy, side="right")
    goes_on = (kind == LegKind.BEAM) | segments.straight[busy]
    new = (np.diff(kind) != 0) | (np.diff(group) != 0) | ~goes_on[1:]
    starts = np.concatenate([[0], np.flatnonzero(new) + 1])
    first = busy[starts]
    first[0] = 0
    stop = np.append(first[1:], len(segments.cruise_s))
    return [
        Stretch(LegKind(int(kind[j])), a, b)
        for j, a, b in zip(starts, first.tolist(), stop.tolist(), strict=True)
    ]


def _straight(step: Floats, limit: Floats, cruise_s: Floats) -> Bools:
    out = np.zeros(len(cruise_s), dtype=bool)
    busy = np.flatnonzero(cruise_s > 0)
    if len(busy) < 2:
        return out
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(step[busy] != 0, step[busy] / (limit[busy] * cruise_s[busy, None]), 0.0)
    same = (np.abs(np.diff(rate, axis=0)) <= SAME_RATE).all(axis=1)
    out[busy[1:]] = same & (limit[busy[1:], 0] == limit[busy[:-1], 0])
    return out
