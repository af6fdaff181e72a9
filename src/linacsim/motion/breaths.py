"""What is remembered of the breaths so far: running means, and whether each was regular."""

import math

from linacsim.motion.turns import EXHALE, INHALE, Turn

MEMORY = 4
"""Breaths over which means run."""
BREATHS_NEEDED = 4
"""Regular breaths before quality is given (manual, "Activating the Gating Hardware")."""
PENALTY = 2
"""Regular breaths that one irregular breath undoes."""
PERIOD_SLACK = 0.35
"""Share of the mean period by which a regular breath may be longer or shorter."""
ODD_BREATHS = 3
"""Breaths in a row that must be too short or too long before the mean period follows them."""
DEPTH_SLACK = 0.5
"""Share of the mean depth by which a regular breath may end higher or lower."""


class Breaths:
    """Running means of inhale, exhale and period, and the count of regular breaths."""

    def __init__(self) -> None:
        """Begin without any breath."""
        self.peaks = 0
        self.period_s = self.inhale_s = self.exhale_s = math.nan
        self.last_inhale_cm = self.last_exhale_cm = math.nan
        self.inhale_mean_cm = self.exhale_mean_cm = math.nan
        self.high_cm, self.low_cm = math.inf, -math.inf
        """Beyond these a sample is irregular at once."""
        self.due_s = math.inf
        """A breath that has not ended by then is irregular at once."""
        self._regular = 0
        self._spoiled = False
        self._inhale_time = self._exhale_time = math.nan
        self._exhales = 0
        self._odd = 0

    @property
    def established(self) -> bool:
        """Whether enough regular breaths were seen, and none irregular since."""
        return self._regular >= BREATHS_NEEDED and not self._spoiled

    def spoil(self) -> None:
        """Call the breath under way irregular, however it ends."""
        self._spoiled = True

    def end_inhale(self, turn: Turn) -> None:
        """Take in the end of an inhale, which is where one breath ends and the next begins."""
        self.peaks += 1
        share = 1 / min(self.peaks, MEMORY)
        last, self._inhale_time = self._inhale_time, turn.time_s
        self._judge_level(turn.value_cm - self.inhale_mean_cm)
        if not math.isnan(last):
            self._end_breath(turn.time_s - last)
        else:
            self._regular = 1
        self.last_inhale_cm = turn.value_cm
        self.inhale_mean_cm = _mean(self.inhale_mean_cm, turn.value_cm, share)
        self.inhale_s = _mean(self.inhale_s, turn.time_s - self._exhale_time, share)
        self._set_limits()

    def end_exhale(self, turn: Turn) -> None:
        """Take in the end of an exhale."""
        self._exhales += 1
        share = 1 / min(self._exhales, MEMORY)
        self._exhale_time = turn.time_s
        self._judge_level(turn.value_cm - self.exhale_mean_cm)
        self.last_exhale_cm = turn.value_cm
        self.exhale_mean_cm = _mean(self.exhale_mean_cm, turn.value_cm, share)
        self.exhale_s = _mean(self.exhale_s, turn.time_s - self._inhale_time, share)
        self._set_limits()

    def adjust_period(self, seconds: float, share: float) -> None:
        """Move the mean period a share towards a cycle measured between like crossings."""
        if abs(seconds - self.period_s) < 0.5 * self.period_s:
            self.period_s += share * (seconds - self.period_s)

    def _end_breath(self, seconds: float) -> None:
        mean = self.period_s
        if math.isnan(mean):
            self.period_s = seconds
        else:
            odd = abs(seconds - mean) > PERIOD_SLACK * mean
            self._odd = self._odd + 1 if odd else 0
            self._spoiled |= odd
            if not 0 < self._odd < ODD_BREATHS:
                share = 1 / min(self.peaks - 1, MEMORY)
                self.period_s += share * (min(max(seconds, 0.5 * mean), 2 * mean) - mean)
        if self._spoiled:
            self._regular = max(0, self._regular - PENALTY)
        else:
            self._regular = min(BREATHS_NEEDED, self._regular + 1)
        self._spoiled = False

    def _judge_level(self, deviation_cm: float) -> None:
        depth = self.inhale_mean_cm - self.exhale_mean_cm
        if abs(deviation_cm) > DEPTH_SLACK * depth:
            self._spoiled = True

    def _set_limits(self) -> None:
        slack = DEPTH_SLACK * (self.inhale_mean_cm - self.exhale_mean_cm)
        if not math.isnan(slack):
            self.high_cm = self.inhale_mean_cm + slack
            self.low_cm = self.exhale_mean_cm - slack
        if not math.isnan(self.period_s):
            self.due_s = self._inhale_time + (1 + PERIOD_SLACK) * self.period_s


def _mean(mean: float, value: float, share: float) -> float:
    if math.isnan(mean):
        return value
    return mean if math.isnan(value) else mean + share * (value - mean)


TURNS = {INHALE: Breaths.end_inhale, EXHALE: Breaths.end_exhale}
"""What to do at each kind of turning point."""
