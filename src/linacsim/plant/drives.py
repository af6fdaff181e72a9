"""Constants of the stiff drives: every axis but the gantry."""

from dataclasses import dataclass

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.plant.pursuit import CATCH_UP, JUMP, TICK_S
from linacsim.plant.rows import RowConstant

FIRST_STIFF = Axis.GANTRY_RTN + 1


@dataclass(frozen=True, slots=True)
class Drives:
    """(n_axes,) arrays; deg or cm and seconds."""

    layout: AxisLayout
    lag_s: Floats
    lag_ticks: Floats
    minus_lag: RowConstant
    """Lag in ticks, negative."""
    accel: Floats
    """Greatest acceleration of an axis that is off its command."""
    top_step: Floats
    """Greatest way in one tick."""
    jump: Floats
    """Greatest change of that way from tick to tick that a drive can follow."""
    near: Floats
    """How far a standing axis may be from a command that is said to be where it stands."""

    @classmethod
    def of(cls, machine: MachineSpec) -> "Drives":
        """Return the drives of a machine."""
        axes = machine.axes
        lag_ticks = axes.lag_s / TICK_S
        top_step = CATCH_UP * axes.max_speed * TICK_S
        jump = JUMP * np.maximum(axes.max_accel, axes.brake_decel) * TICK_S * TICK_S
        top_step[:FIRST_STIFF] = jump[:FIRST_STIFF] = np.inf
        return cls(
            layout=machine.layout,
            lag_s=axes.lag_s,
            lag_ticks=lag_ticks,
            minus_lag=RowConstant(-lag_ticks),
            accel=axes.brake_decel,
            top_step=top_step,
            jump=jump,
            near=np.maximum(axes.resolution, 1e-9),
        )

    def carried(self, step: Floats, cols: slice) -> Floats:
        """Return (n, columns) what the moving carriages add to the greatest step of each leaf.

        `step` (n, columns) is the commanded way per tick of the columns `cols`.
        """
        out = np.zeros_like(step)
        for carriage, bank in (
            (Axis.CARRIAGE_A, self.layout.bank_a),
            (Axis.CARRIAGE_B, self.layout.bank_b),
        ):
            if cols.start <= carriage < cols.stop:
                own = slice(bank.start - cols.start, bank.stop - cols.start)
                out[:, own] = np.abs(step[:, carriage - cols.start, None])
        return out
