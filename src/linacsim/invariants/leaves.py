"""Invariants of the MLC: opposed leaves do not collide, no leaf leaves its carriage's reach."""

import numpy as np

from linacsim.invariants.violations import Rule, Tally
from linacsim.invariants.window import Window
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import Axis

ROUNDING = 1e-6
OVERLAP_CM = 0.02
"""Overlap of actual tips that two following errors of 0.1 mm explain (log-formats 6.2)."""
CARRIAGE_MARGIN_CM = 0.1
"""Real carriages stand 0.04 to 0.06 cm beyond their most retracted leaf (public M120 logs)."""


class LeafEye:
    """Judges the MLC."""

    def __init__(self, machine: MachineSpec) -> None:
        """Take the geometry."""
        self._layout = machine.layout
        self._span = machine.mlc.leaf_span_cm
        self._columns = np.arange(machine.layout.bank_a.start, machine.layout.bank_a.stop)

    def judge(self, window: Window, tally: Tally) -> None:
        """Judge the rows that were not judged before."""
        actual, tick = window.actual[window.lead :], window.tick[window.lead :]
        self._collision(Rule.LEAF_COLLISION_ACTUAL, actual, tick, -OVERLAP_CM, tally)
        planned = window.planned[window.lead :]
        if not planned.any():
            return
        expected = window.expected[window.lead :]
        if not planned.all():
            expected, tick = expected[planned], tick[planned]
        self._collision(Rule.LEAF_COLLISION, expected, tick, -ROUNDING, tally)
        for bank, carriage in (
            (self._layout.bank_a, Axis.CARRIAGE_A),
            (self._layout.bank_b, Axis.CARRIAGE_B),
        ):
            self._reach(expected[:, bank], expected[:, carriage], tick, carriage, tally)

    def _collision(
        self, rule: Rule, positions: Floats, tick: Ints, least: float, tally: Tally
    ) -> None:
        gap = positions[:, self._layout.bank_a] + positions[:, self._layout.bank_b]
        if gap.size and gap.min() < least:
            tally.add_axes(rule, gap < least, tick, gap, 0.0, self._columns)

    def _reach(
        self, leaves: Floats, carriage: Floats, tick: Ints, axis: Axis, tally: Tally
    ) -> None:
        column = np.array([axis])
        out_most, in_most = leaves.max(axis=1), leaves.min(axis=1)
        for found, most in (
            (out_most - in_most, self._span),
            (carriage - in_most, self._span + CARRIAGE_MARGIN_CM),
            (out_most - carriage, CARRIAGE_MARGIN_CM),
        ):
            bad = found > most + ROUNDING
            if bad.any():
                tally.add_axes(Rule.CARRIAGE_SPAN, bad[:, None], tick, found[:, None], most, column)
