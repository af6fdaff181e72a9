"""The plant of a C-arm linac: commands in, readings out.

Every chance is addressed by tick and all arithmetic runs element by element in the same order,
so that n ticks at once give the bits of n single ticks. `act` answers from the last committed
state; `commit` makes as many of the answered ticks final as the caller keeps.
"""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import Commands, Drive, Readings
from linacsim.plant.dose import Dose, DoseState
from linacsim.plant.drives import Drives
from linacsim.plant.faults import AXIS_FAULTS, AxisFaults, check_value, column_of
from linacsim.plant.free_run import run_free
from linacsim.plant.gantry import Gantry, GantryState
from linacsim.plant.noise import TickNoise
from linacsim.plant.rows import RowConstant
from linacsim.plant.stiff import (
    Asked,
    Block,
    StiffState,
    after,
    freed_axes,
    jumps,
    on_command,
    switched,
)
from linacsim.plant.stops import LeafStops
from linacsim.plant.workspace import Workspace

_GANTRY = Axis.GANTRY_RTN

_FINEST = 1e-9
"""Encoder step of an axis that has none."""


@dataclass(frozen=True, slots=True)
class _State:
    """Everything the plant remembers at the end of a tick."""

    tick: int
    """Next tick."""
    stiff: StiffState
    gantry: GantryState
    dose: DoseState
    faults: AxisFaults
    shown: Floats
    """(n_axes,) last reading."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """Ticks answered but not final."""

    commands: Commands
    end: _State


class LinacPlant:
    """Axes, MLC and beam of one machine."""

    def __init__(
        self, machine: MachineSpec, rng: np.random.Generator, start: Floats | None = None
    ) -> None:
        """Stand at `start` (n_axes,), by default where the machine is switched on."""
        self._machine = machine
        quantum = np.maximum(machine.axes.resolution, _FINEST)
        self._quantum, self._per_quantum = RowConstant(quantum), RowConstant(1.0 / quantum)
        self._drives = Drives.of(machine)
        bound = machine.axes.static_offset
        offset = rng.uniform(-1.0, 1.0, machine.layout.n_axes) * bound
        self._noise = TickNoise(rng, machine.axes.noise)
        self._space = Workspace()
        self._gantry = Gantry(machine)
        self._dose = Dose(machine, rng)
        self._stops = LeafStops(machine)
        command = (machine.start if start is None else start).astype(float)
        self._state = self._switched_on(command, offset)
        self._pending: _Pending | None = None

    def sense(self) -> Readings:
        """Return the readings at the end of the last committed tick, n = 1."""
        state = self._state
        return Readings(
            state.shown[None].copy(),
            np.array([state.dose.mu]),
            state.stiff.moving[None].copy(),
        )

    def act(self, commands: Commands) -> Readings:
        """Return the readings of the n >= 1 ticks commanded, without making them final."""
        if self._pending is not None:
            raise RuntimeError("act again before commit: say first how many ticks to keep")
        end, readings = self._advanced(self._state, commands)
        self._pending = _Pending(commands, end)
        return readings

    def commit(self, n: int) -> None:
        """Make the first n ticks of the last `act` final and forget the others."""
        pending, self._pending = self._pending, None
        answered = 0 if pending is None else len(pending.commands.mu)
        if not 0 <= n <= answered:
            raise RuntimeError(f"commit of {n} ticks: only {answered} are answered")
        if pending is None or n == 0:
            return
        if n == answered:
            self._state = pending.end
            return
        commands = replace(
            pending.commands,
            position=pending.commands.position[:n],
            mu=pending.commands.mu[:n],
        )
        self._state, _ = self._advanced(self._state, commands)

    def select_energy(self, name: str) -> None:
        """Make a beam of an energy ready and set the dose monitor to zero.

        Raises InputError for an energy that the machine does not have.
        """
        self._settled()
        energy = self._machine.energies.get(name)
        if energy is None:
            known = ", ".join(self._machine.energies)
            raise InputError(f"{self._machine.name} has no energy {name!r}: use one of {known}")
        self._dose.select(energy)
        fraction = self._state.dose.fraction
        self._state = replace(self._state, dose=DoseState(fraction=fraction))

    def change_energy(self, name: str) -> None:
        """Go on with another energy; the dose monitor keeps what it has counted."""
        self._dose.select(self._machine.energies[name])

    def apply(self, fault: Fault) -> None:
        """Begin or end a fault before the next tick; kinds that are not the plant's are ignored.

        Raises InputError for an axis or a value that cannot be.
        """
        self._settled()
        if fault.kind in AXIS_FAULTS:
            check_value(fault)
            self._axis_fault(fault, column_of(self._machine.layout, fault))
        elif fault.kind is FaultKind.DOSE_RATE:
            check_value(fault)
            fraction = None if fault.clear else fault.value
            dose = replace(self._state.dose, fraction=fraction, peak_rise=0.0, credit=0.0)
            self._state = replace(self._state, dose=dose)

    # Ticks ---------------------------------------------------------------------------------

    def _switched_on(self, command: Floats, offset: Floats) -> _State:
        stiff = StiffState.at_rest(command, offset)
        gantry = self._gantry.start(float(command[_GANTRY]), float(offset[_GANTRY]))
        everywhere = slice(0, len(command))
        shown = stiff.position[None].copy()
        self._quantise(shown, everywhere)
        stiff = replace(stiff, position=shown[0].copy())
        self._stops.apply(shown)
        self._quantise(shown, everywhere)
        return _State(0, stiff, gantry, DoseState(), AxisFaults.none(len(command)), shown[0])

    def _advanced(self, state: _State, commands: Commands) -> tuple[_State, Readings]:
        faults, n = state.faults, len(commands.mu)
        braking = (commands.drive == Drive.BRAKE) | faults.stuck
        gantry, xs, goes = self._gantry.advance(
            state.gantry, commands.position[:, _GANTRY], braking=bool(braking[_GANTRY])
        )
        braking[_GANTRY] = False
        asked = Asked(state.tick, commands.position, braking, faults.slow_stiff)
        stiff, block = self._stiff(state.stiff, asked)
        block.position[:, _GANTRY] = xs
        block.moving[:, _GANTRY] = goes
        self._quantise(block.position, block.touched)
        self._quantise(block.position, slice(_GANTRY, _GANTRY + 1))
        stiff = replace(stiff, position=block.position[-1].copy(), moving=block.moving[-1].copy())
        self._stop_leaves(block)
        dose, mu = self._dose.advance(state.dose, state.tick, commands.mu, beam_on=commands.beam_on)
        end = _State(state.tick + n, stiff, gantry, dose, faults, block.position[-1].copy())
        return end, Readings(block.position, mu, block.moving)

    def _stiff(self, state: StiffState, asked: Asked) -> tuple[StiffState, Block]:
        state = switched(state, asked, self._drives)
        block = on_command(state, asked, self._drives, self._noise, self._space)
        where = jumps(state, block, self._drives, self._space)
        ended = run_free(state, asked, block, where, self._drives, self._noise)
        return after(ended, asked, block), block

    def _stop_leaves(self, block: Block) -> None:
        leaves = self._machine.layout.leaves
        stood = block.touched.stop <= Axis.CARRIAGE_A
        rows = block.position[:1].copy() if stood else block.position
        if not self._stops.apply(rows):
            return
        self._quantise(rows, leaves)
        if stood:
            block.position[:, leaves] = rows[0, leaves]

    def _quantise(self, position: Floats, cols: slice) -> None:
        """Round the columns of (n, n_axes) positions to encoder steps, in place."""
        out = position[:, cols]
        out *= self._per_quantum.block(len(out), cols)
        np.rint(out, out=out)
        out *= self._quantum.block(len(out), cols)

    # Faults --------------------------------------------------------------------------------

    def _settled(self) -> None:
        if self._pending is not None:
            raise RuntimeError("ticks are answered but not committed: commit first")

    def _axis_fault(self, fault: Fault, column: int) -> None:
        before = self._state.faults
        faults = before.changed(fault, column)
        by = float(faults.pushed[column] - before.pushed[column])
        gantry, stiff = self._state.gantry, self._state.stiff
        here = np.arange(len(stiff.x)) == column
        if column == _GANTRY:
            gantry = self._gantry_fault(gantry, fault, by)
        elif by:
            stiff = self._stiff_pushed(stiff, here, by, back=fault.clear)
        if by:
            stiff = replace(stiff, moving=stiff.moving | here)
        self._state = replace(self._state, gantry=gantry, stiff=stiff, faults=faults)

    def _gantry_fault(self, state: GantryState, fault: Fault, by: float) -> GantryState:
        if fault.kind is FaultKind.AXIS_SLOW:
            return self._gantry.slowed(state, None if fault.clear else fault.value)
        if not by:
            return state
        return self._gantry.let_go(state, -by) if fault.clear else self._gantry.pushed(state, by)

    def _stiff_pushed(self, state: StiffState, here: Bools, by: float, *, back: bool) -> StiffState:
        """Return the axes with those `here` displaced, or let go and on their way back."""
        if back:
            freed = freed_axes(state, here & ~state.free, self._drives)
            return replace(freed, offset=freed.offset + by * here)
        return replace(
            state,
            offset=state.offset + by * here,
            x=np.where(here & state.free, state.x + by, state.x),
        )
