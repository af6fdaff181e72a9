"""Breathing as patients do it: no breath like the last, drift, coughs, breath-hold.

Each breath runs from full inhale to full inhale with its own period, depth and exhale level; the
halves are those of cos^2n, so that position and speed are continuous. Variations are seeded and
drawn breath by breath, so that the motion depends on seed and time alone.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S, to_ns
from linacsim.motion.breath_rows import BreathRows
from linacsim.motion.source import Point, positive
from linacsim.motion.waveforms import NO_TILT, UP, Breathing, breath_shape, checked_power


@dataclass(frozen=True, slots=True)
class Cough:
    """A short burst on top of breathing."""

    at_s: float
    height_cm: float = 0.8
    decay_s: float = 0.35
    swings_per_s: float = 2.5


@dataclass(frozen=True, slots=True)
class BreathHold:
    """The patient is asked to hold at full inhale: the next one at or after `asked_s`."""

    asked_s: float
    duration_s: float
    travel_cm: float | None = None
    """Depth of the breath that is held, from the mean exhale level; None: as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPattern:
    """How a patient breathes. Shares are standard deviations over means.

    The defaults describe an unremarkable patient; they are assumed, not published.
    """

    period_s: float = 4.0
    period_share: float = 0.10
    travel_cm: float = 1.0
    travel_share: float = 0.15
    exhale_deviation_cm: float = 0.05
    """Standard deviation of the exhale level."""
    exhale_memory: float = 0.8
    """Correlation of the exhale level from breath to breath, 0 up to 1."""
    drift_cm_per_min: float = 0.0
    power: int = 2
    coughs: tuple[Cough, ...] = ()
    holds: tuple[BreathHold, ...] = ()
    direction: Point = UP
    origin_cm: Point = (0.0, 0.0, 0.0)
    tilt_deg_per_cm: Point = NO_TILT
    """Turning about X, Y, Z with displacement."""

    def __post_init__(self) -> None:
        """Refuse what cannot be; InputError names the number."""
        positive("period_s", self.period_s)
        positive("travel_cm", self.travel_cm)
        for name in ("period_share", "travel_share", "exhale_deviation_cm"):
            positive(name, getattr(self, name), zero=True)
        if not 0 <= self.exhale_memory < 1:
            raise InputError(f"exhale_memory must be from 0 to below 1, not {self.exhale_memory:g}")
        for hold in self.holds:
            positive("duration_s of a breath-hold", hold.duration_s)
        for cough in self.coughs:
            positive("decay_s of a cough", cough.decay_s)


class PatientLike(Breathing):
    """Breathing with variations."""

    def __init__(self, pattern: PatientPattern, rng: np.random.Generator) -> None:
        """Take one seed from `rng`; all variations come from that."""
        super().__init__(pattern.direction, pattern.origin_cm, pattern.tilt_deg_per_cm)
        self._pattern = pattern
        self._power = checked_power(pattern.power)
        self._rows = BreathRows(
            np.random.default_rng(int(rng.integers(2**63))),
            to_ns(pattern.period_s),
            pattern.period_share,
            pattern.travel_cm,
            pattern.travel_share,
            pattern.exhale_deviation_cm,
            pattern.exhale_memory,
        )
        self._hold_from, self._held = self._place_holds()

    def phase_deg(self, times_ns: Ints) -> Floats:
        """Return (n,) true phase; it stands at 0 during a breath-hold."""
        _, share = self._rows.find(self._breathing_time(times_ns))
        return np.asarray(360.0 * share)

    def displacement_cm(self, times_ns: Ints) -> Floats:
        """Return (n,) displacement."""
        breath, share = self._rows.find(self._breathing_time(times_ns))
        inhale, exhale = self._rows.inhale_cm, self._rows.exhale_cm
        peak = np.where(share < 0.5, inhale[breath], inhale[breath + 1])
        shape = breath_shape(2.0 * np.pi * share, self._power)
        low = exhale[breath]
        seconds = np.maximum(times_ns, 0) / NS_PER_S
        drift = self._pattern.drift_cm_per_min / 60.0 * seconds
        return np.asarray(low + (peak - low) * shape + drift + self._coughs(seconds))

    def _coughs(self, seconds: Floats) -> Floats:
        total = np.zeros_like(seconds)
        for cough in self._pattern.coughs:
            since = np.maximum(seconds - cough.at_s, 0.0)
            swing = np.sin(2.0 * np.pi * cough.swings_per_s * since)
            total += cough.height_cm * np.exp(-since / cough.decay_s) * swing
        return total

    def _place_holds(self) -> tuple[Ints, Ints]:
        """Return when each hold begins and how long all before and with it last, in ns.

        A hold begins at the first full inhale at or after it is asked for.
        """
        begins: list[int] = []
        held = [0]
        for hold in sorted(self._pattern.holds, key=lambda item: item.asked_s):
            asked = to_ns(hold.asked_s)
            if begins and asked < begins[-1] + held[-1] - held[-2]:
                raise InputError(f"breath-hold at {hold.asked_s:g} s begins within the one before")
            breath = self._rows.next_inhale(max(asked - held[-1], 0))
            if hold.travel_cm is not None:
                self._rows.set_inhale(breath, positive("travel_cm", hold.travel_cm))
            begins.append(self._rows.begin(breath) + held[-1])
            held.append(held[-1] + to_ns(hold.duration_s))
        return np.array(begins, dtype=np.int64), np.array(held, dtype=np.int64)

    def _breathing_time(self, times_ns: Ints) -> Ints:
        """Return (n,) time spent breathing: it stands still during a hold."""
        times = np.maximum(times_ns, 0)
        hold = np.searchsorted(self._hold_from, times, side="right")
        free = times - self._held[hold]
        if not len(self._hold_from):
            return free
        last = np.maximum(hold - 1, 0)
        at_hold = self._hold_from[last] - self._held[last]
        return np.where(hold > 0, np.maximum(free, at_hold), free)
