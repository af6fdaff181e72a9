"""Positions measured from outside, and what a motion model makes of them.

Coordinates are those of the fixed room system: origin at the isocentre, Z up, Y along the axis of
gantry rotation (manual, "The Fixed Room coordinate system"); the model system is pinned to the
couch top.
"""

import math
from typing import NamedTuple

CouchPosition = tuple[float, float, float, float, float, float]
"""Couch vrt, lat, lng in cm, rtn, pit, rol in deg (Varian internal scale)."""


class PositionSample(NamedTuple):
    """One measurement of a surrogate or target.

    A named tuple like all that is made for every sample: it costs a fifth of a frozen dataclass.
    """

    measured_ns: int
    """When the position was true."""
    received_ns: int
    """When it reached the machine; never before `measured_ns`."""
    x_cm: float
    y_cm: float
    z_cm: float
    valid: bool = True
    """Whether the sensor vouches for it."""
    angle_x_deg: float = math.nan
    """Rotation about each axis; NaN from a sensor that sees points only."""
    angle_y_deg: float = math.nan
    angle_z_deg: float = math.nan
    couch: CouchPosition | None = None
    """Where the couch stood at `measured_ns`; None: where the model system is pinned."""


class MotionState(NamedTuple):
    """What a motion model says after a sample."""

    measured_ns: int
    amplitude_cm: float
    """Displacement along the amplitude direction, as observed."""
    rate_cm_per_s: float
    """Slope of the motion as the model passes it on."""
    phase_deg: float
    """0 up to 360, 0 at full inhale; NaN where the model has no phase."""
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
    passed_cm: float
    """Displacement along the amplitude direction as the model passes it on."""
    inhale_s: float = math.nan
    """Running mean from full exhale to full inhale; NaN until known."""
    exhale_s: float = math.nan
    """Running mean from full inhale to full exhale; NaN until known."""
    valid: bool = True
    """False where the sensor did not vouch for the sample."""


class TargetMotion(NamedTuple):
    """Where the target is, as a surrogate model says; (x, y, z) in cm, angles in deg.

    Displacements are from the isocentre (fixed room system) and from the origin of the model
    system; angles are NaN where the sensor sees points only.
    """

    measured_ns: int
    fixed_cm: tuple[float, float, float]
    model_cm: tuple[float, float, float]
    fixed_deg: tuple[float, float, float]
    model_deg: tuple[float, float, float]
