"""Invariants of the MLC: opposed leaves do not collide, no leaf leaves its carriage's reach."""

import numpy as np

from linacsim.invariants.measures import sampled, sustained, touching
from linacsim.invariants.violations import Rule, Tally
from linacsim.invariants.window import Window
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis

ROUNDING = 1e-6
OVERLAP_CM = 0.02
"""Overlap of actual tips that two following errors of 0.1 mm explain (log-formats 6.2)."""
CARRIAGE_MARGIN_CM = 0.1
"""A carriage stands at its most retracted leaf or further out: 0.04 to 0.63 cm in public logs."""
REACH_MARGIN_CM = 0.7
"""Carriages are told where they stand with a rounded leaf end in view, up to 0.63 cm further out
than the leaf span needs (public HD120 logs, parked)."""


class LeafEye:
    """Judges the MLC."""

    def __init__(self, machine: MachineSpec) -> None:
        """Take the geometry."""
        self._layout = machine.layout
        self._span = machine.mlc.leaf_span_cm
        self._columns = np.arange(machine.layout.bank_a.start, machine.layout.bank_a.stop)

    def judge(self, window: Window, tally: Tally) -> None:
        """Judge the rows that were not judged before."""
        self._actual(window, tally)
        if window.planned[window.lead :].any():
            self._planned(window, tally)

    def _gap(self, positions: Floats) -> Floats:
        """Return (..., pairs) distance between opposed tips."""
        banks = self._layout.bank_a, self._layout.bank_b
        return np.add(positions[..., banks[0]], positions[..., banks[1]])

    def _actual(self, window: Window, tally: Tally) -> None:
        if self._gap(sampled(window.actual)).min() >= -OVERLAP_CM:
            return
        gap = self._gap(window.actual)
        bad = sustained(gap < -OVERLAP_CM)[window.lead :]
        tick = window.tick[window.lead :]
        tally.add_axes(
            Rule.LEAF_COLLISION_ACTUAL, bad, tick, gap[window.lead :], -OVERLAP_CM, self._columns
        )

    def _planned(self, window: Window, tally: Tally) -> None:
        rows = touching(window.planned, window.lead)
        expected, tick = window.expected[rows], window.tick[rows]
        if self._gap(window.low).min() < -ROUNDING:
            gap = self._gap(expected)
            bad = gap < -ROUNDING
            tally.add_axes(Rule.LEAF_COLLISION, bad, tick, gap, 0.0, self._columns)
        for bank, carriage in (
            (self._layout.bank_a, Axis.CARRIAGE_A),
            (self._layout.bank_b, Axis.CARRIAGE_B),
        ):
            if self._may_reach_too_far(window, bank, carriage):
                self._reach(window, bank, carriage, tally)

    def _may_reach_too_far(self, window: Window, bank: slice, carriage: Axis) -> bool:
        """Return whether the extremes of the whole window allow for a leaf out of reach."""
        in_most, out_most = window.low[bank].min(), window.high[bank].max()
        return bool(
            out_most - in_most > self._span
            or window.high[carriage] - in_most > self._span + REACH_MARGIN_CM
            or out_most - window.low[carriage] > CARRIAGE_MARGIN_CM
        )

    def _reach(self, window: Window, bank: slice, carriage: Axis, tally: Tally) -> None:
        """Without beam leaves and carriages run on their own to where they meet again."""
        rows = touching(window.planned & window.beam_on, window.lead)
        leaves, stands = window.expected[rows, bank], window.expected[rows, carriage]
        out_most, in_most = leaves.max(axis=1), leaves.min(axis=1)
        for found, most in (
            (out_most - in_most, self._span),
            (stands - in_most, self._span + REACH_MARGIN_CM),
            (out_most - stands, CARRIAGE_MARGIN_CM),
        ):
            bad = (found > most + ROUNDING)[:, None]
            column = np.array([carriage])
            tick = window.tick[rows]
            tally.add_axes(Rule.CARRIAGE_SPAN, bad, tick, found[:, None], most, column)
