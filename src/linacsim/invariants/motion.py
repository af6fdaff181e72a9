"""Invariants of the axes: speed, acceleration, range, line, following, standing still."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linacsim.invariants.line import Line
from linacsim.invariants.measures import (
    beyond,
    sampled,
    steps,
    sustained,
    touching,
    with_carriages,
)
from linacsim.invariants.violations import Rule, Tally
from linacsim.invariants.window import Window
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis
from linacsim.model.time import TICK_NS, seconds

DT_S = seconds(TICK_NS)
ROUNDING = 1e-6
BRAKE_ROUNDING = 1e-4
"""A brake may start a microsecond late, on its tick (docs/explanation/time-law.md); the share by
which it is then harder."""
NOISE_WIDTH = 6.0
"""Standard deviations of position noise that an actual speed is allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class MotionLimits:
    """(n_axes,) what is allowed."""

    speed: Floats
    speed_actual: Floats
    accel: Floats
    lower: Floats
    upper: Floats
    slack: Floats
    """How far an actual position may leave the range, and a frozen axis its place."""
    follow: Floats

    @classmethod
    def of(cls, machine: MachineSpec, max_speed: Floats) -> Self:
        """Take the limits of a machine, its speeds lowered to `max_speed` (n_axes,)."""
        axes = machine.axes
        return cls(
            speed=max_speed * (1 + ROUNDING) + ROUNDING,
            speed_actual=actual_speed_limit(machine, DT_S),
            accel=axes.max_accel * (1 + BRAKE_ROUNDING) + ROUNDING,
            lower=axes.lower,
            upper=axes.upper,
            slack=axes.tolerance,
            follow=axes.follow_tolerance,
        )


