"""Imaging records of a beam (manual, Appendix A, "Imaging Axes", "Imaging Points and Parameters").

Positions and tolerances are in cm and deg. None means that the element is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from linacsim.model.acquisition import Acquisition
from linacsim.model.motion import GatingParameters, MotionManagementParameters


@dataclass(frozen=True, slots=True)
class ArmAxes:
    """Positions, or tolerances, of the four axes of an imaging arm (ArmAxes, ArmTolerances)."""

    lat_cm: float
    lng_cm: float
    vrt_cm: float
    pitch_deg: float


@dataclass(frozen=True, slots=True)
class ArmPosition:
    """Where an imaging arm shall be: a named position or numbers (ArmPositionsType)."""

    special: str | None = None
    """`retracted`, `mid`, `extended` or `none`."""
    positions: ArmAxes | None = None


@dataclass(frozen=True, slots=True)
class BladePositions:
    """Positions of the kV blades (BladePositionsType); None where the file says `none`."""

    kvx1_cm: float | None
    kvx2_cm: float | None
    kvy1_cm: float | None
    kvy2_cm: float | None


@dataclass(frozen=True, slots=True)
class KvBlades:
    """kV blades track or stand (KvBladePositionsType); exactly one of the two is set."""

    tracking: bool | None = None
    positions: BladePositions | None = None


@dataclass(frozen=True, slots=True)
class KvFilters:
    """kV filter settings, 0 to 2 each (KvFiltersPositionType)."""

    shape: int | None = None
    foil: int | None = None


@dataclass(frozen=True, slots=True)
class ImagingPoint:
    """What imaging does at a fractional control point (ImagingPoint)."""

    cp: float
    acquisitions: tuple[Acquisition, ...] = ()
    """Single images."""
    starts: tuple[Acquisition, ...] = ()
    """Rows of images that begin here."""
    stops: tuple[Acquisition, ...] = ()
    """Rows of images that end here, by acquisition id."""
    kv_filters: KvFilters | None = None
    kv_blades: KvBlades | None = None
    mvd: ArmPosition | None = None
    """MV detector before the acquisition."""
    kvd: ArmPosition | None = None
    kvs: ArmPosition | None = None
    mvd_after: ArmPosition | None = None
    """MV detector after the acquisition."""
    kvd_after: ArmPosition | None = None
    kvs_after: ArmPosition | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class BladeTolerances:
    """Tolerances of the kV blades (KvBladesTolerances)."""

    kvx1_cm: float
    kvx2_cm: float
    kvy1_cm: float
    kvy2_cm: float


@dataclass(frozen=True, slots=True)
class ImagingTolerances:
    """Tolerances of arms and kV blades (ImagingTolerances)."""

    mvd: ArmAxes | None = None
    kvd: ArmAxes | None = None
    kvs: ArmAxes | None = None
    kv_blades: BladeTolerances | None = None


@dataclass(frozen=True, slots=True)
class OutsideTreatment:
    """Imaging without a treatment beam (OutsideTreatment)."""

    max_mu: float
    """The beam ends when this many MU have been given; 0 where there is no MV beam."""


@dataclass(frozen=True, slots=True)
class ImagingParameters:
    """The ImagingParameters element."""

    points: tuple[ImagingPoint, ...]
    outside_treatment: OutsideTreatment | None = None
    """None: during treatment."""
    latch_bel: bool | None = None
    """Schema default true."""
    latch_kv_bel: bool | None = None
    """Schema default true."""
    tolerances: ImagingTolerances = ImagingTolerances()
    motion_management: MotionManagementParameters | None = None
    gating: GatingParameters | None = None
    """Respiratory gating as Developer Mode 1.x states it; not part of the 2.0 schema."""
    itools: tuple[str, ...] = ()
    """Children of iTools as XML text; the schema leaves their content open."""
    custom_target_permission: bool | None = None
    """1.x only."""
    imaging_velocities: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """ImagingVelTable of 1.x by element name; deg/s or cm/s."""
    line: int = field(default=0, compare=False)
