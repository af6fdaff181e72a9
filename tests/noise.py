"""A wire on which nothing but noise comes."""

import random

from linacsim.model.time import NS_PER_MS, NS_PER_S

EVERY_NS = 10 * NS_PER_MS


class Noise:
    """A `Peer` that sends random bytes, the same in every run, and hears nothing."""

    def __init__(self, bytes_per_s: int) -> None:
        self._size = bytes_per_s * EVERY_NS // NS_PER_S
        self._random = random.Random(1)
        self._next_ns = 0
        self._out = b""

    def receive(self, data: bytes, now_ns: int) -> None: ...

    def wake(self, now_ns: int) -> None:
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + EVERY_NS
            self._out += self._random.randbytes(self._size)

    def next_ns(self) -> int:
        return self._next_ns

    def take(self) -> bytes:
        out, self._out = self._out, b""
        return out
