"""Playing a course as jogs: a few steps ahead of time, so that the controller never runs dry.

A jog to each set-point is sent `depth` steps before it is due, with the feed that makes it last one
step. Where the course rests, nothing is sent and nothing may be sent ahead: a controller begins
whatever it is given at once.
"""

from typing import NamedTuple

import numpy as np

from linacsim.devices.stages.driver import StageSettings
from linacsim.devices.stages.limits import StageLimits
from linacsim.model.arrays import Floats
from linacsim.model.time import NS_PER_S

DECIMALS = 3
"""Of positions in jogs, mm."""
LEAST_FEED = 1.0
"""mm/min, the firmware's own."""
TRIM = 0.02
"""Share by which feed is raised for each block that waits too long in the planner."""
MOST_TRIM = 0.05


class Step(NamedTuple):
    """One jog."""

    target_mm: Floats
    feed_mm_per_min: float


class Stream:
    """What is to be jogged next, and when."""

    def __init__(
        self, settings: StageSettings, limits: StageLimits, depth: int, start_ns: int
    ) -> None:
        """Begin at a time, with the stage where its course is then."""
        self._settings = settings
        self._limits = limits
        self._depth = depth
        self._start_ns = self._free_ns = start_ns
        self._k = 0
        self._trim = 1.0
        self._at_mm = np.round(self._wanted(0), DECIMALS)

    @property
    def due_ns(self) -> int:
        """When the next step is to be looked at."""
        ahead_ns = self._time_ns(self._k - self._depth)
        return max(self._free_ns, ahead_ns)

    def next(self) -> Step | None:
        """Return the step that is due; None: nothing moves. Raises StageError beyond limits."""
        target = np.round(self._wanted(self._k + 1), DECIMALS)
        self._settings.check_step(self._at_mm, target, self._limits)
        distance = float(np.linalg.norm(target - self._at_mm))
        self._k += 1
        if distance == 0.0:
            self._free_ns = self._time_ns(self._k)
            return None
        self._at_mm = target
        feed = distance * NS_PER_S / self._settings.period_ns * 60.0 * self._trim
        return Step(target, max(LEAST_FEED, feed))

    def waiting(self, blocks: int) -> None:
        """Note how many steps wait in the planner: two clocks are never the same."""
        excess = TRIM * (blocks - self._depth)
        self._trim = 1.0 + min(MOST_TRIM, max(-MOST_TRIM, excess))

    def _time_ns(self, k: int) -> int:
        return self._start_ns + k * self._settings.period_ns

    def _wanted(self, k: int) -> Floats:
        return self._settings.wanted_mm(self._time_ns(k) + self._settings.shift_ns)
