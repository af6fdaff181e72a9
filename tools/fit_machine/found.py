"""What a fit says about one number of a machine file."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from linacsim.model.arrays import Floats


@dataclass(frozen=True, slots=True)
class Found:
    """A number that the logs tell."""

    section: str
    key: str
    value: float
    error: float
    """Half width of the interval that holds the number with 95 % confidence."""
    observations: int
    logs: int
    """How many of the logs tell it."""
    how: str
    """What was observed, in a few words."""

    @property
    def dotted(self) -> str:
        """Return section and key as one."""
        return f"{self.section}.{self.key}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A number that the logs cannot tell; the base machine's stays."""

    section: str
    key: str
    why: str

    @property
    def dotted(self) -> str:
        """Return section and key as one."""
        return f"{self.section}.{self.key}"


Answer = Found | Kept


@dataclass(frozen=True, slots=True)
class Observation:
    """One estimate of a number from one place of one log."""

    value: float
    sigma: float
    """Standard error that rounding of the log leaves."""
    log: int
    time_s: float
    column: int
    alone: bool = False
    """Nothing but the axis itself can have limited it here."""


def events(observations: Iterable[Observation], apart_s: float, *, by_column: bool) -> int:
    """Return how many of the observations are of their own, not the same moment seen again."""
    kept: list[Observation] = []
    for new in sorted(observations, key=lambda item: (item.log, item.time_s)):
        same = (
            old.log == new.log
            and abs(old.time_s - new.time_s) < apart_s
            and (not by_column or old.column == new.column)
            for old in kept
        )
        if not any(same):
            kept.append(new)
    return len(kept)


def confidence(values: Floats, sigma: float, independent: int) -> float:
    """Return the 95 % half width of the mean of values that scatter, plus what rounding leaves."""
    scatter = float(np.std(values)) if len(values) > 1 else 0.0
    return 2.0 * scatter / sqrt(max(independent, 1)) + sigma
