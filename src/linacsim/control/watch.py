"""Watches axes and dose against what was commanded (manual, "Trajectory Records"; TB-19, TB-20).

`cut` finds, in a block of ticks, the first after which a decision is due; `conditions` states
the interlock conditions of one tick. Both use the same comparisons, so a block and its ticks one
by one come to the same decisions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linacsim.control import interlocks as il
from linacsim.control.positions import describe
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.signals import Readings


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the machine, n ticks."""

    position: Floats
    """(n, n_axes) commanded positions."""
    mu: Floats
    """(n,) expected MU."""


class Watch:
    """Comparisons for one delivery."""

    def __init__(self, machine: MachineSpec, dynamic: Bools, frozen_at: Floats) -> None:
        """Watch `dynamic` (n_axes,) axes for following and the others for standing still."""
        self._machine = machine
        self._dynamic = dynamic
        self._frozen_at = frozen_at
        self._follow = np.where(dynamic, machine.axes.follow_tolerance, np.inf)
        self._tight = np.where(dynamic, np.inf, machine.axes.tolerance)
        self._most = np.minimum(self._follow, self._tight)

    def cut(self, asked: Asked, readings: Readings) -> int:
        """Return how many of the n ticks may stand before a decision is due."""
        behind = asked.mu - readings.mu
        place = np.where(self._dynamic, asked.position, self._frozen_at)
        beyond = np.abs(place - readings.position) > self._most
        return first_true(beyond.any(axis=1) | (behind > self._machine.dose.lag_slow_mu))

    def cut_standing(self, readings: Readings) -> int:
        """Return how many ticks pass until a frozen axis has left its place."""
        drift = np.abs(readings.position - self._frozen_at)
        return first_true((drift > self._tight).any(axis=1))

    def lagging(self, asked: Asked, readings: Readings) -> str:
        """Return which axes are beyond following tolerance at the last tick."""
        return self._beyond(self._follow, asked.position[-1], readings.position[-1])

    def standing(self, readings: Readings) -> dict[str, str]:
        """Return the condition of MOTN at the last tick."""
        return {il.MOTN: self._beyond(self._tight, self._frozen_at, readings.position[-1])}

    def dose(self, asked: Asked, readings: Readings, *, starved: bool) -> str:
        """Return what people are told when the dose deficit is a fault; else empty."""
        behind = float(asked.mu[-1] - readings.mu[-1])
        if starved or behind > self._machine.dose.lag_fault_mu:
            return f"{behind:.2f} MU behind"
        return ""

    def _beyond(self, tolerance: Floats, place: Floats, actual: Floats) -> str:
        """Return which axes are off their place by more than they may be, (n_axes,) each."""
        columns = np.flatnonzero(np.abs(place - actual) > tolerance)
        return describe(self._machine.layout, columns, actual, place, tolerance)


def first_true(due: NDArray[np.bool_] | np.bool_) -> int:
    """Return the number of ticks up to and including the first that is due, else all n."""
    flags = np.atleast_1d(due)
    return int(np.argmax(flags)) + 1 if flags.any() else len(flags)
