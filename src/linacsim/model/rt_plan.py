"""A DICOM RT Plan as any control system needs it: fractions, beams, control points in arrays.

Everything is in the scale of DICOM (IEC 61217), in the units of DICOM (degrees, millimetres, MU,
MU/min). What persists from one control point to the next is carried forward; what no point says
is NaN or empty (DICOM PS3.3, C.8.8.9 to C.8.8.14).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from linacsim.model.arrays import Floats, readonly

TREATMENT = "TREATMENT"
"""Treatment Delivery Type of a beam that gives dose; also meant where a beam states none."""


class Rotation(StrEnum):
    """Direction of a rotation during the segment that begins at its control point."""

    CLOCKWISE = "CW"
    COUNTER_CLOCKWISE = "CC"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Device:
    """A declared beam limiting device (Beam Limiting Device Sequence)."""

    kind: str
    """`X`, `Y`, `ASYMX`, `ASYMY`, `MLCX`, `MLCY` and so on."""
    pairs: int
    boundaries_mm: tuple[float, ...] = ()
    """pairs + 1 boundaries of an MLC."""
    mlc: str = ""
    """What is known to have these boundaries, such as `Millennium 120`; empty: no MLC, unknown."""


@dataclass(frozen=True, slots=True)
class Wedge:
    """One item of the Wedge Sequence."""

    number: int
    kind: str
    """`STANDARD`, `DYNAMIC`, `MOTORIZED` and so on."""
    id: str = ""
    accessory_code: str = ""
    angle_deg: float | None = None
    orientation_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Fitment:
    """A block tray, an applicator or another thing to be mounted."""

    kind: str
    """`applicator`, `block`, `general accessory`, `compensator` or `bolus`."""
    id: str = ""
    accessory_code: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class RtControlPoints:
    """The control points of a beam: n points, `pairs` leaf pairs."""

    weight: Floats
    """(n,) Cumulative Meterset Weight as stated."""
    energy: Floats
    """(n,) Nominal Beam Energy in MV or MeV."""
    dose_rate: Floats
    """(n,) Dose Rate Set in MU/min for the segment that begins here; NaN where it is unset or 0."""
    gantry_deg: Floats
    """(n,) gantry angle; a path that crosses 0 goes on, so differences are what is travelled."""
    gantry_rotation: tuple[Rotation, ...]
    """(n,) as stated."""
    collimator_deg: Floats
    """(n,) beam limiting device angle, in the same way."""
    collimator_rotation: tuple[Rotation, ...]
    support_deg: Floats
    """(n,) patient support (couch) angle, in the same way."""
    support_rotation: tuple[Rotation, ...]
    eccentric_deg: Floats
    """(n,) table top eccentric angle, in the same way."""
    pitch_deg: Floats
    """(n,) table top pitch angle, -180 to 180."""
    roll_deg: Floats
    """(n,) table top roll angle, -180 to 180."""
    couch_mm: Floats
    """(n, 3) table top vertical, longitudinal, lateral position; NaN where empty."""
    x_jaws_mm: Floats
    """(n, 2) X1, X2; NaN where there is no such jaw."""
    y_jaws_mm: Floats
    """(n, 2) Y1, Y2."""
    leaves_mm: Floats
    """(n, 2 * pairs) bank X1, then bank X2, leaf 1 at the most negative Y; pairs is 0 without an
    MLC."""
    wedge_positions: Mapping[int, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """(n,) `IN`, `OUT` or empty, by wedge number, for the segment that begins here."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (
            self.weight,
            self.energy,
            self.dose_rate,
            self.gantry_deg,
            self.collimator_deg,
            self.support_deg,
            self.eccentric_deg,
            self.pitch_deg,
            self.roll_deg,
            self.couch_mm,
            self.x_jaws_mm,
            self.y_jaws_mm,
            self.leaves_mm,
        ):
            readonly(array)

    def __len__(self) -> int:
        """Return the number of control points."""
        return len(self.weight)


