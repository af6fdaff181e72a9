"""The `$` settings of the controller, with the numbers that gate what it does."""

from collections.abc import Mapping

from linacsim.stubs.grbl.words import AXES

REPORT_MASK, JUNCTION, INCHES = 10, 11, 13
SOFT_LIMITS, HARD_LIMITS, HOMING = 20, 21, 22
HOMING_FEED, HOMING_SEEK, PULL_OFF = 24, 25, 27
STEPS, RATE, ACCELERATION, TRAVEL = 100, 110, 120, 130

DEFAULTS: Mapping[int, float] = {
    0: 10, 1: 255, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0,
    REPORT_MASK: 3, JUNCTION: 0.010, 12: 0.002, INCHES: 0,
    SOFT_LIMITS: 1, HARD_LIMITS: 1, HOMING: 1,
    23: 0, HOMING_FEED: 100.0, HOMING_SEEK: 1500.0, 26: 250, PULL_OFF: 1.0,
    30: 1000, 31: 0, 32: 0,
    **{STEPS + k: 400.0 for k in range(3)},
    **{RATE + k: 6000.0 for k in range(3)},
    **{ACCELERATION + k: 1000.0 for k in range(3)},
    **{TRAVEL + k: 100.0 for k in range(3)},
}  # fmt: skip
"""Of a small belt-driven slide: 100 mm of travel, 100 mm/s, 1 m/s²."""
ABOVE_ZERO = frozenset(
    (HOMING_FEED, HOMING_SEEK, *(a + k for a in (STEPS, RATE, ACCELERATION) for k in range(3)))
)
"""The firmware takes 0 and then never gets anywhere; nobody is served by a stand-in that does."""
_DECIMAL = frozenset({JUNCTION, 12, HOMING_FEED, HOMING_SEEK, PULL_OFF})


def listed(settings: Mapping[int, float]) -> list[str]:
    """Return the lines of `$$`."""
    return [f"${number}={_shown(number, value)}" for number, value in sorted(settings.items())]


def of_axes(settings: Mapping[int, float], first: int) -> tuple[float, ...]:
    """Return a setting for each axis."""
    return tuple(settings[first + k] for k in range(len(AXES)))


def _shown(number: int, value: float) -> str:
    return f"{value:.3f}" if number >= STEPS or number in _DECIMAL else f"{value:g}"
