"""Motion samples for a headless run: known ahead, so that many ticks can run at once.

A sensor that sees couch or gantry move cannot be known ahead of them. Its samples are handed over
as far as the machine has got, and blocks of ticks end before the first that is not known
(docs/decisions/0005-sensors-see-the-room.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linacsim.model.arrays import Floats
from linacsim.model.messages import Samples
from linacsim.model.samples import PositionSample
from linacsim.model.signals import Frames, State
from linacsim.model.time import NS_PER_S, TICK_NS

CHUNK_NS = 10 * NS_PER_S
"""How much is handed over at once; it changes nothing but the size of blocks."""
AHEAD_NS = 6 * NS_PER_S
"""How much is known at least: more than a block lasts, so that none ends for want of samples."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What binds a sensor to the machine that it sees."""

    begin: Callable[[], None]
    """Told when a run begins."""
    note: Callable[[int, Floats], None]
    """Told where all axes stood at the end of ticks: number of the first, (n, n_axes)."""
    unknown_ns: Callable[[int], int]
    """When the first sample measured after a time is received."""
    moves_in: frozenset[State]
    """States in which what the sensor sees of the machine may move."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A sensor that looks at something moving."""

    source: str
    """Tracking source it stands for, such as `NDI`."""
    received: Callable[[int, int], Sequence[PositionSample]]
    """Samples received after one time and up to another, in order."""
    sight: Sight | None = None
    """None: what the machine does changes nothing of what the sensor sees."""


class Feeder:
    """Hands over the samples of all feeds, chunk by chunk; also a sink of frames, for sight."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        """Start at time zero."""
        self._feeds = tuple(feeds)
        self._sights = tuple(feed.sight for feed in feeds if feed.sight is not None)
        for sight in self._sights:
            sight.begin()
        self._state = State.IDLE
        self.known_ns = 0 if feeds else 1 << 62
        """Up to when samples have been handed over."""

    def due(self, now_ns: int) -> tuple[Samples, ...]:
        """Return what must be known before the tick that starts now."""
        if now_ns + AHEAD_NS < self.known_ns:
            return ()
        after_ns = self.known_ns
        self.known_ns = max(after_ns, self._known_next(now_ns))
        messages = (
            Samples(feed.source, tuple(feed.received(after_ns, self.known_ns)))
            for feed in self._feeds
        )
        return tuple(message for message in messages if message.samples)

    def write(self, frames: Frames) -> None:
        """See where the machine has got."""
        self._state = State(int(frames.state[-1]))
        for sight in self._sights:
            sight.note(int(frames.tick[0]), frames.actual)

    def close(self, *, truncated: bool = False) -> None:
        """End; nothing waits."""

    def _known_next(self, now_ns: int) -> int:
        """Return up to when samples can be handed over: the end of a tick.

        Where the machine may move, the coming tick is known, since it begins where the last ended.
        """
        known_ns = self.known_ns + CHUNK_NS
        for sight in self._sights:
            if self._state in sight.moves_in:
                first_ns = sight.unknown_ns(now_ns + TICK_NS)
                known_ns = min(known_ns, (first_ns - 1) // TICK_NS * TICK_NS)
        return known_ns
