"""Mechanical stops of the MLC: a leaf cannot pass its opposite nor run off its carriage."""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import FIRST_LEAF, Axis


class LeafStops:
    """Keeps leaf positions within what the mechanics allow; positive is away from the centre."""

    def __init__(self, machine: MachineSpec) -> None:
        """Take geometry and play from the machine."""
        axes = machine.axes
        self._layout = machine.layout
        play = axes.static_offset + axes.resolution + 4.0 * axes.noise
        self._contact_cm = -2.0 * float(play[FIRST_LEAF])
        """Gap that readings of two closed leaves may show: both stand within their play."""
        self._reach_cm = machine.mlc.leaf_span_cm + float(axes.tolerance[FIRST_LEAF])
        """Farthest from its carriage that a leaf extends; real logs show 15.05 cm of 15."""

    def apply(self, position: Floats) -> bool:
        """Clip (n, n_axes) positions in place; return whether any leaf met a stop."""
        held = self._keep_on_carriage(position)
        return self._keep_apart(position) or held

    def _keep_on_carriage(self, position: Floats) -> bool:
        held = False
        for column, bank in (
            (Axis.CARRIAGE_A, self._layout.bank_a),
            (Axis.CARRIAGE_B, self._layout.bank_b),
        ):
            end = position[:, column, None] - self._reach_cm
            leaves = position[:, bank]
            if leaves.min() < end.max():
                held = held or bool((leaves < end).any())
                np.maximum(leaves, end, out=leaves)
        return held

    def _keep_apart(self, position: Floats) -> bool:
        """Where two leaves meet, both stand in the middle of what they want."""
        first, second = position[:, self._layout.bank_a], position[:, self._layout.bank_b]
        gap = first + second
        if gap.min() >= self._contact_cm:
            return False
        back = 0.5 * np.maximum(self._contact_cm - gap, 0.0)
        first += back
        second += back
        return True
