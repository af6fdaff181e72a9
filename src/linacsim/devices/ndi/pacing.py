"""When to ask a camera for its newest frame: as soon as that can be there.

A camera keeps no older frames, so whoever asks late may lose one, and whoever asks too early gets
what is known already. Nothing tells when the next frame is there but the replies themselves.
"""

from linacsim.model.time import NS_PER_S

PART = 8
"""A frame that is not there yet is asked for again after this part of a period; until one is not,
each is asked for by as much earlier than the one before."""
FINE_PART = 256
"""By so much earlier once it is known from when on frames are there: a question in vain costs the
time of its reply, and 100 ppm of a camera's clock are a hundredth of this."""
PATIENCE = 4
"""After so many replies without a new frame none is expected: it is asked for at leisure."""


class Pacing:
    """Times of questions, which creep towards the moment from which a new frame is there.

    They follow a plan of their own, not the times at which questions were asked in fact: one that
    was late does not make the next ones late.
    """

    def __init__(self, rate_hz: int, now_ns: int) -> None:
        """Plan the first question for now."""
        self._period_ns = NS_PER_S // rate_hz
        self._due_ns, self._earlier_ns, self._known = self._first(now_ns)

    def next_ns(self, *, new: bool, now_ns: int) -> int:
        """Return when to ask next, after a reply with a `new` frame or with a known one."""
        if new:
            self._known = 0
            self._due_ns += self._period_ns - self._earlier_ns
        else:
            self._known += 1
            self._due_ns += self._period_ns // (PART if self._known < PATIENCE else 2)
            if self._known == 1:  # the one before was new, so this is the moment
                self._earlier_ns = self._period_ns // FINE_PART
        if self._due_ns < now_ns - self._period_ns:
            self._due_ns, self._earlier_ns, self._known = self._first(now_ns)
        return max(self._due_ns, now_ns)

    def _first(self, now_ns: int) -> tuple[int, int, int]:
        return now_ns, self._period_ns // PART, PATIENCE
