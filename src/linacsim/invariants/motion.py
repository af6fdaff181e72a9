"""Invariants of the axes: speed, acceleration, range, line, following, standing still."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linacsim.invariants.line import Line
from linacsim.invariants.measures import accelerations, beyond, speeds, sustained, with_carriages
from linacsim.invariants.violations import Rule, Tally
from linacsim.invariants.window import Window
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.axes import Axis
from linacsim.model.time import TICK_NS, seconds

DT_S = seconds(TICK_NS)
ROUNDING = 1e-6
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
            accel=axes.max_accel * (1 + ROUNDING) + ROUNDING,
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
            self._following(window, tally, self._line.columns)

    # The expected side ---------------------------------------------------------------------

    def _expected(self, window: Window, tally: Tally) -> None:
        limits, planned = self._limits, window.planned
        rows = _rows(planned, window.lead)
        part = window.expected[rows]
        if beyond(part, limits.lower - ROUNDING, limits.upper + ROUNDING):
            self._out_of_range(Rule.RANGE, part, window.tick[rows], ROUNDING, tally)
        speed = speeds(window.expected, DT_S)
        both = planned[1:] & planned[:-1]
        self._speeds(Rule.SPEED, speed, both, limits.speed, window, tally)
        if len(speed) > 1:
            self._accelerations(accelerations(speed, DT_S), both, window, tally)

    def _accelerations(self, accel: Floats, both: Bools, window: Window, tally: Tally) -> None:
        """Axes that wait for lagging dose change speed at once (design TB-20); not judged."""
        waits = window.mu_expected - window.mu_actual > self._lag_slow_mu
        judged = both[1:] & both[:-1] & ~waits[1:-1] & ~waits[:-2]
        rows = _rows(judged, max(window.lead - 2, 0))
        part, limit = accel[rows], self._limits.accel
        if beyond(part, -limit, limit):
            value = np.abs(part)
            tick = window.tick[2:][rows]
            tally.add_axes(Rule.ACCELERATION, value > limit, tick, value, limit, self._all)

    def _speeds(
        self,
        rule: Rule,
        speed: Floats,
        judged: Bools,
        limit: Floats,
        window: Window,
        tally: Tally,
    ) -> None:
        rows = _rows(judged, window.first - 1)
        if not beyond(speed[rows], -limit, limit):
            return
        value = np.abs(speed)
        allowed = with_carriages(self._layout, value, limit)
        bad = (value > allowed) & judged[:, None]
        if rule is Rule.SPEED_ACTUAL:
            bad = sustained(bad)
        new = slice(window.first - 1, None)
        tick = window.tick[1:][new]
        tally.add_axes(rule, bad[new], tick, value[new], allowed[new], self._all)

    # The actual side -----------------------------------------------------------------------

    def _actual(self, window: Window, tally: Tally) -> None:
        limits = self._limits
        part, tick = window.actual[window.lead :], window.tick[window.lead :]
        if beyond(part, limits.lower - limits.slack, limits.upper + limits.slack):
            self._out_of_range(Rule.RANGE_ACTUAL, part, tick, limits.slack, tally)
        speed = speeds(window.actual, DT_S)
        every = np.ones(len(speed), dtype=bool)
        self._speeds(Rule.SPEED_ACTUAL, speed, every, limits.speed_actual, window, tally)

    def _out_of_range(
        self, rule: Rule, positions: Floats, tick: Ints, slack: Floats | float, tally: Tally
    ) -> None:
        low, high = self._limits.lower, self._limits.upper
        tally.add_axes(rule, positions < low - slack, tick, positions, low, self._all)
        tally.add_axes(rule, positions > high + slack, tick, positions, high, self._all)

    def _frozen(self, window: Window, tally: Tally) -> None:
        """A frozen axis stays within the tight tolerance, or control reacts within a few ticks."""
        self._place[~window.frozen] = np.nan
        begins = window.frozen & np.isnan(self._place)
        self._place[begins] = window.actual[window.lead][begins]
        columns = np.flatnonzero(window.frozen)
        if not len(columns):
            return
        part = window.actual[:, columns]
        place, slack = self._place[columns], self._limits.slack[columns]
        if beyond(part[window.lead :], place - slack, place + slack):
            away = np.abs(part - place)
            bad = sustained(away > slack)[window.lead :]
            tick = window.tick[window.lead :]
            tally.add_axes(Rule.FROZEN, bad, tick, away[window.lead :], slack, columns)

    # Against the line ----------------------------------------------------------------------

    def _off_line(self, window: Window, tally: Tally, line: Line) -> None:
        segment = line.segment(window.cp)
        judged = window.planned & ~line.free(segment)
        judged[: window.lead] = False
        rows = _rows(judged, 0)
        cp, tick = window.cp[rows], window.tick[rows]
        away = line.deviation(cp, window.expected[rows][:, line.columns])
        off = np.flatnonzero(away.max(axis=1, initial=0.0) > ROUNDING)
        if not len(off):
            return
        away, allowed = away[off], line.allowed(cp[off]) * (1 + ROUNDING) + ROUNDING
        tally.add_axes(Rule.OFF_LINE, away > allowed, tick[off], away, allowed, line.columns)

    def _following(self, window: Window, tally: Tally, columns: Ints) -> None:
        """While the beam is on an axis that moves follows, or control reacts within a few ticks."""
        judged = window.planned & window.beam_on
        if not judged.any():
            return
        error = window.actual[:, columns] - window.expected[:, columns]
        limit = self._limits.follow[columns]
        if beyond(error[_rows(judged, 0)], -limit, limit):
            error = np.abs(error)
            bad = sustained((error > limit) & judged[:, None])[window.lead :]
            tick = window.tick[window.lead :]
            tally.add_axes(Rule.FOLLOWING, bad, tick, error[window.lead :], limit, columns)


def actual_speed_limit(machine: MachineSpec, dt_s: float) -> Floats:
    """Return (n_axes,) what an actual speed over `dt_s` may reach.

    Beyond the limit the gantry overshoots in speed (log-formats 6.2), and readings have noise
    and steps.
    """
    axes = machine.axes
    limit = axes.max_speed + (NOISE_WIDTH * axes.noise + 2 * axes.resolution) / dt_s
    limit[Axis.GANTRY_RTN] += machine.gantry_servo.overspeed_deg_per_s
    return limit


def _rows(flags: Bools, start: int) -> slice | Ints:
    """Return the flagged rows from `start` on; as a slice, without copying, where they touch."""
    rows = np.flatnonzero(flags[start:]) + start
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows
