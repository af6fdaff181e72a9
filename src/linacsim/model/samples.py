"""Positions measured from outside, and what a motion model makes of them.

Coordinates are those of the fixed room system: origin at the isocentre, Z up, Y along the axis of
gantry rotation (manual, "The Fixed Room coordinate system"); the model system is pinned to the
couch top.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PositionSample:
    """One measurement of a surrogate or target."""

    measured_ns: int
    """When the position was true."""
    received_ns: int
    """When it reached the machine; never before `measured_ns`."""
    x_cm: float
    y_cm: float
    z_cm: float
    valid: bool = True
    """Whether the sensor vouches for it."""


@dataclass(frozen=True, slots=True)
class MotionState:
    """What a motion model says after a sample."""

    measured_ns: int
    amplitude_cm: float
    """Displacement along the amplitude direction."""
    rate_cm_per_s: float
    phase_deg: float
    """0 to 360; NaN where the model has no phase."""
    quality: float
    """0 to 1: how periodic the motion is; 0 until it is established."""
    period_s: float
    """Running mean; NaN until known."""
    last_inhale_cm: float
    last_exhale_cm: float
    inhale_mean_cm: float
    exhale_mean_cm: float
    peaks: int
    """Inhale peaks detected so far."""
    x_cm: float
    y_cm: float
    z_cm: float
    """Position as the model passes it on."""
