"""The phase of breathing: a clock that runs with the mean period and is set right by events."""

import math

from linacsim.motion.turns import EXHALE, FALL, INHALE, RISE, Turn

TURN_OF_PHASE = 2 * math.pi
MEMORY = 8
"""Breaths over which the phases of events are learned: full inhale is vague where it rests."""
TRUST = {INHALE: 0.6, FALL: 0.3, EXHALE: 0.1, RISE: 0.3}
"""Share of its phase error that the clock takes over at each event, before that is learned.

Crossings are sharp but move with the baseline; full exhale is mostly flat and its time vague.
"""
TRUST_IN_ALL = 1.6
"""What the shares of the four events add up to once it is learned how far each can be relied on."""
MOST_TRUST = 0.8
LEARN_TRUST = 0.2
"""Share of a new error in what is known of an event's errors."""
USUAL_ERROR = 0.2
LEAST_ERROR = 0.02
"""Radians: what an event of share 0.3 is taken to err by at first, and the least for any event."""
LOCK = 3.0
"""Share per cycle of the lag seen by the learned shape that the clock takes over."""
LARGEST_LAG = 1.0
"""Radians; a larger lag is a disturbance, not a lag."""
SURE = 2.0
"""Standard errors beyond which full inhale is not where breathing in and out would put it."""
LARGEST_SHARE = 0.5
"""Share of the lag that one sample after a gap may take over."""


class PhaseClock:
    """Phase in radians, NaN until one whole breath was seen."""

    def __init__(self) -> None:
        """Begin without phase."""
        self.phase = math.nan
        self.full_inhale = 0.0
        """The phase of full inhale: 0, the mean of where it was seen, unless that is too vague."""
        self._expected = {INHALE: 0.0, FALL: math.nan, EXHALE: math.nan, RISE: math.nan}
        self._seen = {INHALE: math.nan, FALL: math.nan, EXHALE: math.nan, RISE: math.nan}
        self._breaths = 0
        self._errors = {kind: USUAL_ERROR**2 * 0.3 / share for kind, share in TRUST.items()}
        """Mean squares of the errors of each kind of event."""

    def run(self, cycles: float) -> None:
        """Let the clock run for a number of cycles."""
        self.phase = (self.phase + TURN_OF_PHASE * cycles) % TURN_OF_PHASE

    def pull(self, lag: float, cycles: float) -> None:
        """Take over a share of the lag that the shape saw in one sample."""
        if not -LARGEST_LAG < lag < LARGEST_LAG:
            lag = math.copysign(LARGEST_LAG, lag)
        share = LOCK * cycles
        if share > LARGEST_SHARE:
            share = LARGEST_SHARE
        self.phase = (self.phase + share * lag) % TURN_OF_PHASE

    def meet(self, turn: Turn, now_s: float, period_s: float) -> float:
        """Set the clock by an event; return the time since the last one of its kind, or NaN."""
        kind = turn.kind
        last, self._seen[kind] = self._seen[kind], turn.time_s
        since = turn.time_s - last
        if kind == INHALE and not math.isnan(last):
            self._end_breath(last, since)
        expected = self._expected[kind]
        if math.isnan(period_s) or math.isnan(expected):
            return since
        heard = expected + TURN_OF_PHASE * (now_s - turn.time_s) / period_s
        if math.isnan(self.phase):
            self.phase = heard % TURN_OF_PHASE
        else:
            early = math.remainder(heard - self.phase, TURN_OF_PHASE)
            self.phase = (self.phase + self._trust(kind) * early) % TURN_OF_PHASE
            self._errors[kind] += LEARN_TRUST * (early * early - self._errors[kind])
        if kind == INHALE:
            self._place_full_inhale()
        return since

    def _place_full_inhale(self) -> None:
        """Take the middle of the two crossings for full inhale as far as it may well be there.

        Who rests in inhale is seen at full inhale anywhere in that rest; its mean over a few
        breaths is off, and all other events with it, as their phases are counted from it. How far
        it is from the middle counts by what exceeds twice its standard error.
        """
        off = 0.5 * (self._expected[FALL] + self._expected[RISE]) - math.pi
        if not abs(off) > 0:
            return
        breaths = self._breaths if self._breaths < MEMORY else 2 * MEMORY - 1
        doubt = SURE * SURE * self._errors[INHALE] / (breaths * off * off)
        self.full_inhale = off * min(1.0, doubt)

    def _trust(self, kind: int) -> float:
        """Return the share of an error to take over: the surer an event was, the more."""
        weights = {one: 1 / (square + LEAST_ERROR**2) for one, square in self._errors.items()}
        return min(MOST_TRUST, TRUST_IN_ALL * weights[kind] / sum(weights.values()))

    def _end_breath(self, began_s: float, lasted_s: float) -> None:
        self._breaths += 1
        share = 1 / min(self._breaths, MEMORY)
        for kind in (FALL, EXHALE, RISE):
            met = TURN_OF_PHASE * (self._seen[kind] - began_s) / lasted_s
            if 0 < met < TURN_OF_PHASE:
                mean = self._expected[kind]
                self._expected[kind] = met if math.isnan(mean) else mean + share * (met - mean)
