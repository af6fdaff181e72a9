"""What the logs tell of the beam: pulse, its scatter, lag, drift of the monitor in holds."""

from collections.abc import Iterator, Sequence

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.time import TICK_NS, seconds
from tools.fit_machine.found import Answer, Found, Kept
from tools.fit_machine.logs import Source

FULL = 0.99
"""Share of the energy's greatest dose rate from which pulses are full-sized."""
SMALLEST, LARGEST = 0.004, 0.15
"""MU of one pulse that is looked for: 0.0122 to 0.116 are known (log-formats 6.3, numbers 2.1)."""
LEAST_ROWS = 100
SHARP = 0.5
"""Mean agreement of the dose of snapshots with whole pulses, of at most 1, that tells a pulse."""
AS_SHARP = 0.97
"""A pulse of half the size agrees as well; of those as sharp the greatest is meant."""
FEW = f"fewer than {LEAST_ROWS} snapshots at full dose rate in each log"
HOLD_S = 1.0
DRIFT_FROM = 3
_TICK_S = seconds(TICK_NS)
_S_PER_MIN = 60.0


def dose(sources: Sequence[Source], base: MachineSpec) -> Iterator[Answer]:
    """Yield the numbers of the beam."""
    yield from _pulses(sources, base)
    yield _drift(sources)


def _pulses(sources: Sequence[Source], base: MachineSpec) -> Iterator[Answer]:
    scatters: list[tuple[float, int, int]] = []
    lags: list[tuple[float, int, int]] = []
    known = {source.energy for source in sources if source.energy in base.energies}
    for energy in sorted(known):
        section, key = f"energy.{energy}", "mu_per_pulse"
        seen = [
            (*found, source, rows)
            for source in sources
            if source.energy == energy
            and (rows := _full(source, base)).sum() >= LEAST_ROWS
            and (found := _pulse(np.diff(source.recording.mu_actual)[rows])) is not None
        ]
        if not seen:
            yield Kept(
                section, key, f"fewer than {LEAST_ROWS} snapshots at full dose rate in a log"
            )
            continue
        sizes = np.array([size for size, *_ in seen])
        rows_used = int(sum(rows.sum() for *_, rows in seen))
        spread = _scatter_of_mean(sizes, alone=0.0)
        size = float(sizes.mean())
        error = 2 * spread + max(sigma for _, sigma, *_ in seen)
        how = "dose of snapshots in whole pulses"
        yield Found(section, key, size, error, rows_used, len(seen), how)
        for one, _, source, rows in seen:
            scatters.append((_scatter(source, rows, one), int(rows.sum()), source.number))
            lags.append((_lag(source, rows, one, base), int(rows.sum()), source.number))
    unknown = "no pulse could be told" if known else "no log names its energy: use --energy"
    yield _mean("pulse_scatter", scatters, "scatter about whole pulses", unknown)
    yield _mean("lag_s", lags, "deficit at full rate, with the base's threshold", unknown)


def _full(source: Source, base: MachineSpec) -> Bools:
    """(n - 1,) steps at full dose rate, clear of holds, the one before and after too."""
    rate = np.diff(source.recording.mu_expected) / source.dt_s * _S_PER_MIN
    full = rate >= FULL * base.energies[source.energy].max_dose_rate_mu_per_min
    clear = source.columns.running[1:] & source.columns.running[:-1]
    inner = full.copy()
    inner[1:] &= full[:-1]
    inner[:-1] &= full[1:]
    return np.asarray(inner & clear)


def _pulse(rises: Floats) -> tuple[float, float] | None:
    """Return MU of the pulse of which all rises are multiples, and its 95 % half width."""
    waves = np.arange(1 / LARGEST, 1 / SMALLEST, 0.02)
    agree = np.cos(2 * np.pi * np.outer(waves, rises)).mean(axis=1)
    if agree.max() < SHARP:
        return None
    good = np.flatnonzero(agree >= AS_SHARP * agree.max())
    first = good[: int(np.argmax(np.diff(good, append=10**9) > 1)) + 1]
    wave = waves[first[int(np.argmax(agree[first]))]]
    counts = np.rint(rises * wave)
    size = float((rises @ counts) / (counts @ counts))
    rest = rises - counts * size
    sigma = float(np.std(rest)) / float(np.sqrt(counts @ counts))
    return size, 2 * sigma


def _scatter(source: Source, rows: Bools, size: float) -> float:
    """Return the standard deviation of the dose of one tick, in pulses."""
    rises = np.diff(source.recording.mu_actual)[rows]
    rest = rises - np.rint(rises / size) * size
    return float(np.std(rest)) / size / float(np.sqrt(source.dt_s / _TICK_S))


def _lag(source: Source, rows: Bools, size: float, base: MachineSpec) -> float:
    """Return the lag that explains the mean deficit, once the threshold of pulses is allowed for.

    A pulse comes as soon as the deficit exceeds the threshold, so that without lag the mean
    deficit would be half a pulse below it (docs/explanation/plant.md).
    """
    after = np.flatnonzero(rows) + 1
    deficit = (source.recording.mu_expected - source.recording.mu_actual)[after].mean()
    rate = np.diff(source.recording.mu_expected)[rows].mean() / source.dt_s
    return float(deficit - size * (base.dose.threshold_pulses - 0.5)) / float(rate)


def _mean(key: str, values: list[tuple[float, int, int]], how: str, unknown: str) -> Answer:
    if not values:
        return Kept("dose", key, unknown)
    each = np.array([value for value, *_ in values])
    rows = sum(count for _, count, _ in values)
    spread = _scatter_of_mean(each, alone=0.1)
    value = max(float(each.mean()), 0.0)
    return Found("dose", key, value, 2 * spread, rows, len(values), how)


def _scatter_of_mean(values: Floats, *, alone: float) -> float:
    """Return the standard error of the mean; of a single value, this share of it."""
    if len(values) < 2:
        return alone * abs(float(values[0]))
    return float(np.std(values, ddof=1)) / float(np.sqrt(len(values)))


def _drift(sources: Sequence[Source]) -> Answer:
    slopes: list[tuple[float, int]] = []
    for source in sources:
        recording = source.recording
        held = (recording.hold_actual != 0) & (recording.mu_actual > 0)
        held &= recording.mu_expected < recording.mu_expected.max()
        edges = np.flatnonzero(np.diff(np.concatenate([[0], held, [0]]).astype(np.int8)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            rows = np.arange(start + DRIFT_FROM, stop - DRIFT_FROM)
            if len(rows) * source.dt_s >= HOLD_S and not np.ptp(recording.cp[rows]):
                way = recording.mu_actual[rows[-1]] - recording.mu_actual[rows[0]]
                slopes.append((way / (len(rows) - 1) / source.dt_s, source.number))
    if not slopes:
        return Kept("dose", "hold_drift_mu_per_s", f"no hold of {HOLD_S:g} s amid a beam")
    values = np.array([slope for slope, _ in slopes])
    spread = (
        float(np.std(values, ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.5 * values[0]
    )
    return Found(
        "dose",
        "hold_drift_mu_per_s",
        max(float(values.mean()), 0.0),
        2 * spread,
        len(values),
        len({log for _, log in slopes}),
        "rise of actual MU in holds",
    )
