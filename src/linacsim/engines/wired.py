"""Drivers and stubs joined by simulated wires, in simulated time.

The same driver and the same stub that talk over a real port when live exchange the same bytes
here, each byte as late as the wire makes it. So a fault of the wire or the device has the same
result headless as live, without a clock and without waiting.
"""

from collections import deque

from linacsim.devices.peer import Driver, Health, Peer
from linacsim.engines.simulated import Simulated
from linacsim.model.messages import Message
from linacsim.model.time import NS_PER_S
from linacsim.stubs.plug import Plug

BITS_PER_BYTE = 10
"""8N1: a start and a stop bit besides the eight."""
PTY_LATENCY_NS = 300_000
"""Each way, besides the time that the bits take (research/libraries.md section 3)."""


class _Lane:
    """One direction of a wire: bytes one after the other, each lot arriving when its last does."""

    def __init__(self, baud: int, latency_ns: int) -> None:
        self._byte_ns = BITS_PER_BYTE * NS_PER_S // baud
        self._latency_ns = latency_ns
        self._free_ns = 0
        self._lots: deque[tuple[int, bytes]] = deque()

    def send(self, data: bytes, now_ns: int) -> None:
        self._free_ns = max(self._free_ns, now_ns) + len(data) * self._byte_ns
        self._lots.append((self._free_ns + self._latency_ns, data))

    def arrived(self, now_ns: int) -> bytes:
        lots = []
        while self._lots and self._lots[0][0] <= now_ns:
            lots.append(self._lots.popleft()[1])
        return b"".join(lots)

    def next_ns(self) -> int | None:
        return self._lots[0][0] if self._lots else None

    def drop(self) -> None:
        self._lots.clear()


class SimulatedWire(Simulated):
    """A driver, a stub and what lies between them."""

    def __init__(
        self,
        driver: Driver,
        stub: Peer,
        *,
        baud: int = 115_200,
        latency_ns: int = PTY_LATENCY_NS,
        plug: Plug | None = None,
    ) -> None:
        """Join them; the wire is opened at the first `advance`, if it is plugged in."""
        super().__init__()
        self.driver = driver
        self.stub = stub
        self._plug = plug or Plug()
        self._to_host = _Lane(baud, latency_ns)
        self._to_stub = _Lane(baud, latency_ns)
        self._open = False

    def messages(self) -> tuple[Message, ...]:
        """Return and forget what the driver has for the machine."""
        return self.driver.messages()

    def health(self) -> Health:
        """Return how the driver's device stands."""
        return self.driver.health()

    def _due(self) -> tuple[int | None, ...]:
        peers = (self.driver.next_ns(), self.stub.next_ns(), self._plug.next_ns())
        return (self._to_host.next_ns(), self._to_stub.next_ns(), *peers)

    def _happen(self, now_ns: int) -> None:
        self._look_at_plug(now_ns)
        if data := self._to_stub.arrived(now_ns):
            self.stub.receive(data, now_ns)
        if data := self._to_host.arrived(now_ns):
            self.driver.receive(data, now_ns)
        for peer in (self.stub, self.driver):
            due_ns = peer.next_ns()
            if due_ns is not None and due_ns <= now_ns:
                peer.wake(now_ns)
        self._carry(self.stub.take(), self._to_host)
        self._carry(self.driver.take(), self._to_stub)

    def _look_at_plug(self, now_ns: int) -> None:
        plugged = self._plug.is_in(now_ns)
        if plugged and not self._open:
            self.driver.opened(now_ns)
        elif self._open and not plugged:
            self._to_host.drop()
            self._to_stub.drop()
            self.driver.closed(now_ns, "unplugged")
        self._open = plugged

    def _carry(self, data: bytes, lane: _Lane) -> None:
        if data and self._open:
            lane.send(data, self._at_ns)
