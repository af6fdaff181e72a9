"""Whether a source moves as its reference does: scale and sign (rows 14 and 15)."""

from collections import deque
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.model.arrays import Floats
from linacsim.model.time import NS_PER_MS, NS_PER_S

EVERY_NS = 100 * NS_PER_MS
WINDOW_NS = 10 * NS_PER_S
LEAST_SPAN_NS = 6 * NS_PER_S
"""A breath and a half: within less, a drift looks like another scale."""
LEAST_TRAVEL_CM = 0.5
"""Of the reference; less says nothing about scale and sign."""
LEAST_CORRELATION = 0.5
SCALES = (0.8, 1.25)


class Likeness(Enum):
    """What is known of two motions."""

    UNKNOWN = auto()
    """Nothing yet."""
    AT_REST = auto()
    """The reference has not moved for a whole window: scale and sign do not matter."""
    ALIKE = auto()
    UNLIKE = auto()


class Verdict(NamedTuple):
    """What pairs say, and in what they are unlike."""

    likeness: Likeness
    condition: Condition | None = None
    detail: str = ""


UNKNOWN, AT_REST = Verdict(Likeness.UNKNOWN), Verdict(Likeness.AT_REST)


class Pairs:
    """Pairs of places seen at the same times."""

    def __init__(self) -> None:
        """Start with none."""
        self._pairs: deque[tuple[int, Floats, Floats]] = deque()

    def reset(self) -> None:
        """Forget all pairs."""
        self._pairs.clear()

    def add(self, time_ns: int, place_cm: Floats, reference_cm: Floats) -> bool:
        """Take a pair of (n_axes,) places, later than all before; False: it came too soon."""
        if self._pairs and time_ns - self._pairs[-1][0] < EVERY_NS:
            return False
        self._pairs.append((time_ns, place_cm, reference_cm))
        while time_ns - self._pairs[0][0] > WINDOW_NS:
            self._pairs.popleft()
        return True

    def judge(self) -> Verdict:
        """Return what the pairs say."""
        span_ns = self._pairs[-1][0] - self._pairs[0][0] if self._pairs else 0
        if span_ns < LEAST_SPAN_NS:
            return UNKNOWN
        times = np.array([time_ns for time_ns, _, _ in self._pairs], dtype=np.float64)
        ours = _about_line(times, [place for _, place, _ in self._pairs])
        theirs = _about_line(times, [reference for _, _, reference in self._pairs])
        if np.linalg.norm(np.ptp(theirs, axis=0)) < LEAST_TRAVEL_CM:
            return AT_REST if span_ns > WINDOW_NS - EVERY_NS else UNKNOWN
        return _compared(ours, theirs)


def _compared(ours: Floats, theirs: Floats) -> Verdict:
    common, own = float((ours * theirs).sum()), float((ours**2).sum())
    asked = float((theirs**2).sum())
    correlation = common / (own * asked) ** 0.5 if own else 0.0
    if correlation < LEAST_CORRELATION:
        return Verdict(Likeness.UNLIKE, Condition.SIGN, f"correlation {correlation:.2f}")
    scale = common / asked
    if not SCALES[0] <= scale <= SCALES[1]:
        return Verdict(Likeness.UNLIKE, Condition.SCALE, f"{scale:.2f} times the reference")
    return Verdict(Likeness.ALIKE)


def _about_line(times: Floats, places: list[Floats]) -> Floats:
    """Return (n, n_axes) places without what drifts evenly in time."""
    stack = np.array(places) - np.mean(places, axis=0)
    about = times - times.mean()
    return np.asarray(stack - np.outer(about, about @ stack / (about @ about)))
