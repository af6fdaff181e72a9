"""A stub whose answers go wrong on their way: late, damaged, lost, drowned in noise."""

from linacsim.devices.peer import Peer
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.outbox import Outbox


class FaultyPeer:
    """A `Peer` around a stub that answers; the stub itself knows nothing of these faults."""

    def __init__(self, stub: Peer, faults: Faults) -> None:
        """Take the stub and what is to go wrong."""
        self._stub = stub
        self._faults = faults
        self._out = Outbox(faults)
        self._now_ns = 0

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes, unless the stub is silent."""
        if self._faults.on(Kind.SILENT, now_ns) is None:
            self._stub.receive(data, now_ns)
        self._pass_on(now_ns)

    def wake(self, now_ns: int) -> None:
        """Do what is due, and make noise."""
        self._stub.wake(now_ns)
        self._pass_on(now_ns)
        self._out.wake(now_ns)

    def next_ns(self) -> int | None:
        """Return when something is due next."""
        due = (self._stub.next_ns(), self._out.next_ns(self._now_ns))
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        return b"".join(self._out.take(self._now_ns))

    def _pass_on(self, now_ns: int) -> None:
        self._now_ns = now_ns
        if data := self._stub.take():
            self._out.put(data, now_ns)
