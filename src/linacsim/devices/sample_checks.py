"""Checks of samples one after the other: order, stillness, jumps, spread of delays.

Each is a small filter with constant memory; none knows of states or reactions.
"""

import math
from collections import deque
from statistics import median

from linacsim.devices.catalogue import Condition
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.model.time import NS_PER_S

Position = tuple[float, float, float]

RESTART_NS = NS_PER_S
"""A number that falls back by more than this much time is no late sample but a restart."""
_RESIDUALS = 31
_ENOUGH_RESIDUALS = 15
_DEVIATIONS = 6.0
_DELAYS = 64
_STEPS_OF = 256
_FEW_PLACES = 10


class Order:
    """Whether samples come one after the other."""

    def __init__(self, limits: Limits) -> None:
        """Start before the first sample."""
        self._stride = limits.stride
        self._period_ns = limits.period_ns
        self._last: int | None = None
        self.dropped = 0
        """How many samples were missing before the last one."""

    def reset(self) -> None:
        """Begin anew, as after a restart of the device."""
        self._last = None

    def judge(self, sample: RawSample) -> Condition | None:
        """Return what is wrong with the place of a sample among the others."""
        self.dropped = 0
        numbered = sample.number is not None
        number = sample.number if numbered else sample.measured_ns
        if number is None:
            return Condition.FROZEN_FRAME if sample.marks & Mark.REPEAT else None
        stride = self._stride if numbered else float(self._period_ns)
        last = self._last
        if last is None or number > last:
            self._last = number
            if sample.marks & Mark.REPEAT:
                return Condition.FROZEN_FRAME
            if last is not None and stride:
                self.dropped = max(0, round((number - last) / stride) - 1)
            return None
        if number == last:
            again = not stride or sample.marks & Mark.REPEAT
            return Condition.FROZEN_FRAME if again else Condition.DUPLICATE
        back_ns = (last - number) / (stride or 1.0) * self._period_ns
        return Condition.REBOOT if back_ns > RESTART_NS else Condition.OUT_OF_ORDER


class Stillness:
    """Since when a value has not moved as a living sensor's does."""

    def __init__(self, limits: Limits) -> None:
        """Start before the first sample."""
        self._same_needed = limits.frozen_samples
        self._floor_cm = limits.noise_floor_cm
        self._last: Position | None = None
        self._same = 0
        self._anchor: Position = (math.inf,) * 3
        self._anchor_ns = 0
        self._since_ns: int | None = None

    def frozen_ns(self, position: Position, measured_ns: int) -> int | None:
        """Return for how long the value has been frozen; None: it lives."""
        self._same = self._same + 1 if position == self._last else 1
        self._last = position
        if math.dist(position, self._anchor) > self._floor_cm:
            self._anchor, self._anchor_ns = position, measured_ns
        equal = self._same_needed and self._same >= self._same_needed
        still = self._floor_cm and measured_ns - self._anchor_ns >= NS_PER_S
        if not (equal or still):
            self._since_ns = None
            return None
        if self._since_ns is None:
            self._since_ns = measured_ns
        return measured_ns - self._since_ns


class Jumps:
    """Whether a position can follow from those before."""

    def __init__(self, limits: Limits) -> None:
        """Start before the first sample."""
        self._speed = limits.speed_cm_per_s / NS_PER_S
        self._floor_cm = limits.outlier_floor_cm
        self._period_ns = limits.period_ns
        self._accepted: deque[tuple[int, Position]] = deque(maxlen=2)
        self._residuals: deque[float] = deque(maxlen=_RESIDUALS)

    def too_far(self, position: Position, measured_ns: int) -> bool:
        """Return whether a position is a spike against those accepted before."""
        if not self._accepted:
            return False
        last_ns, last = self._accepted[-1]
        passed_ns = max(measured_ns - last_ns, 1)
        if math.dist(position, last) > self._speed * passed_ns:
            return True
        return self._outlier(position, passed_ns)

    def accept(self, position: Position, measured_ns: int) -> None:
        """Take a position as the next to compare with."""
        self._accepted.append((measured_ns, position))

    def _outlier(self, position: Position, passed_ns: int) -> bool:
        """Compare with the straight line through the last two."""
        if len(self._accepted) < 2 or passed_ns > 2.5 * self._period_ns:
            return False
        (before_ns, before), (last_ns, last) = self._accepted
        step = passed_ns / max(last_ns - before_ns, 1)
        expected = [b + (b - a) * step for a, b in zip(before, last, strict=True)]
        residual = math.dist(position, expected)
        if len(self._residuals) >= _ENOUGH_RESIDUALS:
            allowed = max(self._floor_cm, _DEVIATIONS * median(self._residuals))
            if residual > allowed * max(step, 1.0) ** 2:
                return True
        self._residuals.append(residual)
        return False


class GoodRun:
    """How many good samples have come in a row, and over what time."""

    def __init__(self, limits: Limits) -> None:
        """Start with none."""
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin to count anew."""
        self._count = 0
        self._first_ns = self._last_ns = 0

    def add(self, measured_ns: int) -> None:
        """Count a good sample; one that comes after too long a silence is the first of a run."""
        if not self._count or measured_ns - self._last_ns > self._limits.age_limit_ns:
            self._count, self._first_ns = 0, measured_ns
        self._count += 1
        self._last_ns = measured_ns

    @property
    def enough(self) -> bool:
        """Whether that makes a source live."""
        span_ns = self._last_ns - self._first_ns
        return self._count >= self._limits.good_samples and span_ns >= self._limits.good_span_ns


class Steps:
    """Whether a value that moves takes few places only: quantised, or of low resolution."""

    def __init__(self) -> None:
        """Start before the first sample."""
        self._places: set[Position] = set()
        self._counted = 0
        self.coarse = False

    def add(self, position: Position) -> bool:
        """Take a position; return whether the last full count found it coarse."""
        self._places.add(position)
        self._counted += 1
        if self._counted == _STEPS_OF:
            self.coarse = 1 < len(self._places) <= _FEW_PLACES
            self._places.clear()
            self._counted = 0
        return self.coarse


class Spread:
    """Difference between the longest and the shortest of the last delays."""

    def __init__(self, limits: Limits) -> None:
        """Start before the first sample."""
        self._period_ns = limits.period_ns
        self._delays_ns: deque[int] = deque(maxlen=_DELAYS)
        self._last_ns: int | None = None

    def add(self, sample: RawSample, now_ns: int) -> int:
        """Take a sample; return the spread in ns."""
        if sample.measured_ns is not None:
            self._delays_ns.append(now_ns - sample.measured_ns)
        elif self._last_ns is not None:
            self._delays_ns.append(now_ns - self._last_ns - self._period_ns)
        self._last_ns = now_ns
        if not self._delays_ns:
            return 0
        return max(self._delays_ns) - min(self._delays_ns)
