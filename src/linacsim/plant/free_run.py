"""Axes that are off their commands, tick by tick through one block."""

from dataclasses import replace

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.plant.drives import Columns, Drives
from linacsim.plant.noise import TickNoise
from linacsim.plant.pursuit import TICK_S, Reach, brake, chase
from linacsim.plant.stiff import Asked, Block, StiffState


def run_free(
    state: StiffState,
    asked: Asked,
    block: Block,
    jumps: Bools | None,
    drives: Drives,
    noise: TickNoise,
) -> StiffState:
    """Overwrite in `block` what free axes do; return the state with free axes at its end."""
    if jumps is None and not state.free.any():
        return state
    run = _FreeRun(state, asked, block, drives, noise)
    n = len(asked.command)
    leaving = np.zeros(n, dtype=bool)
    if jumps is not None:
        np.any(jumps, axis=1, out=leaving)
    k = 0
    while k < n:
        if not run.any_live():
            later = np.flatnonzero(leaving[k:])
            if not len(later):
                break
            k += int(later[0])
        if jumps is not None and leaving[k]:
            run.leave(k, jumps[k])
        run.tick(k)
        k += 1
    return run.end()


class _FreeRun:
    """Working copies of the free axes' state; all columns are those of the whole vector."""

    def __init__(
        self, state: StiffState, asked: Asked, block: Block, drives: Drives, noise: TickNoise
    ) -> None:
        """Put axes that stand braked where they stand."""
        self._state, self._asked, self._block = state, asked, block
        self._drives, self._noise = drives, noise
        self._x, self._v = state.x.copy(), state.v.copy()
        self._cruise, self._free = state.cruise.copy(), state.free.copy()
        self._first = block.touched.start
        self._carried = drives.carried(block.step, block.touched)
        self._sound = np.isnan(asked.slow)
        standing = state.free & asked.braking & (state.v == 0.0)
        self._live = state.free & ~standing
        self._stand(0, self._first + np.flatnonzero(standing[block.touched]))

    def any_live(self) -> bool:
        """Return whether any free axis needs its ticks run."""
        return bool(self._live.any())

    def leave(self, k: int, jumping: Bools) -> None:
        """Free the axes whose command jumps in tick k, as they were before it."""
        cols = self._first + np.flatnonzero(jumping & ~self._free[self._block.touched])
        if k:
            command = self._asked.command[k - 1, cols]
            step = self._block.step[k - 1, cols - self._first]
        else:
            command, step = self._state.command[cols], self._state.step[cols]
        lag = self._drives.lag_ticks[cols]
        self._x[cols] = command - lag * step + self._state.offset[cols]
        self._v[cols] = step / TICK_S
        self._cruise[cols] = np.abs(self._v[cols])
        self._free[cols] = self._live[cols] = True

    def tick(self, k: int) -> None:
        """Move all live axes through tick k."""
        braking, chasing = self._live & self._asked.braking, self._live & ~self._asked.braking
        if braking.any():
            self._brake(k, np.flatnonzero(braking))
        if chasing.any():
            self._chase(k, np.flatnonzero(chasing))

    def end(self) -> StiffState:
        """Return the state with the free axes as they are now."""
        return replace(self._state, free=self._free, x=self._x, v=self._v, cruise=self._cruise)

    def _brake(self, k: int, cols: Columns) -> None:
        """Slow axes down, and let those that have stopped stand."""
        going = self._move(k, cols, *brake(self._x[cols], self._v[cols], self._drives.accel[cols]))
        self._stand(k + 1, cols[~going])

    def _chase(self, k: int, cols: Columns) -> None:
        """Let axes chase their commands; sound ones that arrive are on them again."""
        drives, sound = self._drives, self._sound[cols]
        pace = self._block.step[k, cols - self._first] / TICK_S
        self._cruise[cols] = np.where(pace != 0.0, np.abs(pace), self._cruise[cols])
        target = self._asked.command[k, cols] + self._state.offset[cols] - drives.lag_s[cols] * pace
        top = (drives.top_step[cols] + self._carried[k, cols - self._first]) / TICK_S
        slowed = np.minimum(top, self._asked.slow[cols] * self._cruise[cols])
        reach = Reach(drives.accel[cols], np.where(sound, top, slowed))
        x, v, arrived = chase(self._x[cols], self._v[cols], target, pace, reach)
        self._move(k, cols, x, v)
        back = cols[arrived & sound]
        self._free[back] = self._live[back] = False

    def _move(self, k: int, cols: Columns, x: Floats, v: Floats) -> Bools:
        """Put axes where they get in tick k; return which are going."""
        going: Bools = v != 0.0
        self._x[cols], self._v[cols] = x, v
        jitter = self._noise.row(self._asked.tick + k)[cols]
        self._block.position[k, cols] = x + jitter * going
        self._block.moving[k, cols] = going
        return going

    def _stand(self, k: int, cols: Columns) -> None:
        """Let braked axes stand from tick k on."""
        self._block.position[k:, cols] = self._x[cols]
        self._block.moving[k:, cols] = False
        self._live[cols] = False
