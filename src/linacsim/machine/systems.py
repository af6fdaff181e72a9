"""Control systems by name: each with its supervisor and the plant that it controls.

What a machine file calls its control system is looked up here, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from linacsim.control.elekta.field_run import PlannedField
from linacsim.control.elekta.supervisor import ElektaSupervisor
from linacsim.control.interlocks import Panel
from linacsim.control.loaded_beam import Planned
from linacsim.control.proposal import Proposal
from linacsim.control.supervisor import Supervisor
from linacsim.machine.gating import gating_of
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field, FieldFrames
from linacsim.model.interlocks import Right
from linacsim.model.joints import Plant
from linacsim.model.messages import Event, Message
from linacsim.model.signals import BeamHold, Readings, State
from linacsim.planning import plan_move
from linacsim.planning.fields import plan_field
from linacsim.planning.planner import BeamPlanner
from linacsim.plant.fields import FieldPlant
from linacsim.plant.linac import LinacPlant


class Control(Protocol):
    """A supervisor as the loop ticks it."""

    tick: int
    panel: Panel
    hold_before: BeamHold

    @property
    def state(self) -> State:
        """State in the words that all machines share."""
        ...

    @property
    def moving(self) -> bool:
        """Whether a move without beam is running."""
        ...

    def handle(self, message: Message, readings: Readings) -> None:
        """Obey one message."""
        ...

    def decide(self, readings: Readings) -> None:
        """Decide what is due before the next tick."""
        ...

    def propose(self, n: int, readings: Readings) -> Proposal:
        """Return a proposal for at most n ticks."""
        ...

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the proposed ticks may stand before a decision is due."""
        ...

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> None:
        """Take over the first `count` ticks."""
        ...

    def take_events(self) -> tuple[Event, ...]:
        """Return and forget what there was to tell."""
        ...

    def take_energy(self) -> str | None:
        """Return and forget the energy the plant must select; None: leave it as it is."""
        ...

    def frozen(self) -> Bools:
        """Return (n_axes,) axes that must not move now."""
        ...


class BeamPlant(Plant, Protocol):
    """A plant with a beam."""

    def select_energy(self, name: str) -> None:
        """Make a beam of an energy ready and set the dose monitor to zero."""
        ...


def _nothing_more(_proposal: Proposal, _answer: Readings, _count: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class System:
    """What one machine is made of."""

    supervisor: Control
    plant: BeamPlant
    field_frames: Callable[[Proposal, Readings, int], FieldFrames | None] = _nothing_more
    """What the control system tells of ticks besides what all do."""


def system_of(machine: MachineSpec, seed: int, rights: Right) -> System:
    """Return the control system that a machine names, with its plant."""
    return _SYSTEMS[machine.control_system](machine, np.random.default_rng(seed), rights)


def _truebeam(machine: MachineSpec, rng: np.random.Generator, rights: Right) -> System:
    gating = partial(gating_of, machine)
    supervisor = Supervisor(machine, rights, _Planning(), plan_move, gating)
    return System(supervisor, LinacPlant(machine, rng))


def _elekta(machine: MachineSpec, rng: np.random.Generator, rights: Right) -> System:
    gating = partial(gating_of, machine)
    supervisor = ElektaSupervisor(machine, rights, _plan_field, plan_move, gating)
    return System(supervisor, FieldPlant(machine, rng), supervisor.field_frames)


_SYSTEMS = {"truebeam": _truebeam, "elekta": _elekta}


class _Planning:
    """The planner as control wants it."""

    def __init__(self) -> None:
        self._planner = BeamPlanner()

    def __call__(
        self, beam: Beam, machine: MachineSpec, held: Floats, start_s: float, start: Floats | None
    ) -> Planned:
        planned = self._planner.plan(beam, machine, held, start_s, start)
        return Planned(planned.trajectory, planned.findings)


def _plan_field(
    field: Field,
    machine: MachineSpec,
    held: Floats,
    start_s: float,
    start: Floats | None,
    warm: bool,
) -> PlannedField:
    made = plan_field(field, machine, held, start_s, start, warm=warm)
    return PlannedField(made.trajectory, made.phases, made.rate, made.point_position)
