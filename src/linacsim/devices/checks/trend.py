"""Whether a level that ought to stay has stepped or drifted (rows 12 and 13)."""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.model.arrays import Floats


@dataclass(frozen=True, slots=True)
class TrendLimits:
    """How far a level may go from where it was learnt (research/hil-protocols.md 8.2)."""

    warn_cm: float = 0.2
    fault_cm: float = 0.5
    smooth: int = 1
    """The median of this many levels counts."""
    learn: int = 3
    """Levels whose median is the reference."""


class Shift(NamedTuple):
    """How far a level is from its reference."""

    condition: Condition
    """STEP where it went there at once, DRIFT where little by little."""
    cm: float


class Trend:
    """Levels, each a vector in cm, one after the other."""

    def __init__(self, limits: TrendLimits) -> None:
        """Know no reference yet."""
        self._limits = limits
        self.relearn()

    def relearn(self) -> None:
        """Forget the reference; what comes next becomes the new one."""
        self._learning: list[Floats] = []
        self._reference: Floats | None = None
        self._levels: deque[Floats] = deque(maxlen=self._limits.smooth)
        self._smooth: deque[Floats] = deque(maxlen=self._limits.smooth + 1)
        self._stepped = False

    @property
    def learnt(self) -> bool:
        """Whether there is a reference."""
        return self._reference is not None

    def add(self, level: Floats) -> Shift | None:
        """Take a level; return how far it has gone, None: nowhere to speak of."""
        if self._reference is None:
            self._learning.append(level)
            if len(self._learning) == self._limits.learn:
                self._reference = np.median(self._learning, axis=0)
            return None
        self._levels.append(level)
        now = np.median(self._levels, axis=0)
        self._smooth.append(now)
        moved_cm = float(np.linalg.norm(now - self._reference))
        if moved_cm <= self._limits.warn_cm:
            self._stepped = False
            return None
        self._stepped |= float(np.linalg.norm(now - self._smooth[0])) > self._limits.warn_cm
        return Shift(Condition.STEP if self._stepped else Condition.DRIFT, moved_cm)
