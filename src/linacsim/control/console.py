"""What the consoles of all machines share: interlock panel, room, beam-hold lines, what is told."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from linacsim.control import interlocks as il
from linacsim.control.beam_gating import GatingMaker
from linacsim.control.holds import Holds
from linacsim.control.room import Room
from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Right
from linacsim.model.messages import (
    Action,
    DeviceNote,
    DeviceReport,
    Event,
    Fault,
    HeartBeats,
    HoldLine,
    Operator,
    Prescribe,
    Samples,
)
from linacsim.model.signals import BeamHold, Readings
from linacsim.model.time import TICK_NS

Happening = TypeVar("Happening", bound=Enum)

News = HoldLine | HeartBeats | Samples | Fault | DeviceReport | DeviceNote | Prescribe
"""Messages that need no decision of the state table."""


class Console(ABC, Generic[Happening]):
    """The part of a supervisor that does not depend on its states."""

    presses: Mapping[Action, Happening]
    """What an operator's actions are to the state table."""
    unsupported: Mapping[Action, str]
    """What this console does not have, and what is told then."""

    def __init__(self, machine: MachineSpec, rights: Right, gating_maker: GatingMaker) -> None:
        """Stand at tick 0 with nothing loaded."""
        self.machine = machine
        self.panel = il.Panel(rights)
        self.tick = 0
        self.hold_before = BeamHold.HOLD
        self._room = Room(machine)
        self._holds = Holds(machine, gating_maker)
        self._energy: str | None = None
        self._events: list[Event] = []

    def take_events(self) -> tuple[Event, ...]:
        """Return and forget what there was to tell."""
        events, self._events = tuple(self._events), []
        return events

    def take_energy(self) -> str | None:
        """Return and forget the energy the plant must select; None: leave it as it is."""
        energy, self._energy = self._energy, None
        return energy

    @property
    def _now_ns(self) -> int:
        return self.tick * TICK_NS

    def _note(
        self,
        message: News,
    ) -> None:
        """Take what lines, sensors and the room tell, whatever the state."""
        if isinstance(message, HoldLine | HeartBeats | Samples):
            self._holds.post(message, self._now_ns)
        elif told := self._room.change(message):
            self._tell("note", told)

    @abstractmethod
    def _happen(self, happening: Happening, readings: Readings) -> None:
        """Go where the state table leads. Raises InputError where it refuses."""

    def _operate(self, press: Operator, readings: Readings) -> None:
        """Do what an operator wants. Raises InputError where that is not to be had."""
        if press.action in self.presses:
            self._happen(self.presses[press.action], readings)
        elif press.action in self.unsupported:
            raise InputError(self.unsupported[press.action])
        else:
            self._attend(press)

    def _attend(self, press: Operator) -> None:
        """Obey an operator's action that no state forbids. Raises InputError for a bad argument."""
        match press.action:
            case Action.MOUNT:
                self._room.mount(press.argument, press.value)
            case Action.OVERRIDE:
                self._tell("overridden", self.panel.override(press.argument))
            case Action.ACKNOWLEDGE:
                self._holds.acknowledge(self._now_ns)
                self._watch(self._holds.faults(self._now_ns))
                for line in self.panel.acknowledge():
                    self._tell("interlock", line)
            case Action.APPROVE:
                self._holds.approve(self._now_ns)
            case Action.OPEN_DOOR | Action.CLOSE_DOOR:
                self._room.door_open = press.action is Action.OPEN_DOOR

    def _watch(self, conditions: dict[str, str]) -> None:
        """Raise and clear interlocks by the detail of each condition; empty: it is not there."""
        for name, detail in conditions.items():
            if line := self.panel.watch(name, detail):
                self._tell("interlock", line)

    def _tell(self, kind: str, text: str, tick: int | None = None) -> None:
        self._events.append(Event(self.tick if tick is None else tick, kind, text))
