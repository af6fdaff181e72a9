"""Columns of a trajectory log as the eye takes them, and which of their rows can be judged.

A log has no supervisor state and is written in single precision, mostly every second tick. Where
the beam is held its expected side shows a plan only while that runs (log-formats 6.4).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linacsim.invariants.measures import steps, sustained
from linacsim.model.arrays import Bools, Floats, Ints

SINGLE = float(np.finfo(np.float32).eps)
CLEAR = 3
"""Snapshots after a hold that are not judged: the flag and the columns change up to two apart."""
GOES_ON = 2
"""Snapshots for which a plan that runs under hold must go on: a plan that is broken off stops
dead, on a tick between two snapshots (log-formats 6.2)."""


@dataclass(frozen=True)
class LogColumns:
    """Columns of a log in the order of `model.axes`, n snapshots; NaN for axes it lacks."""

    interval_ms: float
    expected: Floats
    """(n, n_axes)"""
    actual: Floats
    """(n, n_axes)"""
    mu_expected: Floats
    mu_actual: Floats
    hold_expected: Floats
    """(n,) beam hold: 0 none, anything else held."""
    hold_actual: Floats
    cp: Floats
    planned_mu: float | None = None
    """MU of all fields as the header states them; None: unknown."""

    def __len__(self) -> int:
        """Return the number of snapshots."""
        return len(self.cp)

    @property
    def dt_s(self) -> float:
        """Time from snapshot to snapshot."""
        return self.interval_ms / 1000.0

    @cached_property
    def held(self) -> Bools:
        """(n,) snapshots at which the beam is or should be held."""
        return np.asarray((self.hold_expected != 0) | (self.hold_actual != 0))

    @cached_property
    def running(self) -> Bools:
        """(n,) snapshots that stand clear of any hold: not just after one and not just before."""
        out = np.logical_not(self.held)
        for back in range(1, CLEAR + 1):
            out[back:] &= ~self.held[:-back]
        out[:-1] &= ~self.held[1:]
        out[:CLEAR] = False
        return out

    @cached_property
    def moving(self) -> Ints:
        """Columns of the axes that the log expects to move, and not only to be put right."""
        goes: Bools = np.not_equal(np.nan_to_num(steps(self.expected)), 0)
        return np.flatnonzero(sustained(goes).any(axis=0))

    @cached_property
    def standing(self) -> Ints:
        """Columns of the axes that the log has and does not expect to move."""
        present = np.flatnonzero(~np.isnan(self.expected).all(axis=0))
        return np.setdiff1d(present, self.moving)

    @cached_property
    def planned(self) -> Bools:
        """(n,) snapshots whose expected side shows a plan that runs, with beam or without."""
        apart = (self.expected[:, self.moving] != self.actual[:, self.moving]).any(axis=1)
        goes = np.zeros(len(self), dtype=bool)
        goes[:-1] = (steps(self.expected[:, self.moving]) != 0).any(axis=1)
        ahead = goes.copy()
        for more in range(1, GOES_ON):
            ahead[:-more] &= goes[more:]
            ahead[-more:] = False
        return np.asarray(self.running | (self.held & apart & ahead))

    @cached_property
    def shown(self) -> Bools:
        """(n, n_axes) places whose expected side shows a plan.

        Under hold an axis that the plan does not move may go on repeating its actual side.
        """
        apart = np.not_equal(self.expected, self.actual)
        return np.asarray(self.running[:, None] | (self.planned[:, None] & apart))

    @cached_property
    def set_back(self) -> Bools:
        """(n,) snapshots at which a hold may set MU and control point back (log-formats 6.4)."""
        begins = np.zeros(len(self), dtype=bool)
        begins[1:] = self.held[1:] & ~self.held[:-1]
        out = begins.copy()
        for later in range(1, CLEAR + 1):
            out[later:] |= begins[:-later]
        return out

    @cached_property
    def rounding(self) -> Floats:
        """(n_axes,) what single precision may add to a difference of positions."""
        most = np.abs(np.nan_to_num(self.expected, posinf=0.0, neginf=0.0)).max(axis=0, initial=0.0)
        return np.asarray(4 * SINGLE * most)
