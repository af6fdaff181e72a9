"""Motion samples for a headless run: known ahead, so that many ticks can run at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linacsim.model.messages import Samples
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_S

CHUNK_NS = 10 * NS_PER_S
"""How much is handed over at once; it changes nothing but the size of blocks."""
AHEAD_NS = 6 * NS_PER_S
"""How much is known at least: more than a block lasts, so that none ends for want of samples."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A sensor that looks at something moving."""

    source: str
    """Tracking source it stands for, such as `NDI`."""
    received: Callable[[int, int], Sequence[PositionSample]]
    """Samples received after one time and up to another, in order."""


class Feeder:
    """Hands over the samples of all feeds, chunk by chunk."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        """Start at time zero."""
        self._feeds = tuple(feeds)
        self.known_ns = 0 if feeds else 1 << 62
        """Up to when samples have been handed over."""

    def due(self, now_ns: int) -> tuple[Samples, ...]:
        """Return what must be known before the tick that starts now."""
        if now_ns + AHEAD_NS < self.known_ns:
            return ()
        after, self.known_ns = self.known_ns, self.known_ns + CHUNK_NS
        return tuple(
            Samples(feed.source, tuple(feed.received(after, self.known_ns))) for feed in self._feeds
        )
