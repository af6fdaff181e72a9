"""The gating motion model: amplitude, phase, period and quality of periodic motion.

The manual ("The Gating Motion Model") names the quantities and leaves the method to a product;
this one is made of published parts. Method, allowances and restrictions:
docs/explanation/gating-model.md.
"""

import math

from linacsim.model.motion import Vector
from linacsim.model.samples import MotionState, PositionSample
from linacsim.model.time import NS_PER_S
from linacsim.motion.breaths import TURNS, Breaths
from linacsim.motion.directions import Z_AXIS, unit
from linacsim.motion.pattern import Pattern
from linacsim.motion.phase_clock import TURN_OF_PHASE, PhaseClock
from linacsim.motion.turns import FALL, INHALE, RISE, Turn, TurnDetector

LONGEST_GAP_S = 1.0
"""After a longer time without valid sample the model begins anew."""
CROSSING_SHARE = 0.15
"""Share of a cycle measured between crossings in the mean period."""

_DEG_PER_RAD = 180 / math.pi


class GatingModel:
    """Follows breathing along one direction of the model system, sample by sample.

    Samples must come in order of time; one that is not newer than the last changes nothing.
    """

    def __init__(self, direction: Vector | None = None, horizon_s: float = 0.0) -> None:
        """Take the direction of inhale and how far ahead passed-on positions are predicted.

        Args:
            direction: of amplitude, in the model system; None is its Z axis. Turn it round where
                inhale makes the surrogate move the other way.
            horizon_s: passed-on positions are those expected this long after the sample.
        """
        self._x, self._y, self._z = unit(direction or Z_AXIS)
        self._horizon_s = horizon_s
        self._time_s = 0.0
        self._last = _NOTHING
        self._begin(0.0, 0.0)

    def update(self, sample: PositionSample) -> MotionState:
        """Return the state after a sample.

        An invalid or non-finite sample gives a state that is not valid, with quality 0.
        """
        amplitude = self._x * sample.x_cm + self._y * sample.y_cm + self._z * sample.z_cm
        if not (sample.valid and math.isfinite(amplitude)):
            return _invalid(self._last, sample)
        time_s = sample.measured_ns / NS_PER_S
        passed_s = time_s - self._time_s
        if not self._last.valid or passed_s > LONGEST_GAP_S:
            self._begin(time_s, amplitude)
        elif passed_s <= 0:
            return self._last
        else:
            self._follow(time_s, amplitude, passed_s)
        self._time_s = time_s
        self._last = state = self._state(sample, amplitude)
        return state

    def predict(self, horizon_s: float) -> tuple[float, float, float]:
        """Return amplitude in cm, rate in cm/s and phase in deg expected after the last sample.

        Before one whole breath was seen the motion is expected to stay where it is.
        """
        period_s = self._breaths.period_s
        phase = self._clock.phase
        if math.isnan(phase):
            return self._last.amplitude_cm, 0.0, math.nan
        phase = (phase + TURN_OF_PHASE * horizon_s / period_s) % TURN_OF_PHASE
        position, slope = self._pattern.at(phase)
        return position, slope * TURN_OF_PHASE / period_s, self._told_deg(phase)

    def _told_deg(self, phase: float) -> float:
        return (phase - self._clock.full_inhale) % TURN_OF_PHASE * _DEG_PER_RAD

    def _begin(self, time_s: float, amplitude: float) -> None:
        self._turns = TurnDetector(time_s, amplitude)
        self._breaths = Breaths()
        self._clock = PhaseClock()
        self._pattern = Pattern()

    def _follow(self, time_s: float, amplitude: float, passed_s: float) -> None:
        clock, breaths = self._clock, self._breaths
        running = clock.phase == clock.phase
        cycles = passed_s / breaths.period_s
        if running:
            clock.run(cycles)
        turn = self._turns.update(time_s, amplitude)
        if turn is not None:
            self._meet(turn, time_s)
        if not breaths.low_cm <= amplitude <= breaths.high_cm or time_s > breaths.due_s:
            breaths.spoil()
        if running:
            clock.pull(self._pattern.learn(clock.phase, amplitude, cycles), cycles)

    def _meet(self, turn: Turn, now_s: float) -> None:
        breaths, clock = self._breaths, self._clock
        kind = turn.kind
        if kind in TURNS:
            TURNS[kind](breaths, turn)
        since_s = clock.meet(turn, now_s, breaths.period_s)
        if kind in (FALL, RISE):
            breaths.adjust_period(since_s, CROSSING_SHARE)
        if kind == INHALE and breaths.peaks == 2:
            depth = breaths.inhale_mean_cm - breaths.exhale_mean_cm
            self._pattern.begin(breaths.exhale_mean_cm + 0.5 * depth, 0.5 * depth)

    def _state(self, sample: PositionSample, amplitude: float) -> MotionState:
        breaths = self._breaths
        phase = self._clock.phase
        if phase == phase:
            passed, rate, _ = self.predict(self._horizon_s)
        else:
            passed, rate = amplitude, 0.0
        moved = passed - amplitude
        return MotionState(
            sample.measured_ns,
            amplitude,
            rate,
            self._told_deg(phase),
            self._pattern.quality() if breaths.established else 0.0,
            breaths.period_s,
            breaths.last_inhale_cm,
            breaths.last_exhale_cm,
            breaths.inhale_mean_cm,
            breaths.exhale_mean_cm,
            breaths.peaks,
            sample.x_cm + moved * self._x,
            sample.y_cm + moved * self._y,
            sample.z_cm + moved * self._z,
            passed,
            breaths.inhale_s,
            breaths.exhale_s,
        )


def _invalid(last: MotionState, sample: PositionSample) -> MotionState:
    return last._replace(
        measured_ns=sample.measured_ns,
        amplitude_cm=math.nan,
        rate_cm_per_s=math.nan,
        phase_deg=math.nan,
        quality=0.0,
        x_cm=math.nan,
        y_cm=math.nan,
        z_cm=math.nan,
        passed_cm=math.nan,
        valid=False,
    )


_NOTHING = MotionState(0, *(math.nan,) * 3, 0.0, *(math.nan,) * 5, 0, *(math.nan,) * 4, valid=False)
"""Before the first valid sample."""
