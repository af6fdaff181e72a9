"""Faults that a scenario injects, at times or when the machine comes to something."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from linacsim.engines.agenda import Agenda, Steps
from linacsim.model.axes import XML_NAMES
from linacsim.model.messages import Fault, FaultKind
from linacsim.model.time import to_ns
from linacsim.plant.fields import WEDGE
from linacsim.scenario.script import Displacement
from linacsim.scenario.triggers import Timed
from linacsim.scenario.words import Fraction, Seconds, Strict

_AXIS_NAME = (
    r"^(GantryRtn|CollRtn|Couch(Vrt|Lat|Lng|Rtn|Pit|Rol)|X1|X2|Y1|Y2"
    r"|carriage [AB]|leaf [AB][1-9][0-9]?)$"
)


def _axis(name: str) -> str:
    if re.fullmatch(_AXIS_NAME, name):
        return name
    raise ValueError(
        f"no axis {name!r}: use one of {', '.join(XML_NAMES)}, carriage A, leaf B17 and so on"
    )


AxisName = Annotated[
    str, AfterValidator(_axis), WithJsonSchema({"type": "string", "pattern": _AXIS_NAME})
]
"""A single axis, a carriage or a leaf."""


class StuckAxis(Strict):
    """The axis no longer responds."""

    axis: AxisName


class SlowAxis(Strict):
    """The axis reaches only a part of the speed commanded."""

    axis: AxisName
    fraction: Fraction


class PushedAxis(Displacement):
    """The axis is displaced from outside."""

    axis: AxisName

    @model_validator(mode="after")
    def _unit(self) -> Self:
        self.checked(self.axis)
        return self


class DoseRate(Strict):
    """The beam gives only a part of the dose asked for."""

    fraction: Fraction


class DoseChannel(Strict):
    """A dose channel of an Elekta machine reads only a part of the dose given."""

    channel: Annotated[int, Field(ge=1, le=2)]
    fraction: Fraction


class Wedge(Strict):
    """The motorised wedge of an Elekta machine stays where it is."""

    stuck: Literal[True] = True


class BeamHoldDevice(Strict):
    """A beam-hold device changes its readiness; `for_s` has no meaning for it."""

    id: Annotated[int, Field(ge=0, le=15)]
    ready: bool


class KvCollimation(Strict):
    """kV blades or filters do not match the beam."""

    mismatch: Literal[True] = True


class Trouble(Timed):
    """One fault: its time, what it is, and for how long."""

    axis_stuck: StuckAxis | None = None
    axis_slow: SlowAxis | None = None
    axis_pushed: PushedAxis | None = None
    dose_rate: DoseRate | None = None
    dose_channel: DoseChannel | None = None
    wedge: Wedge | None = None
    beam_hold_device: BeamHoldDevice | None = None
    kv_collimation: KvCollimation | None = None
    for_s: Seconds | None = None
    """The fault ends after this time; without it, it stays."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        kinds = {
            *("axis_stuck", "axis_slow", "axis_pushed"),
            *("dose_rate", "dose_channel", "wedge", "beam_hold_device", "kv_collimation"),
        }
        if len(kinds & self.model_fields_set) != 1:
            raise ValueError(f"give exactly one of {', '.join(sorted(kinds))}")
        if self.for_s is not None and self.beam_hold_device is not None:
            raise ValueError("a beam-hold device has no for_s: say when it changes again")
        return self

    @property
    def is_of_fields(self) -> bool:
        """Whether only machines that deliver prescribed fields can have it."""
        return self.dose_channel is not None or self.wedge is not None

    def fault(self) -> Fault:
        """Return the fault as it begins."""
        if self.axis_stuck is not None:
            return Fault(FaultKind.AXIS_STUCK, self.axis_stuck.axis)
        if self.axis_slow is not None:
            return Fault(FaultKind.AXIS_SLOW, self.axis_slow.axis, self.axis_slow.fraction)
        if self.axis_pushed is not None:
            push = self.axis_pushed
            return Fault(FaultKind.AXIS_PUSHED, push.axis, push.checked(push.axis))
        if self.dose_rate is not None:
            return Fault(FaultKind.DOSE_RATE, value=self.dose_rate.fraction)
        if self.dose_channel is not None:
            channel = self.dose_channel
            return Fault(FaultKind.DOSE_CHANNEL, str(channel.channel), channel.fraction)
        if self.wedge is not None:
            return Fault(FaultKind.AXIS_STUCK, WEDGE)
        if self.beam_hold_device is not None:
            device = self.beam_hold_device
            return Fault(FaultKind.BEAM_HOLD_READY, str(device.id), float(device.ready))
        return Fault(FaultKind.KV_COLLIMATION, value=1.0)


class Injector:
    """Makes one fault happen."""

    def __init__(self, trouble: Trouble) -> None:
        """Wait for the time of the fault."""
        self._trouble = trouble
        self.done = False
        """Whether it has begun."""

    def __call__(self, agenda: Agenda) -> Steps:
        """Run as an actor of the agenda."""
        self.done = False
        yield from self._trouble.awaited(agenda)
        fault = self._trouble.fault()
        agenda.post(fault)
        self.done = True
        if self._trouble.for_s is not None:
            yield agenda.wait(to_ns(self._trouble.for_s))
            agenda.post(Fault(fault.kind, fault.target, clear=True))