@dataclass(frozen=True, slots=True)
class RtBeam:
    """One item of the Beam Sequence."""

    number: int
    name: str
    description: str
    type: str
    """`STATIC` or `DYNAMIC`."""
    radiation: str
    """`PHOTON` or `ELECTRON`."""
    delivery_type: str
    """`TREATMENT`, `SETUP` and so on."""
    machine: str
    manufacturer: str
    model: str
    fluence: str
    """Fluence Mode ID of a non-standard fluence, such as `FFF`; empty: flattened."""
    final_weight: float
    devices: tuple[Device, ...]
    points: RtControlPoints
    wedges: tuple[Wedge, ...] = ()
    fitments: tuple[Fitment, ...] = ()
    tolerance_table: int | None = None
    """Number of the tolerance table, where one is named."""

    @property
    def mlc(self) -> Device | None:
        """The MLC; None where the beam declares none."""
        return next((one for one in self.devices if one.kind.startswith("MLC")), None)

    @property
    def is_treatment(self) -> bool:
        """Whether the beam is there to give dose."""
        return self.delivery_type == TREATMENT

    @property
    def energies(self) -> list[str]:
        """Names such as `6x`, `6xFFF`, `9e` of the energy from each control point on.

        Planning systems write `FFF` in several ways.
        """
        kind = "e" if self.radiation == "ELECTRON" else "x"
        fluence = "FFF" if "FFF" in self.fluence.upper() else self.fluence
        return [f"{value:g}{kind}{fluence}" for value in self.points.energy.tolist()]

    def cumulative_mu(self, meterset: float) -> Floats:
        """Return (n,) MU at the control points of a beam of `meterset` MU."""
        return mu_at(self.points.weight, meterset)


def mu_at(weight: Floats, meterset: float) -> Floats:
    """Return (n,) MU at control points of a beam of `meterset` MU (DICOM PS3.3, C.8.8.14.1).

    The last point has it all, also where its weight misses the stated final one by rounding.
    """
    return weight / (weight[-1] or 1.0) * meterset


@dataclass(frozen=True, slots=True)
class BeamReference:
    """A beam as a fraction group gives it."""

    number: int
    meterset: float | None
    """MU; None where the plan does not say."""
    dose_gy: float | None = None
    max_time_s: float | None = None
    """Beam Delivery Duration Limit."""


@dataclass(frozen=True, slots=True)
class FractionGroup:
    """One item of the Fraction Group Sequence."""

    number: int
    fractions: int | None
    beams: tuple[BeamReference, ...]
    """In the order of delivery: that of the Referenced Beam Sequence."""


@dataclass(frozen=True, slots=True)
class ToleranceTable:
    """One item of the Tolerance Table Sequence."""

    number: int
    label: str
    tolerances: Mapping[str, float]
    """Degrees or millimetres by `gantry`, `collimator`, `support`, `eccentric`, `vertical`,
    `longitudinal`, `lateral`, `pitch`, `roll`, or by the kind of a beam limiting device."""


@dataclass(frozen=True, slots=True)
class RtPlan:
    """An RT Plan."""

    path: str
    """File that it came from, or what stands for it."""
    patient_id: str
    label: str
    sop_instance_uid: str
    manufacturer: str
    fraction_groups: tuple[FractionGroup, ...]
    beams: tuple[RtBeam, ...]
    """In the order of the file."""
    tolerance_tables: tuple[ToleranceTable, ...] = ()
    motion_synchronized: bool = False
    """Whether the plan asks for gating or another motion management."""

    def beam(self, number: int) -> RtBeam | None:
        """Return the beam of a number; None where there is none."""
        return next((beam for beam in self.beams if beam.number == number), None)

    def fraction_group(self, number: int | None = None) -> FractionGroup | None:
        """Return the fraction group of a number, or the first; None where there is none."""
        return next(
            (group for group in self.fraction_groups if number in (None, group.number)), None
        )

    def reference(
        self, number: int, group: int | None = None
    ) -> tuple[FractionGroup, BeamReference] | None:
        """Return the fraction group that gives a beam, and how; None where none does.

        It is the group of that number, or the first that has the beam.
        """
        return next(
            (
                (one, reference)
                for one in self.fraction_groups
                for reference in one.beams
                if reference.number == number and group in (None, one.number)
            ),
            None,
        )

    def tolerance_table(self, number: int | None) -> ToleranceTable | None:
        """Return the tolerance table of a number; None where there is none."""
        return next((table for table in self.tolerance_tables if table.number == number), None)

    @property
    def machines(self) -> tuple[str, ...]:
        """Names of the treatment machines, each once."""
        return tuple(dict.fromkeys(beam.machine for beam in self.beams))
