"""What is behind the protocol of a box: something that measures, or watches lines."""

from typing import NamedTuple, Protocol, runtime_checkable

from linacsim.devices.llp.messages import Body, Channel, Flag, NakCode


class RefusedSetting(Exception):
    """A setting is not taken; `code` says why."""

    def __init__(self, code: NakCode) -> None:
        """Take the code to answer with."""
        super().__init__(code.name)
        self.code = code


class Reading(NamedTuple):
    """Something to send that was true at a time."""

    time_ns: int
    body: Body
    flags: Flag
    device_time: bool = True
    """False: stamped as the reading before it."""


class Instrument(Protocol):
    """The part of a box that is not protocol."""

    kind: str
    """As HELO says it: `marker`, `gate`."""
    channels: tuple[Channel, ...]

    @property
    def rate_hz(self) -> float:
        """How often it measures."""
        ...

    def configure(self, key: str, value: str, now_ns: int) -> str:
        """Change a setting; return the value taken. Raises RefusedSetting."""
        ...

    def run(self, now_ns: int, *, on: bool) -> None:
        """Begin or end to measure."""
        ...

    def next_ns(self) -> int | None:
        """Return when it has something to tell next."""
        ...

    def due(self, now_ns: int) -> list[Reading]:
        """Return what is to be told by now, in order."""
        ...


@runtime_checkable
class Mover(Protocol):
    """An instrument that moves something as well."""

    def obey(self, command: Body, now_ns: int, at_ns: int) -> int | None:
        """Carry out MOV, JOG, HOM, or TRJ for the time `at_ns`; return the code of NAK if not."""
        ...

    def halt(self, now_ns: int) -> None:
        """Stop all motion: told to, or the host is silent."""
        ...

    def restart(self, now_ns: int) -> None:
        """Stop, and know no origin any more."""
        ...
