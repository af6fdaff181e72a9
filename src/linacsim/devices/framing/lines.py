"""Lines of text, ended by CR, LF or both."""

from linacsim.devices.framing.counters import Counters


class Blocks:
    """What stands between end marks of one byte; empty blocks are none."""

    def __init__(self, end: bytes, longest: int, counters: Counters) -> None:
        """Take the mark and the longest block; longer ones are dropped up to their end."""
        self._end = end
        self._longest = longest
        self._counters = counters
        self.reset()

    def reset(self) -> None:
        """Forget what is half received."""
        self._partial = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the blocks that are now whole."""
        *ended, rest = (self._partial + data).split(self._end)
        if self._skipping and ended:
            ended[0] = b""
            self._skipping = False
        whole = [block for block in ended if block]
        fitting = [block for block in whole if len(block) <= self._longest]
        self._counters.truncated += len(whole) - len(fitting)
        self._keep(rest)
        return fitting

    def _keep(self, rest: bytes) -> None:
        """Hold back what has no end yet, never more than the longest block."""
        if not self._skipping and len(rest) > self._longest:
            self._counters.truncated += 1
            self._skipping = True
        self._partial = b"" if self._skipping else rest


class LineFramer:
    """Lines as bytes, without their ends; empty lines are none, so that CR LF is one end."""

    def __init__(self, longest: int = 1024) -> None:
        """Take the longest line in bytes, its end not counted."""
        self.counters = Counters()
        self._blocks = Blocks(b"\n", longest, self.counters)

    def reset(self) -> None:
        """Forget what is half received."""
        self._blocks.reset()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are now whole."""
        lines = self._blocks.feed(data.replace(b"\r", b"\n"))
        self.counters.bytes += len(data)
        self.counters.frames += len(lines)
        return lines
