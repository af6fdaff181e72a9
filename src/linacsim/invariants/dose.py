"""Invariants of the beam: ticks, dose, dose rate, control point."""

import numpy as np

from linacsim.invariants.line import Line
from linacsim.invariants.measures import sustained
from linacsim.invariants.violations import Rule, Tally
from linacsim.invariants.window import Window
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Bytes8, Floats
from linacsim.model.signals import BeamHold, State
from linacsim.model.time import TICK_NS, seconds

DT_S = seconds(TICK_NS)
DRIFT_FACTOR = 2.5
"""The dose monitor drifts while held, between a fifth and 2.2 times the mean (log-formats 6.3)."""
ROUNDING = 1e-6


class DoseEye:
    """Judges the beam of one delivery."""

    def __init__(
        self, machine: MachineSpec, line: Line | None, energy: str, plan_mu: float
    ) -> None:
        """Take the line of the beam, if there is a beam."""
        found = machine.energies.get(energy)
        self._pulse = found.mu_per_pulse if found else 0.0
        self._drift = DRIFT_FACTOR * machine.dose.hold_drift_mu_per_s * DT_S
        self._line = line
        self._plan_mu = plan_mu
        self._begun: int | None = None

    def judge(self, window: Window, tally: Tally) -> None:
        """Judge the rows that were not judged before."""
        _consecutive(window, tally)
        self._held(window, tally)
        self._decreasing(window, tally)
        _control_point(window, tally)
        if self._line is not None:
            self._beyond_plan(window, tally)
            self._off_line(window, tally, self._line)
            _dose_rate(window, tally, self._line)

    def _held(self, window: Window, tally: Tally) -> None:
        rows = slice(window.first, None)
        rise = _steps(window.mu_actual, window.first)
        dose = rise > self._drift
        if not dose.any():
            return
        # A line that comes up within a tick leaves part of it to the beam, and a line may chatter.
        # What lasts is none of that; how much such a tick may give the eye on lines judges.
        lit_while_up = window.beam_on & (window.hold == BeamHold.HOLD)
        held = ~window.beam_on[rows] | sustained(lit_while_up[:, None])[rows, 0]
        outside = window.state[rows] != State.DELIVERING
        tally.add(Rule.DOSE_HELD, dose & held, window.tick[rows], rise, self._drift)
        tally.add(Rule.DOSE_OUTSIDE, dose & outside, window.tick[rows], rise, self._drift)

    def _decreasing(self, window: Window, tally: Tally) -> None:
        """At a hold expected MU is set back to actual MU (log-formats 6.4); nothing else falls."""
        rows = slice(window.first, None)
        fresh = _fresh(window)
        actual = _steps(window.mu_actual, window.first)
        bad = (actual < -ROUNDING) & ~(fresh & (window.mu_actual[rows] <= self._pulse))
        tally.add(Rule.MU_DECREASES, bad, window.tick[rows], actual, 0.0)
        expected = _steps(window.mu_expected, window.first)
        delivering = window.state[rows] == State.DELIVERING
        tally.add(
            Rule.MU_DECREASES,
            (expected < -ROUNDING) & delivering & ~fresh,
            window.tick[rows],
            expected,
            0.0,
        )

    def _beyond_plan(self, window: Window, tally: Tally) -> None:
        rows = slice(window.lead, None)
        state, tick = window.state[rows], window.tick[rows]
        started = state >= State.DELIVERING
        if not started.any():
            return
        if self._begun is None:
            self._begun = int(tick[np.argmax(started)])
        drifted = self._drift * np.maximum(tick - self._begun, 0)
        limit = self._plan_mu + self._pulse + drifted + ROUNDING
        actual, expected = window.mu_actual[rows], window.mu_expected[rows]
        tally.add(Rule.MU_BEYOND_PLAN, started & (actual > limit), tick, actual, limit)
        most = self._plan_mu + ROUNDING
        tally.add(Rule.MU_BEYOND_PLAN, started & (expected > most), tick, expected, most)

    def _off_line(self, window: Window, tally: Tally, line: Line) -> None:
        rows = slice(window.lead, None)
        running = _busy(window.state[rows])
        miss = np.abs(window.mu_expected[rows] - line.mu(window.cp[rows]))
        tally.add(Rule.MU_OFF_LINE, running & (miss > ROUNDING), window.tick[rows], miss, ROUNDING)


def _steps(values: Floats, first: int) -> Floats:
    return values[first:] - values[first - 1 : -1]


def _fresh(window: Window) -> Bools:
    """Return which rows may begin anew: the row before was neither delivering nor holding."""
    return ~_busy(window.state[window.first - 1 : -1])


def _busy(state: Bytes8) -> Bools:
    return np.asarray((state == State.DELIVERING) | (state == State.HOLDING))


def _consecutive(window: Window, tally: Tally) -> None:
    step = window.tick[window.first :] - window.tick[window.first - 1 : -1]
    tally.add(Rule.TICKS, step != 1, window.tick[window.first :], step.astype(float), 1.0)


def _control_point(window: Window, tally: Tally) -> None:
    """Where the beam is held the control point follows the dose back; delivering it only rises."""
    rows = slice(window.first, None)
    step = _steps(window.cp, window.first)
    delivering = window.state[rows] == State.DELIVERING
    anew = _fresh(window) & (window.cp[rows] == 0)
    tally.add(Rule.CP_DECREASES, (step < 0) & delivering & ~anew, window.tick[rows], step, 0.0)


def _dose_rate(window: Window, tally: Tally, line: Line) -> None:
    rows = slice(window.first, None)
    rate = _steps(window.mu_expected, window.first) / DT_S
    before = line.segment(window.cp[window.first - 1 : -1])
    after = line.segment(window.cp[rows])
    limit = np.maximum(line.rate[before], line.rate[after])
    limit[after > before + 1] = line.rate.max()
    limit = limit * (1 + ROUNDING) + ROUNDING
    delivering = window.state[rows] == State.DELIVERING
    tally.add(Rule.DOSE_RATE, delivering & (rate > limit), window.tick[rows], rate, limit)
