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
        self._dynamic = np.flatnonzero(dynamic)
        self._still = np.flatnonzero(~dynamic)
        self._follow = machine.axes.follow_tolerance[self._dynamic]
        self._tight = machine.axes.tolerance
        self._frozen_at = frozen_at

    def cut(self, asked: Asked, readings: Readings) -> int:
        """Return how many of the n ticks may stand before a decision is due."""
        behind = asked.mu - readings.mu
        due = (
            (self._error(asked, readings) > self._follow).any(axis=1)
            | (self._drift(readings) > self._tight[self._still]).any(axis=1)
            | (behind > self._machine.dose.lag_slow_mu)
        )
        return first_true(due)

    def cut_standing(self, readings: Readings) -> int:
        """Return how many ticks pass until a frozen axis has left its place."""
        return first_true((self._drift(readings) > self._tight[self._still]).any(axis=1))

    def lagging(self, asked: Asked, readings: Readings) -> str:
        """Return which axes are beyond following tolerance at the last tick."""
        off = self._error(asked, readings)[-1] > self._follow
        columns = self._dynamic[off]
        return describe(
            self._machine.layout,
            columns,
            readings.position[-1],
            asked.position[-1],
            self._machine.axes.follow_tolerance,
        )

    def standing(self, readings: Readings) -> dict[str, str]:
        """Return the condition of MOTN at the last tick."""
        off = self._drift(readings)[-1] > self._tight[self._still]
        columns = self._still[off]
        text = describe(
            self._machine.layout, columns, readings.position[-1], self._frozen_at, self._tight
        )
        return {il.MOTN: text}

    def dose(self, asked: Asked, readings: Readings, *, starved: bool) -> str:
        """Return what people are told when the dose deficit is a fault; else empty."""
        behind = float(asked.mu[-1] - readings.mu[-1])
        if starved or behind > self._machine.dose.lag_fault_mu:
            return f"{behind:.2f} MU behind"
        return ""

    def _error(self, asked: Asked, readings: Readings) -> Floats:
        columns = self._dynamic
        return np.abs(asked.position[:, columns] - readings.position[:, columns])

    def _drift(self, readings: Readings) -> Floats:
        return np.abs(readings.position[:, self._still] - self._frozen_at[self._still])


def first_true(due: NDArray[np.bool_] | np.bool_) -> int:
    """Return the number of ticks up to and including the first that is due, else all n."""
    flags = np.atleast_1d(due)
    return int(np.argmax(flags)) + 1 if flags.any() else len(flags)
