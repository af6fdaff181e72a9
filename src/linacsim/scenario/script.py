"""The operator's script: steps done one after another."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.operator import DefaultOperator, FieldOperator
from linacsim.model.beam import Beam
from linacsim.model.elekta import Field as Prescribed
from linacsim.model.messages import Action, Load, Message, Operator, Prescribe
from linacsim.scenario.triggers import Timed
from linacsim.scenario.words import GroupName, InterlockName, SingleAxisName, Strict, Text


class Default(Timed):
    """The usual way: load, prepare, go to, MV READY pressed and held, beam on."""

    do: Literal["default"]
    go_to: bool = True
    """Whether Go To is pressed; without it the axes stay where they stand."""


class LoadBeam(Timed):
    """The beam of the scenario is loaded."""

    do: Literal["load"]


class Press(Timed):
    """A button that needs no further word, or the door."""

    do: Literal[
        "unload",
        "prepare",
        "mv_ready_press",
        "mv_ready_release",
        "mv_beam_on",
        "kv_beam_on",
        "beam_off",
        "terminate",
        "acknowledge",
        "approve",
        "open_door",
        "close_door",
        "dry_run",
    ]

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action(self.do))


class GoTo(Timed):
    """Axes are sent to their initial positions."""

    do: Literal["go_to"]
    group: GroupName = "all"

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.GO_TO, self.group)


class Override(Timed):
    """An interlock is overridden; this needs Service rights."""

    do: Literal["override"]
    interlock: InterlockName

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.OVERRIDE, self.interlock)


class Displacement(Strict):
    """How far an axis goes, in the unit of that axis."""

    by_deg: float | None = None
    by_cm: float | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.by_deg is None) == (self.by_cm is None):
            raise ValueError("give by_deg for a rotation or by_cm for another axis")
        return self

    def checked(self, axis: str) -> float:
        """Return the distance after checking its unit for that axis."""
        rotation = axis.endswith(("Rtn", "Pit", "Rol"))
        distance = self.by_deg if rotation else self.by_cm
        if distance is None:
            raise ValueError(f"{axis} is in {'deg' if rotation else 'cm'}")
        return distance


class Move(Timed, Displacement):
    """An axis is moved from the pendant."""

    do: Literal["move"]
    axis: SingleAxisName

    @model_validator(mode="after")
    def _unit(self) -> Self:
        self.checked(self.axis)
        return self

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.MOVE, self.axis, self.checked(self.axis))


class Mount(Timed):
    """An accessory is mounted; code 0 takes off what is there."""

    do: Literal["mount"]
    slot: Annotated[int, Field(ge=1, le=4)]
    code: Annotated[int, Field(ge=0)]

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.MOUNT, str(self.slot), float(self.code))


class MountAccessory(Timed):
    """An applicator, tray or other accessory of an Elekta machine is mounted or taken off."""

    do: Literal["mount_accessory"]
    accessory: Text
    """As the plan names it: `applicator A10`, `block TRAY1`."""
    mounted: bool = True

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.MOUNT, self.accessory, float(self.mounted))


class PartialBeam(Timed):
    """The rest of a beam is asked for, which a TrueBeam refuses."""

    do: Literal["partial_beam"]
    last_mu: Annotated[float, Field(gt=0)]

    def message(self) -> Message:
        """Return the message to the machine."""
        return Operator(Action.PARTIAL_BEAM, value=self.last_mu)


Step = Annotated[
    Default | LoadBeam | Press | GoTo | Override | Move | Mount | MountAccessory | PartialBeam,
    Field(discriminator="do"),
]


class ScriptedOperator:
    """Does the steps of a script one after another; each waits for its own time first."""

    def __init__(self, steps: Sequence[Step], beam: Beam, field: Prescribed | None = None) -> None:
        """Take the script and what it loads: `field` where the machine delivers fields."""
        self.steps = steps
        self._beam = beam
        self._field = field
        self.done = 0
        """Steps done."""

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        self.done = 0
        for step in self.steps:
            yield from step.awaited(agenda)
            if isinstance(step, Default):
                yield from self._usual(step)(agenda)
            elif isinstance(step, LoadBeam):
                agenda.post(Load(self._beam) if self._field is None else Prescribe(self._field))
            else:
                agenda.post(step.message())
            self.done += 1

    def _usual(self, step: Default) -> DefaultOperator | FieldOperator:
        if self._field is not None:
            return FieldOperator(self._field, set_up=step.go_to)
        return DefaultOperator(self._beam, go_to=step.go_to)