class MotionEye:
    """Judges the axes of one delivery."""

    def __init__(self, machine: MachineSpec, line: Line | None, limits: MotionLimits) -> None:
        """Take the line of the beam, if there is a beam."""
        self._layout = machine.layout
        self._limits = limits
        self._line = line
        self._lag_slow_mu = machine.dose.lag_slow_mu
        self._all = np.arange(machine.layout.n_axes)
        self._place = np.full(machine.layout.n_axes, np.nan)
        """(n_axes,) where each frozen axis stood when it was frozen."""

    def judge(self, window: Window, tally: Tally) -> None:
        """Judge the rows that were not judged before."""
        if window.planned.any():
            self._expected(window, tally)
        self._actual(window, tally)
        self._frozen(window, tally)
        if self._line is not None and len(self._line.columns):
            self._off_line(window, tally, self._line)
            self._following(window, tally, self._line)

    # The expected side, at every tick ------------------------------------------------------

    def _expected(self, window: Window, tally: Tally) -> None:
        limits, planned = self._limits, window.planned
        below = window.low < limits.lower - ROUNDING
        above = window.high > limits.upper + ROUNDING
        if below.any() or above.any():
            rows = touching(planned, window.lead)
            away, tick = self._outside(window.expected[rows]), window.tick[rows]
            tally.add_axes(Rule.RANGE, away > ROUNDING, tick, away, ROUNDING, self._all)
        speed = steps(window.expected)
        both = planned[1:] & planned[:-1]
        self._speeds(speed, both, window, tally)
        if len(speed) > 1:
            self._accelerations(steps(speed), both, window, tally)

    def _speeds(self, step: Floats, both: Bools, window: Window, tally: Tally) -> None:
        rows = touching(both, window.first - 1)
        most = self._limits.speed * DT_S
        if beyond(step[rows], -most, most):
            value = np.abs(step[rows]) / DT_S
            limit = with_carriages(self._layout, value, self._limits.speed)
            tick = window.tick[1:][rows]
            tally.add_axes(Rule.SPEED, value > limit, tick, value, limit, self._all)

    def _accelerations(self, change: Floats, both: Bools, window: Window, tally: Tally) -> None:
        """Axes that wait for lagging dose change speed at once (design TB-20); not judged."""
        waits = window.mu_expected - window.mu_actual > self._lag_slow_mu
        judged = both[1:] & both[:-1] & ~waits[1:-1] & ~waits[:-2]
        rows = touching(judged, max(window.lead - 2, 0))
        most = self._limits.accel * DT_S**2
        if beyond(change[rows], -most, most):
            value = np.abs(change[rows]) / DT_S**2
            limit, tick = self._limits.accel, window.tick[2:][rows]
            tally.add_axes(Rule.ACCELERATION, value > limit, tick, value, limit, self._all)

    def _outside(self, positions: Floats) -> Floats:
        """Return (n, n_axes) how far positions lie outside the range; negative inside."""
        return np.maximum(self._limits.lower - positions, positions - self._limits.upper)

    # The actual side, where something lasts ------------------------------------------------

    def _actual(self, window: Window, tally: Tally) -> None:
        limits, actual = self._limits, window.actual
        low, high = limits.lower - limits.slack, limits.upper + limits.slack
        if beyond(sampled(actual), low, high):
            away = self._outside(actual)
            self._last(Rule.RANGE_ACTUAL, away, limits.slack, self._all, window, tally)
        most = limits.speed_actual * DT_S
        if beyond(sampled(actual[1:]) - sampled(actual[:-1]), -most, most):
            value = np.abs(steps(actual)) / DT_S
            limit = with_carriages(self._layout, value, limits.speed_actual)
            self._last(Rule.SPEED_ACTUAL, value, limit, self._all, window, tally)

    def _frozen(self, window: Window, tally: Tally) -> None:
        """A frozen axis stays within the tight tolerance, or control reacts within a few ticks."""
        self._place[~window.frozen] = np.nan
        begins = window.frozen & np.isnan(self._place)
        self._place[begins] = window.actual[window.lead][begins]
        columns = np.flatnonzero(window.frozen)
        place, slack = self._place[columns], self._limits.slack[columns]
        if beyond(sampled(window.actual)[:, columns], place - slack, place + slack):
            away = np.abs(window.actual[:, columns] - place)
            self._last(Rule.FROZEN, away, slack, columns, window, tally)

    def _last(
        self,
        rule: Rule,
        value: Floats,
        limit: Floats,
        columns: Ints,
        window: Window,
        tally: Tally,
        judged: Bools | None = None,
    ) -> None:
        """Report what is sustained beyond its limit; rows of `value` end with the window."""
        bad = value > limit
        if judged is not None:
            bad &= judged[:, None]
        new = len(window.tick) - max(window.lead, len(window.tick) - len(value))
        limits = np.broadcast_to(limit, value.shape)
        tally.add_axes(
            rule, sustained(bad)[-new:], window.tick[-new:], value[-new:], limits[-new:], columns
        )

    # Against the line ----------------------------------------------------------------------

    def _off_line(self, window: Window, tally: Tally, line: Line) -> None:
        judged = window.planned & ~line.free(line.segment(window.cp))
        rows = touching(judged, window.lead)
        cp, tick = window.cp[rows], window.tick[rows]
        away = line.deviation(cp, line.of_columns(window.expected[rows]))
        off = np.flatnonzero(np.einsum("ij,ij->i", away, away) > ROUNDING**2)
        if len(off):
            value = np.abs(away[off])
            limit = line.allowed(cp[off]) * (1 + ROUNDING) + ROUNDING
            tally.add_axes(Rule.OFF_LINE, value > limit, tick[off], value, limit, line.columns)

    def _following(self, window: Window, tally: Tally, line: Line) -> None:
        """While the beam is on an axis that moves follows, or control reacts within a few ticks."""
        judged = window.planned & window.beam_on
        limit = self._limits.follow[line.columns]
        rows = touching(sampled(judged), 0)
        expected, actual = sampled(window.expected)[rows], sampled(window.actual)[rows]
        if beyond(line.of_columns(actual) - line.of_columns(expected), -limit, limit):
            error = np.abs(line.of_columns(window.actual) - line.of_columns(window.expected))
            self._last(Rule.FOLLOWING, error, limit, line.columns, window, tally, judged)


def actual_speed_limit(machine: MachineSpec, dt_s: float) -> Floats:
    """Return (n_axes,) what an actual speed over `dt_s` may reach.

    Beyond the limit the gantry overshoots in speed (log-formats 6.2), and readings have noise
    and steps.
    """
    axes = machine.axes
    limit = axes.max_speed + (NOISE_WIDTH * axes.noise + 2 * axes.resolution) / dt_s
    limit[Axis.GANTRY_RTN] += machine.gantry_servo.overspeed_deg_per_s
    return limit
