"""One end of a wire, without the wire: bytes in, bytes out, time told by the caller.

Drivers and stubs are both peers. A shell moves their bytes: a serial port or a socket when live,
`linacsim.engines.wired` in simulated time. Neither end can tell the difference, so what is tested
headless is what runs on real wires.
"""

from typing import NamedTuple, Protocol, runtime_checkable

from linacsim.model.messages import Message


class Peer(Protocol):
    """One end of a wire. Times are ns on one clock that never steps."""

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes that arrived; any chunking, any garbage, never an exception."""
        ...

    def wake(self, now_ns: int) -> None:
        """Do what is due by now; called at or after `next_ns`, and whenever the shell likes."""
        ...

    def next_ns(self) -> int | None:
        """Return when something is due next; None: only bytes can change anything."""
        ...

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        ...


class Health(NamedTuple):
    """How a device stands, for people and for the wait before beam-on."""

    live: bool
    """Whether what it says may contribute to releasing the beam."""
    text: str
    """One line: state, and what is wrong or awaited."""


class LineOrder(NamedTuple):
    """Something that only the line itself can do; on a line without it, it means nothing."""

    baud: int | None = None
    """Change to this rate, after what was sent before."""
    send_break: bool = False


@runtime_checkable
class OrdersLine(Protocol):
    """A driver whose device is reached at one rate and used at another."""

    def orders(self) -> tuple[LineOrder, ...]:
        """Return and forget what the line must do, before the bytes of the next `take`."""
        ...


class Driver(Peer, Protocol):
    """The host's end: turns bytes into messages for the machine."""

    def opened(self, now_ns: int) -> None:
        """Start afresh on a wire that was just opened or opened again."""
        ...

    def closed(self, now_ns: int, reason: str) -> None:
        """Note that the wire is gone: unplugged, refused, at its end."""
        ...

    def leave(self, now_ns: int) -> None:
        """Prepare the last words: what leaves the device safe when the run is over."""
        ...

    def messages(self) -> tuple[Message, ...]:
        """Return and forget the messages for the machine, in order."""
        ...

    def health(self) -> Health:
        """Return how the device stands now."""
        ...
