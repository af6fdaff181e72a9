"""Stiff axes: all but the gantry follow their commands with a short lag.

While the command is one that a drive can follow, the position is the command less lag times
commanded speed, plus a constant offset: no state, whole blocks at once. Where the command jumps,
stops dead or outruns the axis, and while the drive brakes or is faulty, the axis is *free*: it
has position and speed of its own and moves tick by tick (`free_run`) until it is back on its
command. Figures: research/log-formats.md 6.1, 6.2.
"""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.plant.drives import FIRST_STIFF, Drives
from linacsim.plant.noise import TickNoise
from linacsim.plant.pursuit import TICK_S
from linacsim.plant.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What drives are told in n ticks, faults included."""

    tick: int
    """First of the n ticks."""
    command: Floats
    """(n, n_axes)"""
    braking: Bools
    """(n_axes,)"""
    slow: Floats
    """(n_axes,) fraction of the commanded speed that a faulty drive reaches; NaN: no fault."""


@dataclass(frozen=True, slots=True)
class StiffState:
    """End of a tick; (n_axes,) each, deg or cm and seconds; the gantry's column is unused."""

    command: Floats
    step: Floats
    """Last change of the command in one tick."""
    offset: Floats
    position: Floats
    """Reading, before mechanical stops."""
    moving: Bools
    free: Bools
    braked: Bools
    x: Floats
    """True position of a free axis."""
    v: Floats
    """Speed of a free axis."""
    cruise: Floats
    """Last commanded speed other than nought of a free axis."""

    @classmethod
    def at_rest(cls, command: Floats, offset: Floats) -> "StiffState":
        """Return the state of axes that stand on their commands."""
        zeros, no = np.zeros_like(command), np.zeros(len(command), dtype=bool)
        position = command + offset
        return cls(command, zeros, offset, position, no, no, no, position, zeros, zeros)


@dataclass(frozen=True, slots=True)
class Block:
    """What n ticks of commands made of the axes."""

    position: Floats
    """(n, n_axes) true position with reading noise; readings of axes that stood all the time."""
    moving: Bools
    """(n, n_axes)"""
    touched: slice
    """Columns that may have changed."""
    step: Floats
    """(n, touched) commanded way per tick."""


def switched(state: StiffState, asked: Asked, drives: Drives) -> StiffState:
    """Free axes that brake or are slow; put braked ones that follow again on their commands."""
    braking, sound = asked.braking, np.isnan(asked.slow)
    freed = (braking | ~sound) & ~state.free
    released = state.braked & ~braking
    if not freed.any() and not released.any():
        return state if (braking == state.braked).all() else replace(state, braked=braking)
    state = freed_axes(state, freed, drives)
    command = asked.command[0]
    back = released & (state.v == 0.0) & sound & (np.abs(command - state.x) <= drives.near)
    return replace(
        state,
        free=state.free & ~back,
        braked=braking,
        offset=np.where(back, state.x - command, state.offset),
        command=np.where(back, command, state.command),
        step=np.where(back, 0.0, state.step),
        moving=state.moving | back,
    )


def freed_axes(state: StiffState, freed: Bools, drives: Drives) -> StiffState:
    """Let the axes `freed` (n_axes,) go on with position and speed of their own."""
    x = state.command - drives.lag_ticks * state.step + state.offset
    v = state.step / TICK_S
    return replace(
        state,
        free=state.free | freed,
        x=np.where(freed, x, state.x),
        v=np.where(freed, v, state.v),
        cruise=np.where(freed, np.abs(v), state.cruise),
    )


def on_command(
    state: StiffState, asked: Asked, drives: Drives, noise: TickNoise, space: Workspace
) -> Block:
    """Return the block of axes that all stay on their commands."""
    command, n, cols = asked.command, len(asked.command), _touched(state, asked)
    position = np.empty(command.shape)
    moving = np.zeros(command.shape, dtype=bool)
    wanted = command[:, cols]
    step = space.array("step", wanted.shape)
    block = Block(position, moving, cols, step)
    if step.size < command.size:
        position[:] = state.position
    if not step.size:
        return block
    np.subtract(wanted[0], state.command[cols], out=step[0])
    np.subtract(wanted[1:], wanted[:-1], out=step[1:])
    np.not_equal(step, 0.0, out=moving[:, cols])
    out = position[:, cols]
    np.multiply(step, drives.minus_lag.block(n, cols), out=out)
    out += wanted
    more = space.array("more", wanted.shape)
    more[:] = state.offset[cols]
    out += more
    noise.fill(asked.tick, cols, more)
    more *= moving[:, cols]
    out += more
    return block


def jumps(state: StiffState, block: Block, drives: Drives, space: Workspace) -> Bools | None:
    """Return (n, touched) where the command is beyond the drive, or None for nowhere."""
    step, cols = block.step, block.touched
    if not step.size:
        return None
    top, jump = drives.top_step[cols], drives.jump[cols]
    bend = space.array("more", step.shape)
    np.subtract(step[0], state.step[cols], out=bend[0])
    np.subtract(step[1:], step[:-1], out=bend[1:])
    fast = (step.max(axis=0) > top) | (step.min(axis=0) < -top)
    bent = (bend.max(axis=0) > jump) | (bend.min(axis=0) < -jump)
    if not fast.any() and not bent.any():
        return None
    out: Bools = (np.abs(bend) > jump) | (np.abs(step) > top + drives.carried(step, cols))
    return out


def after(state: StiffState, asked: Asked, block: Block) -> StiffState:
    """Return the state at the end of a block, its readings not yet settled."""
    step = np.zeros_like(state.step)
    if block.step.size:
        step[block.touched] = block.step[-1]
    return replace(
        state, command=asked.command[-1].copy(), step=step, moving=block.moving[-1].copy()
    )


def _touched(state: StiffState, asked: Asked) -> slice:
    """Return a slice with all columns that change or are not at rest: narrow, or all."""
    active = (asked.command != state.command).any(axis=0)
    active &= ~(state.free & asked.braking)
    active |= state.moving | (state.free & (~asked.braking | (state.v != 0.0)))
    active[:FIRST_STIFF] = False
    columns = np.flatnonzero(active)
    if not len(columns):
        return slice(0, 0)
    first, stop = int(columns[0]), int(columns[-1]) + 1
    return slice(0, len(active)) if 2 * (stop - first) > len(active) else slice(first, stop)
