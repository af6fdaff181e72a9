"""A stub whose answers go wrong on their way: late, damaged, lost, drowned in noise."""

from collections import deque

from linacsim.devices.peer import Peer
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Faults, Kind

NOISE_PERIOD_NS = 5 * NS_PER_MS
"""Noise comes in lumps this far apart."""


class FaultyPeer:
    """A `Peer` around a stub that answers; the stub itself knows nothing of these faults."""

    def __init__(self, stub: Peer, faults: Faults) -> None:
        """Take the stub and what is to go wrong."""
        self._stub = stub
        self._faults = faults
        self._now_ns = 0
        self._noisy_ns = 0
        self._delayed: deque[tuple[int, bytes]] = deque()
        self._out = b""

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes, unless the stub is silent."""
        self._now_ns = now_ns
        if self._faults.on(Kind.SILENT, now_ns) is None:
            self._stub.receive(data, now_ns)
        self._pass_on()

    def wake(self, now_ns: int) -> None:
        """Let what is delayed go, and make noise."""
        self._now_ns = now_ns
        self._stub.wake(now_ns)
        self._pass_on()
        while self._delayed and self._delayed[0][0] <= now_ns:
            self._out += self._delayed.popleft()[1]
        self._make_noise()

    def next_ns(self) -> int | None:
        """Return when something is due next."""
        due = [self._stub.next_ns(), self._noise_due_ns()]
        if self._delayed:
            due.append(self._delayed[0][0])
        return min((time_ns for time_ns in due if time_ns is not None), default=None)

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def _pass_on(self) -> None:
        """Do to the stub's bytes what the faults of this moment do."""
        data, now_ns, faults = self._stub.take(), self._now_ns, self._faults
        if not data or faults.on(Kind.SILENT, now_ns) or faults.struck(Kind.DROP, now_ns):
            return
        if faults.struck(Kind.CRC, now_ns):
            place = faults.random.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :]
        delay_ms = faults.value(Kind.LATE, now_ns) or 0.0
        most_ms = faults.value(Kind.JITTER, now_ns)
        delay_ms += faults.random.uniform(0.0, most_ms) if most_ms else 0.0
        if delay_ms or self._delayed:
            last_ns = self._delayed[-1][0] if self._delayed else 0
            due_ns = now_ns + round(delay_ms * NS_PER_MS)
            self._delayed.append((max(due_ns, last_ns), data))
        else:
            self._out += data

    def _noise_per_s(self, now_ns: int) -> float:
        noise = self._faults.value(Kind.NOISE, now_ns) or 0.0
        return noise + (self._faults.value(Kind.BABBLE, now_ns) or 0.0)

    def _noise_due_ns(self) -> int | None:
        """Return when noise is due; a fault to come is looked for as often as noise comes."""
        wanted = self._faults.has(Kind.NOISE) or self._faults.has(Kind.BABBLE)
        return self._noisy_ns + NOISE_PERIOD_NS if wanted else None

    def _make_noise(self) -> None:
        passed_ns = self._now_ns - self._noisy_ns
        if passed_ns < NOISE_PERIOD_NS:
            return
        self._noisy_ns = self._now_ns
        count = round(self._noise_per_s(self._now_ns) * passed_ns / NS_PER_S)
        self._out += self._faults.random.randbytes(count)
