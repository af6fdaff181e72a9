"""Tracking records of a beam (manual, Appendix A, Tracking; "Tracking Suite")."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TrackingAxis:
    """A couch axis or jaw pair that may track (TrackingAxis); None where absent."""

    tolerance_cm: float | None = None
    motion_type: str | None = None
    """`target` or `baseline`."""


@dataclass(frozen=True, slots=True)
class TrackingMlc:
    """MLC tracking (TrackingMLC); None where absent."""

    motion_type: str | None = None
    """`target` or `baseline`."""
    id: int | None = None
    """Fixed at 1."""
    open_up_carriages_cm: float | None = None
    expected_target_speed_cm_per_s: float | None = None
    """Above 0: closed leaf pairs circulate beside the field. Unit by the schema's general rule."""
    y_target_range_cm: float | None = None
    """Bound of circulation along Y. Unit by the schema's general rule."""


@dataclass(frozen=True, slots=True)
class TrackingPhase:
    """Phase tracking (TrackingPhase)."""

    max_phase_lag_deg: float | None = None


@dataclass(frozen=True, slots=True)
class TrackingAxes:
    """The axes that may track (TrackingAxisList); None where absent."""

    couch_vrt: TrackingAxis | None = None
    couch_lat: TrackingAxis | None = None
    couch_lng: TrackingAxis | None = None
    y12: TrackingAxis | None = None
    x12: TrackingAxis | None = None
    mlc: TrackingMlc | None = None
    phase: TrackingPhase | None = None


@dataclass(frozen=True, slots=True)
class ConformityTolerance:
    """Allowed over- and underexposure (ConformityType)."""

    over_exposure: float
    under_exposure: float


@dataclass(frozen=True, slots=True)
class Tracking:
    """The Tracking element; its presence enables tracking."""

    axes: TrackingAxes | None = None
    conformity_tolerance: ConformityTolerance | None = None
    initial_capability_ratio: float | None = None
    """0 to 1; 1: planned with the full capability of the axes."""
    enabled: bool | None = None
    """TrackingEnabled of 1.x; from 2.0 on the element's presence enables tracking."""
    line: int = field(default=0, compare=False)
