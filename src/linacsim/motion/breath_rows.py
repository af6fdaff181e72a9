"""Breaths drawn one after the other, as many as were asked for so far."""

import numpy as np

from linacsim.model.arrays import Floats, Ints

_BATCH = 256
_LEAST_SHARE = 0.4
"""No breath is shorter or shallower than this share of the mean."""


class BreathRows:
    """Begin, inhale level and exhale level of each breath.

    Breath k runs from inhale k to inhale k + 1 through exhale k. More are drawn as later times are
    asked for; which they are depends on their number alone, since they are drawn in order.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        period_ns: int,
        period_share: float,
        travel_cm: float,
        travel_share: float,
        exhale_deviation_cm: float,
        exhale_memory: float,
    ) -> None:
        """Draw the first batch; `rng` belongs to these breaths alone."""
        self._rng = rng
        self._period_ns, self._period_share = period_ns, period_share
        self._travel, self._travel_share = travel_cm, travel_share
        self._deviation, self._memory = exhale_deviation_cm, exhale_memory
        self._begin: Ints = np.zeros(1, dtype=np.int64)
        self._level = 0.0
        self.inhale_cm: Floats = np.empty(0)
        """Inhale level at the begin of each breath, one more than breaths with an end."""
        self.exhale_cm: Floats = np.empty(0)
        self._draw()

    def find(self, times_ns: Ints) -> tuple[Ints, Floats]:
        """Return the breath at each time and the share of it that has passed, 0 up to 1."""
        while len(times_ns) and int(times_ns.max()) >= self._begin[-2]:
            self._draw()
        breath = np.searchsorted(self._begin, times_ns, side="right") - 1
        begin = self._begin[breath]
        return breath, (times_ns - begin) / (self._begin[breath + 1] - begin)

    def next_inhale(self, time_ns: int) -> int:
        """Return the number of the first breath that begins at or after a time."""
        self.find(np.array([time_ns], dtype=np.int64))
        return int(np.searchsorted(self._begin, time_ns, side="left"))

    def begin(self, breath: int) -> int:
        """Return when a breath begins."""
        return int(self._begin[breath])

    def set_inhale(self, breath: int, travel_cm: float) -> None:
        """Let a breath begin at this height above the mean exhale level."""
        self.inhale_cm[breath] = travel_cm

    def _draw(self) -> None:
        draws = self._rng.standard_normal((_BATCH, 3))
        period = self._period_ns * np.maximum(1.0 + self._period_share * draws[:, 0], _LEAST_SHARE)
        travel = self._travel * np.maximum(1.0 + self._travel_share * draws[:, 1], _LEAST_SHARE)
        exhale = self._exhales(draws[:, 2])
        ends = self._begin[-1] + np.cumsum(np.rint(period).astype(np.int64))
        self._begin = np.concatenate((self._begin, ends))
        self.exhale_cm = np.concatenate((self.exhale_cm, exhale))
        self.inhale_cm = np.concatenate((self.inhale_cm, exhale + travel))

    def _exhales(self, draws: Floats) -> Floats:
        """Return exhale levels that remember the one before."""
        fresh = np.sqrt(1.0 - self._memory**2) * self._deviation
        levels = np.empty(len(draws))
        for index, draw in enumerate(draws.tolist()):
            self._level = self._memory * self._level + fresh * draw
            levels[index] = self._level
        return levels
