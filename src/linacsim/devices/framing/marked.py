"""Frames that begin with a mark and end with another, such as `@...` up to a line feed.

A start mark always begins a frame: whatever was damaged before it costs no more than itself.
"""

from linacsim.devices.framing.counters import Counters


class MarkedFramer:
    """What stands between a start mark and an end mark, without a CR before the end."""

    def __init__(self, start: bytes, end: bytes, longest: int, shortest: int = 0) -> None:
        """Take the marks, one byte each, and the longest and shortest frame between them."""
        self.counters = Counters()
        self._start, self._end = start, end
        self._longest, self._shortest = longest, shortest
        self.reset()

    def reset(self) -> None:
        """Forget what is half received."""
        self._partial = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that are now whole."""
        *ended, rest = (self._partial + data).split(self._end)
        frames = []
        wrong = 0
        for piece in ended:
            before, mark, frame = piece.rpartition(self._start)
            if not mark:
                continue
            wrong += before.count(self._start)
            if self._shortest <= len(frame) <= self._longest:
                frames.append(frame.removesuffix(b"\r"))
            else:
                wrong += 1
        wrong += self._keep(rest)
        counters = self.counters
        counters.bytes += len(data)
        counters.frames += len(frames)
        counters.truncated += wrong
        return frames

    def _keep(self, rest: bytes) -> int:
        """Hold back what has no end yet; return how many frames broke off in it."""
        before, mark, frame = rest.rpartition(self._start)
        wrong = before.count(self._start)
        if mark and len(frame) > self._longest:
            wrong, mark = wrong + 1, b""
        self._partial = mark + frame if mark else b""
        return wrong
