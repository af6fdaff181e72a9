"""SyncStop: how fast the pace of a plan may change, so that no axis is asked for too much.

The plan's own acceleration and that of the ramp add up; near a corner the ramp waits.
"""

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.time import TICK_NS, seconds
from linacsim.model.trajectory import Trajectory

_SHARES = np.array([1.0, 0.75, 0.5, 0.25, 0.0])
"""Shares of the full change of pace that are tried, the greatest first."""
_ROUNDING = 1e-9


class Ramp:
    """Ramps of one trajectory."""

    def __init__(self, machine: MachineSpec, trajectory: Trajectory) -> None:
        """Take as long for a full stop as the axis that moves and needs longest, or longer."""
        self._trajectory = trajectory
        self._columns = np.flatnonzero(trajectory.dynamic)
        accel = machine.axes.max_accel[self._columns]
        stop_s = machine.axes.max_speed[self._columns] / accel
        dt_s = seconds(TICK_NS)
        self._change = dt_s / max(machine.hold_line.sync_stop_s, stop_s.max(initial=dt_s))
        self._most = accel * dt_s * dt_s + _ROUNDING

    def next_pace(
        self, pace: float, goal: float, cursor_ns: int, position: Floats, step: Floats
    ) -> float:
        """Return the pace of the coming tick.

        Args:
            pace: of the last tick, 1 for the plan's own.
            goal: 0 or 1.
            cursor_ns: where in the trajectory the last tick ended.
            position: (n_axes,) planned there.
            step: (n_axes,) planned way of the last tick.
        """
        change = float(np.clip(goal - pace, -self._change, self._change))
        paces = pace + change * _SHARES
        times = np.rint(cursor_ns + paces * TICK_NS).astype(np.int64)
        times = np.minimum(times, self._trajectory.duration_ns)
        way = (self._trajectory.sample(times).position - position)[:, self._columns]
        fits = (np.abs(way - step[self._columns]) <= self._most).all(axis=1)
        return float(paces[np.argmax(fits)] if fits.any() else paces[-1])
