"""One measurement as a device's protocol gives it, before anybody has judged it."""

from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple

from linacsim.model.time import NS_PER_MS, NS_PER_S


class Mark(IntFlag):
    """What a device, or the kind of its wire, says of a sample."""

    NONE = 0
    REPEAT = 1
    """The device repeats its last value."""
    DEGRADED = 2
    """Usable with reduced quality."""
    MISSING = 4
    """The device does not see what it measures, or does not vouch for the value."""
    OUT_OF_VOLUME = 8
    SELF_TEST = 16
    """The device's self-test failed."""
    BOOT = 32
    """Sent after a restart, before the host has taken note of it."""
    SIMULATED = 64
    """From a stub, not from hardware."""
    UNPROTECTED = 128
    """From a source without checksum, such as bare CSV lines."""


class RawSample(NamedTuple):
    """What a driver hands to its guard."""

    position_cm: tuple[float, float, float]
    """In the room; NaN where there is none."""
    measured_ns: int | None = None
    """When it was true, by the device's clock in host time; None: the device does not tell."""
    number: int | None = None
    """Frame number or unwrapped device time, whatever orders samples; None: by `measured_ns`."""
    marks: Mark = Mark.NONE
    error_cm: float = 0.0
    """How badly the markers fit, as the device says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source of samples must keep to (research/hil-protocols.md, section 8.2)."""

    period_ns: int
    """Between two samples, as the device is set."""
    stride: float = 1.0
    """By how much `number` grows between two samples; 0: it may skip, as when polled."""
    least_age_ns: int = 100 * NS_PER_MS
    lost_ns: int = 3 * NS_PER_S
    good_samples: int = 10
    """This many good samples in a row, ..."""
    good_span_ns: int = 200 * NS_PER_MS
    """... spanning at least this time, make a source live."""
    recoveries_per_minute: int = 5
    """By itself; more is a fault."""
    speed_cm_per_s: float = 10.0
    """Faster is a spike."""
    outlier_floor_cm: float = 0.1
    """Deviations smaller than this are never outliers, however quiet the signal."""
    fit_error_cm: float = 0.05
    frozen_samples: int = 10
    """This many samples equal to the last bit are frozen; 0: not judged (coarse sensors)."""
    noise_floor_cm: float = 1e-4
    """All within this for a second is frozen; 0: not judged."""
    jitter_ns: int = 20 * NS_PER_MS
    future_ns: int = 5 * NS_PER_MS
    allowed: Mark = Mark.NONE
    """Which of SIMULATED and UNPROTECTED may release the beam all the same."""

    @property
    def age_limit_ns(self) -> int:
        """Older than this, the newest sample says nothing about now."""
        return max(self.least_age_ns, 3 * self.period_ns)
