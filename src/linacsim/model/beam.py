"""A TrueBeam beam as its XML file states it: control points in arrays, the rest in records.

Arrays hold NaN where a control point is silent (manual, Appendix A, "General Control Point
Rules"); `Beam.resolved` carries values forward. Imaging, motion management, tracking and
beam-hold records are in the modules of those names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from linacsim.model.arrays import Floats, Ints, readonly
from linacsim.model.axes import FIRST_LEAF, N_SINGLE, AxisLayout
from linacsim.model.gating import BeamHoldDevice
from linacsim.model.imaging import ImagingParameters
from linacsim.model.tracking import Tracking

LEAF_PAIRS = {"NDS80": 40, "NDS120": 60, "NDS120HD": 60}
"""Leaf pairs by MLC model (manual, Appendix A, MLCModelType and element A)."""


@dataclass(frozen=True, slots=True)
class SubBeam:
    """Start of a field within the sequence (SubBeamType)."""

    seq: int
    name: str | None = None
    guid: str | None = None
    max_rad_time_s: float | None = None
    tracking_training_only: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ControlPoints:
    """The control points of a beam; n points, `pairs` leaf pairs.

    Sparse members are keyed by control-point index.
    """

    mu: Floats
    """(n,) cumulative MU, NaN where the point has no Mu."""
    axes: Floats
    """(n, 12) positions of the single axes in column order, NaN where absent."""
    leaves: Floats
    """(n, 2 * pairs) bank A then bank B of the primary MLC, NaN where the point has no Mlc."""
    line: Ints
    """(n,) line of the Cp element in its file, 0 if it comes from none."""
    energy: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    dose_rate: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    sub_beam: Mapping[int, SubBeam] = field(default_factory=lambda: MappingProxyType({}))
    progress_event: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    phase: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    work_object: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    second_leaves: Mapping[int, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """(2 * pairs,) positions of an Mlc with ID 2, where a point has one."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (self.mu, self.axes, self.leaves):
            readonly(array)
        readonly(self.line)

    def __len__(self) -> int:
        """Return the number of control points."""
        return len(self.mu)

    def __eq__(self, other: object) -> bool:
        """Compare content; source lines do not count."""
        if not isinstance(other, ControlPoints):
            return NotImplemented
        return (
            all(
                np.array_equal(mine, theirs, equal_nan=True)
                for mine, theirs in (
                    (self.mu, other.mu),
                    (self.axes, other.axes),
                    (self.leaves, other.leaves),
                )
            )
            and self._sparse() == other._sparse()
            and self.second_leaves.keys() == other.second_leaves.keys()
            and all(
                np.array_equal(self.second_leaves[k], other.second_leaves[k])
                for k in self.second_leaves
            )
        )

    __hash__ = None  # type: ignore[assignment]  # arrays inside: equality without hash

    def _sparse(self) -> tuple[dict[int, object], ...]:
        return tuple(
            dict(mapping)
            for mapping in (
                self.energy,
                self.dose_rate,
                self.sub_beam,
                self.progress_event,
                self.phase,
                self.work_object,
            )
        )


@dataclass(frozen=True, slots=True)
class BeamSource:
    """Where a beam came from; not part of its content."""

    path: str | None = None
    dialect: str = "2.0"
    """`2.0`, `1.x` or `4` (research/real-data.md 1b)."""
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Line of each top-level element by name."""
    root_schema_version: str | None = None
    """SchemaVersion of the VarianResearchBeam element; None for a bare SetBeam."""


@dataclass(frozen=True, slots=True)
class Beam:
    """One SetBeam."""

    id: int
    mlc_model: str
    control_points: ControlPoints
    accessories: tuple[int | None, int | None, int | None, int | None] = (None,) * 4
    """Codes of slots 1 to 4; None: any accessory, 0: none may be mounted (element Accs)."""
    fitments: tuple[str, ...] = ()
    """Names of what must be mounted on a machine without slots, and nothing else."""
    tolerances: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """TolTable by element name, `X12` and `Y12` for the jaw pairs; deg or cm."""
    velocities: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """VelTable by element name; deg/s or cm/s."""
    imaging: ImagingParameters | None = None
    beam_hold_devices: tuple[BeamHoldDevice, ...] = ()
    tracking: Tracking | None = None
    treatment_mode: str | None = None
    guid: str | None = None
    trajectory_upload_info: str | None = None
    schema_version: str | None = None
    couch_is_isocentric: bool = False
    """Couch axes were named `CouchVrtISO` and so on, as machines of the v4 dialect do."""
    scale: str | None = None
    """Scale of VarianResearchBeam, `IECContinuous`; None: Varian internal scale."""
    source: BeamSource = field(default=BeamSource(), compare=False)

    @property
    def layout(self) -> AxisLayout:
        """Columns of position vectors for this beam's MLC."""
        return AxisLayout(self.control_points.leaves.shape[1] // 2)

    @property
    def energy(self) -> str:
        """Energy of the first control point, such as `6x`; empty if it is missing."""
        return self.control_points.energy.get(0, "")

    @property
    def name(self) -> str:
        """Name of the first SubBeam, or the beam's id."""
        first = self.control_points.sub_beam.get(0)
        return (first.name if first else None) or str(self.id)

    def resolved_mu(self) -> Floats:
        """Return (n,) cumulative MU with absent values carried forward."""
        return carried_forward(self.control_points.mu[:, None])[:, 0]

    def resolved_positions(self) -> Floats:
        """Return (n, n_axes) positions carried forward; NaN for axes never named.

        Carriages are not part of a beam: their columns are NaN.
        """
        points = self.control_points
        out = np.full((len(points), self.layout.n_axes), np.nan)
        out[:, :N_SINGLE] = carried_forward(points.axes)
        out[:, FIRST_LEAF:] = carried_forward(points.leaves)
        return out

    def resolved_dose_rate(self) -> Floats:
        """Return (n,) dose-rate ceiling in MU/min in force from each point on; NaN if none."""
        out = np.full(len(self.control_points), np.nan)
        for index, value in sorted(self.control_points.dose_rate.items()):
            out[index:] = value
        return out


def carried_forward(values: Floats) -> Floats:
    """Return (n, m) values with each NaN replaced by the last number above it."""
    rows = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, rows), axis=0)
    return np.asarray(np.take_along_axis(values, last, axis=0))
