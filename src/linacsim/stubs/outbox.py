"""What a stub sends, and what happens to it on the way: late, lost, twice, damaged."""

from collections import deque

from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Faults, Kind

_NOISE_EVERY_NS = 10 * NS_PER_MS
_NOISY = (Kind.NOISE, Kind.BABBLE)


class Outbox:
    """Frames in the order in which they leave; a serial line keeps that order whatever it does."""

    noise_bytes = 1 << 16
    """Noise comes in pieces of at most this many bytes."""

    def __init__(self, faults: Faults) -> None:
        """Take the faults to commit."""
        self._faults = faults
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._overtaken: list[bytes] = []
        self._noise_ns = 0

    def put(self, data: bytes, now_ns: int, *, sample: bool = False) -> None:
        """Send a frame."""
        faults = self._faults
        if faults.struck(Kind.DROP, now_ns):
            return
        if faults.struck(Kind.CRC, now_ns):
            data = self.damaged(data)
        if faults.struck(Kind.TRUNCATE, now_ns):
            data = data[: len(data) // 2]
        frames = [data, data] if faults.struck(Kind.DUPLICATE, now_ns) else [data]
        if sample and not self._overtaken and faults.struck(Kind.REORDER, now_ns):
            self._overtaken = frames
            return
        frames, self._overtaken = frames + self._overtaken, []
        due_ns = now_ns + round(NS_PER_MS * self._delay_ms(now_ns))
        if self._waiting:
            due_ns = max(due_ns, self._waiting[-1][0])
        self._waiting.extend((due_ns, frame) for frame in frames)

    def wake(self, now_ns: int) -> None:
        """Make the noise that is due."""
        rates = [self._faults.value(kind, now_ns) for kind in _NOISY]
        rate = sum(r for r in rates if r is not None)
        if not rate:
            self._noise_ns = now_ns
        elif now_ns - self._noise_ns >= _NOISE_EVERY_NS:
            n = int(rate * min(now_ns - self._noise_ns, 10 * _NOISE_EVERY_NS) / NS_PER_S)
            for size in range(n, 0, -self.noise_bytes):
                piece = self._faults.random.randbytes(min(size, self.noise_bytes))
                self._waiting.append((now_ns, piece))
            self._noise_ns = now_ns

    def next_ns(self, now_ns: int) -> int | None:
        """Return when something leaves, or noise is to be made."""
        times = [self._faults.edge_ns(now_ns, *_NOISY)]
        if self._waiting:
            times.append(self._waiting[0][0])
        if any(self._faults.on(kind, now_ns) for kind in _NOISY):
            times.append(self._noise_ns + _NOISE_EVERY_NS)
        return min((time_ns for time_ns in times if time_ns is not None), default=None)

    def take(self, now_ns: int) -> list[bytes]:
        """Return and forget the frames that have left by now."""
        gone = []
        while self._waiting and self._waiting[0][0] <= now_ns:
            gone.append(self._waiting.popleft()[1])
        if self._faults.on(Kind.SILENT, now_ns):
            return []
        if self._faults.on(Kind.BAUD, now_ns):
            return [self._faults.random.randbytes(len(data)) for data in gone]
        return gone

    def clear(self) -> None:
        """Forget what has not left, as a device that restarts does."""
        self._waiting.clear()
        self._overtaken = []

    def _delay_ms(self, now_ns: int) -> float:
        jitter_ms = self._faults.value(Kind.JITTER, now_ns)
        chance_ms = self._faults.random.uniform(0.0, jitter_ms) if jitter_ms else 0.0
        return (self._faults.value(Kind.LATE, now_ns) or 0.0) + chance_ms

    def damaged(self, data: bytes) -> bytes:
        """Return a frame with one byte changed, its start and end left alone."""
        if len(data) < 3:
            return data
        place = self._faults.random.randrange(1, len(data) - 1)
        other = self._faults.random.randrange(1, 256)
        return data[:place] + bytes([data[place] ^ other]) + data[place + 1 :]
