"""The one-dimensional signal of a trace and whether it repeats itself.

Everything here looks at the whole trace, past and future; it describes files and never gates.
"""

import numpy as np

from linacsim.formats.traces.raw import AXES
from linacsim.model.arrays import Floats, Ints
from linacsim.model.time import NS_PER_S
from linacsim.model.trace import Trace

PERIOD_RANGE_S = (1.5, 15.0)


def principal_signal(trace: Trace) -> Floats:
    """Return (n,) positions along the direction of most motion, in cm; NaN where invalid.

    The direction points along the positive sense of the axis that contributes most.
    """
    signal = trace.positions @ principal_direction(trace)
    return np.where(trace.valid, signal, np.nan)


def principal_direction(trace: Trace) -> Floats:
    """Return (3,) the unit vector of most motion; the axis itself where there is only one."""
    if len(trace.axes) == 1:
        direction = np.zeros(3)
        direction[AXES.index(trace.axes)] = 1.0
        return direction
    used = trace.positions[trace.valid & np.isfinite(trace.positions).all(axis=1)]
    if len(used) < 2 or not np.ptp(used, axis=0).any():
        return np.array([0.0, 0.0, 1.0])
    _, vectors = np.linalg.eigh(np.cov(used.T))
    direction = vectors[:, -1]
    return np.asarray(direction * np.sign(direction[np.argmax(np.abs(direction))]))


def even_signal(times_ns: Ints, signal: Floats) -> tuple[int, Floats]:
    """Return the median step in ns and the signal interpolated to it; NaN samples are bridged."""
    good = np.isfinite(signal)
    times, values = times_ns[good], signal[good]
    step = max(int(np.median(np.diff(times))), 1) if len(times) > 1 else 1
    count = int((times[-1] - times[0]) // step) + 1 if len(times) else 0
    # A trace with an enormous hole would make an enormous grid.
    step *= max(1, -(-count // (8 * max(len(times), 1))))
    grid = np.arange(times[0], times[-1] + 1, step) if len(times) else np.empty(0)
    return step, np.interp(grid, times, values)


def periodicity(times_ns: Ints, signal: Floats) -> float:
    """Return the highest autocorrelation at a breathing period, -1 to 1.

    Only a maximum counts: a slow drift correlates with itself at every short lag.
    """
    step, values = even_signal(times_ns, signal)
    first, last = (round(seconds * NS_PER_S / step) for seconds in PERIOD_RANGE_S)
    last = min(last, len(values) // 2)
    if last - first < 2:
        return 0.0
    values = values - values.mean()
    power = np.abs(np.fft.rfft(values, 1 << (2 * len(values) - 1).bit_length())) ** 2
    correlation = np.fft.irfft(power)[: last + 2]
    if correlation[0] <= 0:
        return 0.0
    lags = np.arange(len(correlation))
    correlation = correlation / correlation[0] * len(values) / (len(values) - lags)
    inner = correlation[1:-1]
    peak = (inner >= correlation[:-2]) & (inner >= correlation[2:])
    peak[: max(first - 1, 0)] = False
    return float(inner[peak].max()) if peak.any() else 0.0
