"""What a session has to tell whoever uses the device."""

from typing import NamedTuple

from linacsim.devices.catalogue import Condition
from linacsim.devices.llp import messages as m


class Incoming(NamedTuple):
    """A frame for whoever uses the device."""

    frame: m.Frame
    time_us: int
    """Device time, unwrapped."""
    arrived_ns: int


class Trouble(NamedTuple):
    """Something that keeps the device from being used."""

    condition: Condition
    text: str


class Known(NamedTuple):
    """The device is the right one."""

    helo: m.Helo


class Restarted(NamedTuple):
    """The device has begun anew."""

    text: str


class InStep(NamedTuple):
    """The device's clock can be told in host time, or no longer."""

    synced: bool
    text: str = ""


class Answered(NamedTuple):
    """An answer to a command that whoever uses the device has given itself."""

    answer: m.Ack | m.Nak


class Taken(NamedTuple):
    """A command of the set-up was carried out."""

    command: m.Body
    ack: m.Ack


Event = Incoming | Trouble | Known | Restarted | InStep | Answered | Taken
