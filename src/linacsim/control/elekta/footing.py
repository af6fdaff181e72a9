"""Where axes stand while no trajectory runs: moves by hand, stops, and the way back from a stop."""

import numpy as np

from linacsim.control.elekta.field_run import FieldRun
from linacsim.control.moves import Mover, go_to_target, pendant_target
from linacsim.control.stance import Stance
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.signals import Readings


class Footing:
    """A `Stance` that knows the way back to where a field was stopped."""

    def __init__(self, machine: MachineSpec, mover: Mover) -> None:
        """Stand at the machine's start positions."""
        self.stance = Stance(machine.start)
        self.settling = False
        """Whether anything has speed left."""
        self.back = True
        """Whether axes are where the field stopped, as far as it moves them."""
        self._machine = machine
        self._mover = mover

    @property
    def stands(self) -> bool:
        """Whether nothing moves and no move is under way."""
        return not self.stance.moving and not self.settling

    @property
    def returning(self) -> bool:
        """Whether axes are on their way back; only of a field that is paused."""
        return not self.back and not self.stance.braking

    def see(self, readings: Readings) -> None:
        """Take note of what moves."""
        self.settling = bool(readings.moving.any())

    def stop(self) -> None:
        """Stop all axes in the shortest distance."""
        self.stance.brake()
        self.back = False

    def rest(self, readings: Readings) -> None:
        """Once axes have come to rest after a stop, keep them there."""
        if self.stance.braking and not self.settling:
            self.stance.stand(readings)

    def set_up(self, initial: Floats, group: str, readings: Readings) -> None:
        """Send the axes of a group to where a field begins, `initial` (n_axes,)."""
        self.stance.stand(readings)
        self._go(go_to_target(self._machine.layout, self.stance.kept, initial, group))

    def move(self, axis: str, value: float, readings: Readings) -> None:
        """Move one axis from the pendant."""
        self.stance.stand(readings)
        self._go(pendant_target(self._machine, self.stance.kept, axis, value))

    def bring_back(self, run: FieldRun, readings: Readings) -> None:
        """Send axes to where the field stopped."""
        self.stance.stand(readings)
        self.back = False
        self._go(np.where(run.trajectory.dynamic, run.position, self.stance.kept))

    def follow_back(self, run: FieldRun, readings: Readings) -> None:
        """While a field is paused: once axes rest, drive them back; see when they have arrived."""
        if self.returning:
            self.stance.arrived(readings)
            self.back = not self.stance.under_way and bool(run.back(readings)[-1])
        elif self.stance.braking and not self.settling:
            self.bring_back(run, readings)

    def _go(self, target: Floats) -> None:
        self.stance.go(self._mover(self._machine, self.stance.kept, target))
