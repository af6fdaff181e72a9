"""The plant of a machine that delivers fields: a linac with a wedge and a second dose channel."""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bytes8, Floats
from linacsim.model.elekta import Wedge
from linacsim.model.findings import InputError
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.signals import Commands, Readings
from linacsim.plant.faults import check_value
from linacsim.plant.linac import LinacPlant
from linacsim.plant.pursuit import TICK_S

WEDGE = "wedge"
"""Target of a fault AXIS_STUCK that concerns the wedge."""

CHANNELS = ("1", "2")

_UNREAD = 1e-9
"""Fraction below which a channel reads nothing."""


@dataclass(frozen=True, slots=True)
class _State:
    """End of a tick."""

    travelled: int = 0
    """Ticks of travel that the wedge is away from out."""
    backup_mu: float = 0.0
    wanted_mu: float = 0.0
    stuck: bool = False
    reads: tuple[float, float] = (1.0, 1.0)
    """Fraction of the dose that each channel reads."""


class FieldPlant:
    """A `LinacPlant` whose dose monitor is channel 1, with all that fields need besides."""

    def __init__(self, machine: MachineSpec, rng: np.random.Generator) -> None:
        """Stand where the machine is switched on, the wedge out."""
        assert machine.field_rules is not None
        self._linac = LinacPlant(machine, rng)
        self._travel = max(1, round(machine.field_rules.wedge_travel_s / TICK_S))
        self._state = _State()
        self._pending: tuple[Commands, Readings] | None = None

    def sense(self) -> Readings:
        """Return the readings at the end of the last committed tick, n = 1."""
        state = self._state
        return replace(
            self._linac.sense(),
            backup_mu=np.array([state.backup_mu]),
            wedge=self._wedge(np.array([state.travelled])),
        )

    def act(self, commands: Commands) -> Readings:
        """Return the readings of the n >= 1 ticks commanded, without making them final."""
        if commands.energy:
            self._linac.change_energy(commands.energy)
        before = float(self._linac.sense().mu[-1])
        answer = self._linac.act(commands)
        readings = replace(
            answer,
            backup_mu=self._backup(commands, np.diff(answer.mu, prepend=before)),
            wedge=self._wedge(self._travelled(commands)),
        )
        self._pending = commands, readings
        return readings

    def commit(self, n: int) -> None:
        """Make the first n ticks of the last `act` final and forget the others."""
        self._linac.commit(n)
        pending, self._pending = self._pending, None
        if pending is None or n == 0:
            return
        commands, readings = pending
        assert readings.backup_mu is not None
        self._state = replace(
            self._state,
            travelled=int(self._travelled(commands)[n - 1]),
            backup_mu=float(readings.backup_mu[n - 1]),
            wanted_mu=float(commands.mu[n - 1]),
        )

    def select_energy(self, name: str) -> None:
        """Make a beam of an energy ready and set both dose channels to zero."""
        self._linac.select_energy(name)
        self._state = replace(self._state, backup_mu=0.0, wanted_mu=0.0)

    def apply(self, fault: Fault) -> None:
        """Begin or end a fault before the next tick; see `LinacPlant.apply`."""
        if fault.kind is FaultKind.DOSE_CHANNEL:
            self._misread(fault)
        elif fault.kind is FaultKind.AXIS_STUCK and fault.target == WEDGE:
            self._state = replace(self._state, stuck=not fault.clear)
        else:
            self._linac.apply(fault)

    def _misread(self, fault: Fault) -> None:
        """Let a channel misread; the servo keeps the pulses that channel 1 should have counted."""
        check_value(fault)
        if fault.target not in CHANNELS:
            raise InputError(
                f"fault {fault.kind}: there is no channel {fault.target!r}: use 1 or 2"
            )
        share = 1.0 if fault.clear else fault.value
        first, second = self._state.reads
        reads = (share, second) if fault.target == "1" else (first, share)
        self._state = replace(self._state, reads=reads)
        if fault.target == "1":
            self._linac.apply(replace(fault, kind=FaultKind.DOSE_RATE, target=""))

    def _backup(self, commands: Commands, read: Floats) -> Floats:
        """Return (n,) MU of channel 2 where channel 1 read `read` (n,) more in each tick."""
        first, second = self._state.reads
        given = read / first if first > _UNREAD else self._asked(commands)
        steps = np.concatenate([[self._state.backup_mu], second * given])
        return np.asarray(np.add.accumulate(steps)[1:])

    def _asked(self, commands: Commands) -> Floats:
        """Return (n,) MU asked for in each tick: what the beam gives if nobody counts."""
        rise = np.diff(commands.mu, prepend=self._state.wanted_mu)
        return np.maximum(rise, 0.0) * float(commands.beam_on)

    def _travelled(self, commands: Commands) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        now, n = self._state.travelled, len(commands.mu)
        if self._state.stuck:
            return np.full(n, now, dtype=np.int64)
        way = np.arange(1, n + 1, dtype=np.int64) * (1 if commands.wedge_in else -1)
        return np.clip(now + way, 0, self._travel)

    def _wedge(self, travelled: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Bytes8:
        out = np.full(len(travelled), Wedge.MOVING, dtype=np.uint8)
        out[travelled == 0] = Wedge.OUT
        out[travelled == self._travel] = Wedge.IN
        return out
