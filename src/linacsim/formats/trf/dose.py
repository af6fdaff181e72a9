"""Dose over a whole TRF log: its counters begin again at each field or segment."""

from itertools import pairwise

import numpy as np

from linacsim.formats.trf.log import TrfLog
from linacsim.model.arrays import Floats, Ints

_WRAP = 1 << 16


def delivered_mu(log: TrfLog) -> Floats:
    """Return (n,) MU since the first row, of the raw counter; InputError where it is missing."""
    return _summed(_raw_steps(log.raw("dose_mu"))) / 64.0


def step_mu(log: TrfLog) -> Floats:
    """Return (n,) MU since the first row, of the step dose: what pymedphys takes for MU."""
    return _summed(np.maximum(np.diff(log.raw("step_dose_mu")), 0)) / 10.0


def control_points(log: TrfLog) -> Floats:
    """Return (n,) fractional control points, from 0: the log's number less 1, and a share.

    A log has whole numbers. Number k is the segment from control point k - 1 to k, of which the
    share of its dose is done; of one without dose, the share of its time.
    """
    number, mu = log.raw("control_point"), delivered_mu(log)
    ends = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(number)]
    shares = [_share(mu[start:end]) for start, end in pairwise(ends)]
    return np.asarray(number - 1.0 + np.concatenate(shares))


def _share(mu: Floats) -> Floats:
    """Return (n,) from 0 up to 1: how much of a segment is done in each of its rows."""
    if not len(mu) or mu[-1] <= mu[0]:
        return np.linspace(0.0, 1.0, len(mu), endpoint=False)
    return np.asarray((mu - mu[0]) / (mu[-1] - mu[0]))


def _raw_steps(counts: Ints) -> Ints:
    """Return what came from row to row.

    A counter that goes down has begun again if it is at 0, else it has gone round.
    """
    steps = np.diff(counts)
    steps[(steps < 0) & (counts[1:] == 0)] = 0
    return np.asarray(np.mod(steps, _WRAP))


def _summed(steps: Ints) -> Floats:
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.float64)
