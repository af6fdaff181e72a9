"""Turning points and mid-level crossings of a breathing signal, found as samples arrive.

A turning point counts once the signal has come back from it by a share of the recent range
(hysteresis), so that noise makes none; a crossing counts once between two turning points. Both are
timed between samples. Cycles bounded by crossings of a moving middle are those of Lu et al., Med
Phys 33 (2006) 3634-3636; the causal detector with hysteresis is ours.
"""

import math
from typing import NamedTuple

INHALE, FALL, EXHALE, RISE = range(4)
"""Full inhale, crossing on the way down, full exhale, crossing on the way up."""

HYSTERESIS = 0.3
"""Share of the recent range by which the signal must come back."""
LEAST_HYSTERESIS_CM = 0.1
"""Below this, motion is taken for noise; optical markers are seen to 0.01 or 0.02 cm."""
FORGET_S = 12.0
"""Time in which the recent range forgets a deep breath: two to four breaths."""


class Turn(NamedTuple):
    """One event of the cycle."""

    kind: int
    """`INHALE`, `FALL`, `EXHALE` or `RISE`."""
    time_s: float
    value_cm: float


class TurnDetector:
    """Finds the events of a signal whose samples come one by one in order of time."""

    def __init__(self, time_s: float, value_cm: float) -> None:
        """Begin with the first sample."""
        self._high = self._low = value_cm
        self._heading = 0
        """1 while rising, -1 while falling, 0 while not yet known."""
        self._time = self._top_time = self._before_time = self._after_time = time_s
        self._value = self._top = self._before = self._after = value_cm
        self._passed_top = False
        self._middle = math.nan
        self._turned_at = math.nan
        self._awaits_crossing = False

    def update(self, time_s: float, value_cm: float) -> Turn | None:
        """Return the event that this sample completes, if any; at most one."""
        forget = (time_s - self._time) / FORGET_S
        high, low = self._high, self._low
        self._high = high = value_cm if value_cm > high else high - forget * (high - value_cm)
        self._low = low = value_cm if value_cm < low else low + forget * (value_cm - low)
        back = HYSTERESIS * (high - low)
        if back < LEAST_HYSTERESIS_CM:
            back = LEAST_HYSTERESIS_CM
        turn = None
        ahead = self._heading * (value_cm - self._top)
        if ahead > 0:
            self._move_top(time_s, value_cm)
        elif self._heading == 0:
            self._choose_heading(time_s, value_cm, back)
        else:
            if not self._passed_top:
                self._passed_top = True
                self._after, self._after_time = value_cm, time_s
            if ahead < -back:
                turn = self._turn(time_s, value_cm)
        if turn is None and self._awaits_crossing:
            turn = self._crossing(time_s, value_cm)
        self._time, self._value = time_s, value_cm
        return turn

    def _choose_heading(self, time_s: float, value_cm: float, back: float) -> None:
        if value_cm - self._low > back:
            self._heading = 1
        elif self._high - value_cm > back:
            self._heading = -1
        self._move_top(time_s, value_cm)

    def _move_top(self, time_s: float, value_cm: float) -> None:
        self._top, self._top_time = value_cm, time_s
        self._before, self._before_time = self._value, self._time
        self._passed_top = False

    def _turn(self, time_s: float, value_cm: float) -> Turn:
        turn = Turn(INHALE if self._heading > 0 else EXHALE, self._turning_time(), self._top)
        self._middle = 0.5 * (self._top + self._turned_at)
        self._turned_at = self._top
        self._heading = -self._heading
        self._move_top(time_s, value_cm)
        self._awaits_crossing = self._heading * (value_cm - self._middle) < 0
        return turn

    def _turning_time(self) -> float:
        """Return where the slope is nil, from the slopes before and after the highest sample."""
        first, last = self._before_time, self._after_time
        if not first < self._top_time < last:
            return self._top_time
        rise = (self._top - self._before) / (self._top_time - first)
        fall = (self._after - self._top) / (last - self._top_time)
        if rise == fall:
            return self._top_time
        nil = 0.5 * (first + self._top_time) + 0.5 * (last - first) * rise / (rise - fall)
        return min(max(nil, first), last)

    def _crossing(self, time_s: float, value_cm: float) -> Turn | None:
        middle = self._middle
        if self._heading * (value_cm - middle) < 0:
            return None
        self._awaits_crossing = False
        share = (middle - self._value) / (value_cm - self._value)
        crossed = self._time + share * (time_s - self._time)
        return Turn(RISE if self._heading > 0 else FALL, crossed, middle)
