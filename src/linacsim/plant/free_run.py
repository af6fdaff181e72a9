"""Axes that are off their commands: braking through a whole block, chasing them tick by tick."""

from dataclasses import replace

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.plant.drives import Drives
from linacsim.plant.noise import TickNoise
from linacsim.plant.pursuit import TICK_S, Reach, brake, chase
from linacsim.plant.stiff import Asked, Block, StiffState

_AHEAD = 8
"""Ticks that chasing axes are run at once: about as many as most need to be on their commands."""


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
    run = _FreeRun(state, asked, block, jumps, drives, noise)
    run.brake()
    k, n = 0, len(asked.command)
    while k < n:
        run.leave(k)
        until = run.next_leave(k + 1)
        k = run.chase(k, min(until, k + _AHEAD)) if run.any_live() else until
    return run.ended


class _FreeRun:
    """Working copies of the free axes' state; all columns are those that the block touches.

    Laws are worked out for all of these, as that is quicker than to pick some, and kept where they
    hold.
    """

    def __init__(
        self,
        state: StiffState,
        asked: Asked,
        block: Block,
        jumps: Bools | None,
        drives: Drives,
        noise: TickNoise,
    ) -> None:
        """Put axes that stand braked where they stand."""
        cols = block.touched
        self._state, self._asked, self._block = state, asked, block
        self._jumps, self._drives, self._noise = jumps, drives, noise
        self.ended = replace(
            state,
            x=state.x.copy(),
            v=state.v.copy(),
            cruise=state.cruise.copy(),
            free=state.free.copy(),
        )
        """The state with the free axes as they are now."""
        self._x, self._v = self.ended.x[cols], self.ended.v[cols]
        self._cruise, self._free = self.ended.cruise[cols], self.ended.free[cols]
        self._position, self._moving = block.position[:, cols], block.moving[:, cols]
        self._braking = asked.braking[cols]
        self._live = self._free & ~self._braking
        standing = self._free & self._braking & (self._v == 0.0)
        np.copyto(self._position, self._x, where=standing)
        np.copyto(self._moving, False, where=standing)

    def brake(self) -> None:
        """Slow braking axes down through the whole block, and let those that have stopped stand.

        All axes that brake are free before the first tick, so none joins them later.
        """
        slowing = self._free & self._braking & (self._v != 0.0)
        if not slowing.any():
            return
        n, accel = len(self._position), self._drives.accel[self._block.touched]
        x, v = brake(self._x, self._v, accel, n)
        self._show(slice(0, n), slowing, x, v)
        np.copyto(self._x, x[-1], where=slowing)
        np.copyto(self._v, v[-1], where=slowing)

    def any_live(self) -> bool:
        """Return whether any axis chases its command."""
        return bool(self._live.any())

    def next_leave(self, k: int) -> int:
        """Return the first tick from k on in which the command of an axis on it jumps."""
        n = len(self._position)
        if self._jumps is None:
            return n
        leaving = (self._jumps[k:] & ~self._free).any(axis=1)
        return k + int(np.argmax(leaving)) if leaving.any() else n

    def leave(self, k: int) -> None:
        """Free the axes whose command jumps in tick k, as they were before it."""
        if self._jumps is None or not (leaving := self._jumps[k] & ~self._free).any():
            return
        cols = self._block.touched
        if k:
            command, step = self._asked.command[k - 1, cols], self._block.step[k - 1]
        else:
            command, step = self._state.command[cols], self._state.step[cols]
        x = command - self._drives.lag_ticks[cols] * step + self._state.offset[cols]
        np.copyto(self._x, x, where=leaving)
        np.copyto(self._v, step / TICK_S, where=leaving)
        np.copyto(self._cruise, np.abs(step / TICK_S), where=leaving)
        self._free |= leaving
        self._live |= leaving

    def chase(self, first: int, until: int) -> int:
        """Let axes chase their commands through some ticks; return the tick they get to.

        Sound ones are on them again from the tick in which they arrive. They get to `until`, or to
        a tick in which the command of one that has arrived jumps again.
        """
        cols, ticks, drives = self._block.touched, slice(first, until), self._drives
        sound = np.isnan(self._asked.slow[cols])
        step = self._block.step[ticks]
        pace = step / TICK_S
        cruise = _last_moving(np.abs(pace), self._cruise)
        command = self._asked.command[ticks, cols]
        target = command + self._state.offset[cols] - drives.lag_s[cols] * pace
        top = (drives.top_step[cols] + drives.carried(step, cols)) / TICK_S
        slowed = np.minimum(top, self._asked.slow[cols] * cruise)
        reach = Reach(drives.accel[cols], np.where(sound, top, slowed))
        x, v, arrived = chase(self._x, self._v, target, pace, reach)
        back = np.maximum.accumulate(arrived & sound, axis=0)
        off = np.ones_like(back)
        off[1:] = ~back[:-1]
        off &= self._live
        n = self._ticks_kept(ticks, ~off & self._live)
        self._show(slice(first, first + n), off[:n], x[:n], v[:n])
        last = np.maximum(off[:n].sum(axis=0) - 1, 0), np.arange(off.shape[1])
        for kept, values in ((self._x, x), (self._v, v), (self._cruise, cruise)):
            np.copyto(kept, values[last], where=self._live)
        arrivals = back[n - 1] & self._live
        self._free &= ~arrivals
        self._live &= ~arrivals
        return first + n

    def _ticks_kept(self, ticks: slice, on_command: Bools) -> int:
        """Return how many ticks pass before an axis that is `on_command` (n, m) again jumps."""
        if self._jumps is not None:
            again = (self._jumps[ticks] & on_command).any(axis=1)
            if again.any():
                return int(np.argmax(again))
        return len(on_command)

    def _show(self, ticks: slice, where: Bools, x: Floats, v: Floats) -> None:
        """Put axes where they get in some ticks, `where` (n, m) or (m,) they are off commands."""
        going = v != 0.0
        shown = np.empty_like(x)
        self._noise.fill(self._asked.tick + ticks.start, self._block.touched, shown)
        shown *= going
        shown += x
        np.copyto(self._position[ticks], shown, where=where)
        np.copyto(self._moving[ticks], going, where=where)


def _last_moving(speed: Floats, before: Floats) -> Floats:
    """Return (n, m) the last speed other than nought up to each tick; (m,) `before` the first."""
    out = speed.copy()
    for k, row in enumerate(out):
        np.copyto(row, before if k == 0 else out[k - 1], where=row == 0.0)
    return out
