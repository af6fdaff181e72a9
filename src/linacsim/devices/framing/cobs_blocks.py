"""Blocks coded by Consistent Overhead Byte Stuffing, each ended by a zero byte.

The code itself is that of the package `cobs` (extra `devices`).
"""

from cobs import cobs

from linacsim.devices.framing.counters import Counters
from linacsim.devices.framing.lines import Blocks

END = b"\0"


class CobsFramer:
    """The decoded content of blocks."""

    def __init__(self, longest: int = 256) -> None:
        """Take the longest block in coded bytes, its end not counted."""
        self.counters = Counters()
        self._blocks = Blocks(END, longest, self.counters)

    def reset(self) -> None:
        """Forget what is half received."""
        self._blocks.reset()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the content of the blocks that are now whole."""
        contents = []
        for block in self._blocks.feed(data):
            try:
                contents.append(cobs.decode(block))
            except cobs.DecodeError:
                self.counters.undecodable += 1
        self.counters.bytes += len(data)
        self.counters.frames += len(contents)
        return contents


def cobs_block(content: bytes) -> bytes:
    """Return content as it goes over the wire."""
    coded: bytes = cobs.encode(content)
    return coded + END
