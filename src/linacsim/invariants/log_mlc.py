"""Collimation in a log: opposed leaves and jaws do not pass each other, leaves are in reach."""

import numpy as np

from linacsim.invariants.leaves import CARRIAGE_MARGIN_CM, OVERLAP_CM, REACH_MARGIN_CM
from linacsim.invariants.log_columns import LogColumns
from linacsim.invariants.violations import Rule, Tally
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis

ROUNDING_CM = 1e-5
_JAWS = ((Axis.X1, Axis.X2), (Axis.Y1, Axis.Y2))


def judge_mlc(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    """Judge leaf pairs, jaw pairs and carriages."""
    _leaves(machine, log, tally)
    _jaws(log, tally)
    for bank, carriage in (
        (machine.layout.bank_a, Axis.CARRIAGE_A),
        (machine.layout.bank_b, Axis.CARRIAGE_B),
    ):
        _reach(machine, log, bank, carriage, tally)


def _leaves(machine: MachineSpec, log: LogColumns, tally: Tally) -> None:
    layout, rows = machine.layout, np.arange(len(log))
    pairs = np.arange(layout.bank_a.start, layout.bank_a.stop)
    for rule, positions, least in (
        (Rule.LEAF_COLLISION, log.expected, -ROUNDING_CM),
        (Rule.LEAF_COLLISION_ACTUAL, log.actual, -OVERLAP_CM),
    ):
        gap = positions[:, layout.bank_a] + positions[:, layout.bank_b]
        tally.add_axes(rule, gap < least, rows, gap, least, pairs)


def _jaws(log: LogColumns, tally: Tally) -> None:
    rows = np.arange(len(log))
    for low, high in _JAWS:
        for positions, least in ((log.expected, -ROUNDING_CM), (log.actual, -OVERLAP_CM)):
            gap: Floats = (positions[:, low] + positions[:, high])[:, None]
            tally.add_axes(Rule.JAW_COLLISION, gap < least, rows, gap, least, np.array([low]))


def _reach(
    machine: MachineSpec, log: LogColumns, bank: slice, carriage: Axis, tally: Tally
) -> None:
    """Judged with the beam on: on the way to a field leaves and carriages go by themselves."""
    rows = np.flatnonzero(log.running)
    if not len(rows):
        return
    leaves, stands = log.expected[rows, bank], log.expected[rows, carriage]
    span = machine.mlc.leaf_span_cm
    for found, most in (
        (leaves.max(axis=1) - leaves.min(axis=1), span),
        (stands - leaves.min(axis=1), span + REACH_MARGIN_CM),
        (leaves.max(axis=1) - stands, CARRIAGE_MARGIN_CM),
    ):
        bad = (found > most + ROUNDING_CM)[:, None]
        column = np.array([carriage])
        tally.add_axes(Rule.CARRIAGE_SPAN, bad, rows, found[:, None], most, column)
