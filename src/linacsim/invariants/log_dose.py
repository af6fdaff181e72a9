"""Dose and control points of a log."""

import numpy as np

from linacsim.invariants.dose import DRIFT_FACTOR
from linacsim.invariants.log_columns import SINGLE, LogColumns
from linacsim.invariants.measures import SUSTAINED, steps, sustained
from linacsim.invariants.violations import Rule, Tally
from linacsim.machines.spec import Energy, MachineSpec
from linacsim.model.arrays import Floats, Ints

ROUNDING = 1e-6
LEAST_DOSE_MU = 0.01
"""Rise that is a dose and no drift or first reading: the smallest pulse seen is 0.0122 MU
(log-formats 6.3), the greatest drift from one snapshot to the next below 0.0001 MU."""
ROUNDING_MU = 1e-3
PEAK = 1.5
"""Multiple of the rate that a log keeps up that is a peak..."""
SAME_RATE = 0.02
LASTS_S = 1.0
"""...if it keeps it, to 2 %, for so long in all."""
RATE_ROUNDING = 1e-3
"""Share by which single precision may change the dose of one snapshot: 6e-5 in public logs."""
_S_PER_MIN = 60.0


def judge_dose(machine: MachineSpec, log: LogColumns, beam: Energy | None, tally: Tally) -> None:
    """Judge MU and control point; `beam` is the log's energy, None where it does not say."""
    pulse = beam.mu_per_pulse if beam else max(e.mu_per_pulse for e in machine.energies.values())
    _held(log, tally)
    _falls(log, tally)
    drift = DRIFT_FACTOR * machine.dose.hold_drift_mu_per_s * machine.dose.hold_drift_s
    _beyond_plan(log, pulse + drift, tally)
    _off_line(log, tally)
    _rate(log, beam, tally)
    _behind(machine, log, pulse, tally)


def _held(log: LogColumns, tally: Tally) -> None:
    rise = steps(log.mu_actual)
    held = log.hold_actual != 0
    held = held[1:] & held[:-1]
    # The snapshot before the flag clears may hold the first dose (log-formats 6.4).
    held[:-1] &= held[1:]
    dose = held & (rise > LEAST_DOSE_MU)
    tally.add(Rule.DOSE_HELD, dose, _after(log, 1), rise, LEAST_DOSE_MU)


def _falls(log: LogColumns, tally: Tally) -> None:
    """Only where a hold begins are expected MU and control point set back."""
    rows, may = _after(log, 1), log.set_back[1:]
    for values, allowed in ((log.mu_actual, False), (log.mu_expected, True)):
        step = steps(values)
        bad = (step < -ROUNDING_MU) & ~(may & allowed)
        tally.add(Rule.MU_DECREASES, bad, rows, step, 0.0)
    step = steps(log.cp)
    tally.add(Rule.CP_DECREASES, (step < -ROUNDING) & ~may, rows, step, 0.0)


def _beyond_plan(log: LogColumns, excess: float, tally: Tally) -> None:
    rows = _after(log, 0)
    if log.planned_mu is not None:
        most = log.planned_mu * (1 + RATE_ROUNDING) + ROUNDING_MU
        over = log.mu_expected > most
        tally.add(Rule.MU_BEYOND_PLAN, over, rows, log.mu_expected, log.planned_mu)
    most = float(np.nanmax(log.mu_expected, initial=0.0)) + excess
    tally.add(Rule.MU_BEYOND_PLAN, log.mu_actual > most, rows, log.mu_actual, most)


def _off_line(log: LogColumns, tally: Tally) -> None:
    """Within a segment MU is linear in the control point: each row lies between its neighbours."""
    if len(log) < 3:
        return
    cp, mu = log.cp, log.mu_expected
    whole = np.floor(cp)
    span = cp[2:] - cp[:-2]
    same = (whole[2:] == whole[:-2]) & (span > ROUNDING)
    clear = log.running[2:] & log.running[1:-1] & log.running[:-2]
    share = (cp[1:-1] - cp[:-2]) / np.where(same, span, 1.0)
    miss = np.abs(mu[1:-1] - mu[:-2] - share * (mu[2:] - mu[:-2]))
    slope = np.abs(mu[2:] - mu[:-2]) / np.where(same, span, 1.0)
    limit = 4 * SINGLE * (np.abs(mu[1:-1]) + slope * np.maximum(np.abs(cp[1:-1]), 1.0)) + 1e-5
    bad = same & clear & (miss > limit)
    tally.add(Rule.MU_OFF_LINE, bad, np.arange(1, len(log) - 1), miss, limit)


def _rate(log: LogColumns, beam: Energy | None, tally: Tally) -> None:
    """No snapshot brings more than the energy can, nor far more than what the log keeps up.

    Where the dose rate limits it does so for long, at one and the same rate (log-formats 7).
    """
    rate = steps(log.mu_expected) / log.dt_s * _S_PER_MIN
    clear = log.running[1:] & log.running[:-1]
    if beam is not None:
        most = beam.max_dose_rate_mu_per_min * (1 + RATE_ROUNDING)
        tally.add(Rule.DOSE_RATE, clear & (rate > most), _after(log, 1), rate, most)
    plateau = _plateau(np.where(clear, np.nan_to_num(rate), 0.0), log.dt_s)
    if plateau is not None:
        most = PEAK * plateau
        tally.add(Rule.DOSE_RATE, clear & (rate > most), _after(log, 1), rate, most)


def _plateau(rate: Floats, dt_s: float) -> float | None:
    """Return the greatest rate that lasts, if the log keeps it for long enough to be a limit."""
    if len(rate) < SUSTAINED:
        return None
    lasting = np.lib.stride_tricks.sliding_window_view(rate, SUSTAINED).min(axis=1)
    top = float(lasting.max())
    kept = np.count_nonzero(np.abs(rate - top) <= SAME_RATE * top)
    return top if top > 0 and kept * dt_s >= LASTS_S else None


def _behind(machine: MachineSpec, log: LogColumns, pulse: float, tally: Tally) -> None:
    """Axes slow and stop as dose lags, so that it cannot lag by more."""
    most = machine.dose.lag_slow_mu + machine.dose.lag_band_mu + pulse
    error = np.abs(log.mu_actual - log.mu_expected)
    bad = sustained((error > most)[:, None])[:, 0]
    tally.add(Rule.DOSE_FOLLOWING, bad, _after(log, 0), error, most)


def _after(log: LogColumns, skipped: int) -> Ints:
    return np.arange(skipped, len(log))
