"""Motion management records (manual, Appendix A, "Motion Management Parameters"; "Gating").

Lengths are in cm and angles in deg, in the system that each docstring names.
"""

from dataclasses import dataclass, field

from linacsim.model.acquisition import AcquisitionParameters


@dataclass(frozen=True, slots=True)
class Vector:
    """Three components (Vector)."""

    x: float
    y: float
    z: float


UNIT_SLACK = 1e-3
"""How far axes of a placement, written with few decimals, may be from orthonormal."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one coordinate system lies in another (Placement).

    The axes, where given, must be orthogonal unit vectors.
    """

    origin: Vector
    axis_x: Vector | None = None
    axis_y: Vector | None = None
    axis_z: Vector | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ModelSystem:
    """The system pinned to the couch in which motion is modelled (ModelSystem).

    Couch positions that are None are those of the first control point, or the current ones.
    """

    pinned: Placement
    couch_lat_cm: float | None = None
    couch_lng_cm: float | None = None
    couch_vrt_cm: float | None = None
    couch_rtn_deg: float | None = None
    couch_pit_deg: float | None = None
    couch_rol_deg: float | None = None


@dataclass(frozen=True, slots=True)
class PlugIn:
    """A surrogate model, motion model or compensation by plug-in; content kept as XML text."""

    module: str
    name: str
    content: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BasicSurrogateModel:
    """Target at a fixed place from the surrogate, in the fixed room system."""

    target_position_surrogate: Placement | None = None
    """None: identity."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Polynomial a0 + a1 A + a2 A^2 + a3 A^3, or planar a0 + a1 A + a2 dA/dt (Coefficients)."""

    a0: float
    a1: float | None = None
    a2: float | None = None
    a3: float | None = None


@dataclass(frozen=True, slots=True)
class FitData:
    """Fit of one axis (FitData)."""

    fit_type: str
    """`Static`, `Linear`, `Quadratic`, `Cubic` or `Planar`."""
    coefficients: Coefficients


@dataclass(frozen=True, slots=True)
class AmplitudeFitSurrogateModel:
    """Target from amplitude (and its rate), in the model system."""

    x: FitData
    y: FitData
    z: FitData


SurrogateModel = BasicSurrogateModel | AmplitudeFitSurrogateModel | PlugIn


@dataclass(frozen=True, slots=True)
class BasicMotionModel:
    """Motion is used as it is observed."""


@dataclass(frozen=True, slots=True)
class GatingMotionModel:
    """Amplitude, phase and quality are derived from periodic motion."""

    amplitude_direction_model: Vector | None = None
    """None: the Z axis of the model system."""


MotionModel = BasicMotionModel | GatingMotionModel | PlugIn


@dataclass(frozen=True, slots=True)
class AcquisitionTrigger:
    """An image triggered by an action window (AcquisitionTrigger)."""

    source: str
    """`MV` or `KV`, or the element's name in 1.x gating."""
    delay_s: float | None = None
    """Schema default 0."""
    on_enter: bool | None = None
    """Schema default true."""
    on_exit: bool | None = None
    """Schema default false."""
    single: bool | None = None
    """Once in the whole acquisition; schema default true."""


@dataclass(frozen=True, slots=True)
class ActionWindow:
    """Limits of one axis and what happens outside them (ActionWindow).

    Limits are in the unit of the axis: cm, deg, MU or s.
    """

    kind: str
    """`Basic` (released by itself) or `Segmental` (released by the operator)."""
    axis: str
    lower_limit: float
    upper_limit: float
    mv_beam_impact: bool | None = None
    """Schema default true."""
    kv_beam_impact: bool | None = None
    """Schema default false."""
    motion_compensation_impact: bool | None = None
    """Schema default false."""
    delta: float | None = None
    """Step of triggers by MU, gantry angle or time."""
    entry_delay_ms: float | None = None
    """Schema default 0."""
    linger_timeout_ms: float | None = None
    """Schema default 0."""
    fault_on_exit: bool | None = None
    """Schema default false."""
    triggers: tuple[AcquisitionTrigger, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TrackingSource:
    """A device that sees motion, and what is made of it (TrackingSource)."""

    id: str
    """Such as NDI, RTX1, RTX2."""
    acquisition_parameters: AcquisitionParameters
    surrogate_model: SurrogateModel | None = None
    motion_model: MotionModel | None = None
    action_windows: tuple[ActionWindow, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class BasicMotionCompensation:
    """Compensation of the motion of one tracking source."""

    tracking_source: str | None = None
    compensate_rotation: bool | None = None
    """Schema default false."""
    restriction_model: tuple[Vector, ...] = ()
    """At most two directions, in the model system."""


MotionCompensation = BasicMotionCompensation | PlugIn


@dataclass(frozen=True, slots=True)
class MotionManagementParameters:
    """The MotionManagementParameters element."""

    model_system: ModelSystem | None = None
    tracking_sources: tuple[TrackingSource, ...] = ()
    motion_compensation: MotionCompensation | None = None
    global_action_windows: tuple[ActionWindow, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class GatingWindow:
    """A 1.x gating window: deg for phase, cm otherwise (manual, "Gating", example 12)."""

    entry: float
    exit: float
    axis: str | None = None
    fault_on_exit: bool | None = None
    entry_delay: float | None = None
    """As written; the manual states no unit."""


@dataclass(frozen=True, slots=True)
class Quaternion:
    """Orientation of the 1.x gating source (GatingParameters/Orientation of the 1.x schema)."""

    qx: float
    qy: float
    qz: float
    q0: float


@dataclass(frozen=True, slots=True)
class GatingParameters:
    """Respiratory gating as Developer Mode 1.x states it (manual, "Gating", example 12).

    The manual's examples use filter, threshold, kV gating and window; the other members are
    elements of the 1.x schema that the 2.0 manual no longer mentions.
    """

    filter: str
    """`BreathingPhase`, `BreathingAmplitude` or `PassThrough`."""
    windows: tuple[GatingWindow, ...]
    quality_threshold: float | None = None
    kv_gating: bool | None = None
    source: str | None = None
    position: Vector | None = None
    orientation: Quaternion | None = None
    mv_trigger: AcquisitionTrigger | None = None
    kv_trigger: AcquisitionTrigger | None = None
    line: int = field(default=0, compare=False)
