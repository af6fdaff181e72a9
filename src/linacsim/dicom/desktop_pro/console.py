"""What the console knows when a plan comes in: its linacs, tolerance tables, masks, patients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Range = tuple[float, float]


class Feature(StrEnum):
    """Licensed kinds of delivery; static and simply wedged fields need none (Note XVI)."""

    ARC = "arc"
    STEP_AND_SHOOT = "step_and_shoot"
    DYNAMIC_MLC = "dynamic_mlc"
    IMAT = "imat"


@dataclass(frozen=True, slots=True)
class Head:
    """A radiation head (Note XVII, Table 15)."""

    name: str
    jaws: tuple[str, ...]
    """Device types that a photon or electron beam must specify."""
    boundaries_mm: tuple[float, ...]
    """Of its leaves, along Y."""
    fixed_mm: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))
    """Diaphragms that cannot move, by device type."""
    leaf_range_mm: Range = (-200.0, 200.0)
    leaf_mm_per_s: float = 20.0
    jaw_mm_per_s: float = 15.0
    electron_jaws: tuple[str, ...] = ()
    """Where electrons need others than photons; empty: the same."""

    @property
    def pairs(self) -> int:
        """Number of leaf pairs."""
        return len(self.boundaries_mm) - 1

    def needed(self, radiation: str) -> tuple[str, ...]:
        """Return the complete set of devices of a beam."""
        if radiation == "ELECTRON":
            return self.electron_jaws or self.jaws
        return (*self.jaws, "MLCX")


def _evenly(first: float, step: float, pairs: int) -> tuple[float, ...]:
    return tuple(first + step * n for n in range(pairs + 1))


HEADS = {
    head.name: head
    for head in (
        # Speeds: research/numbers.md 2.2.
        Head("mlc", ("ASYMX", "ASYMY"), _evenly(-200.0, 10.0, 40)),
        Head(
            "beam_modulator",
            ("X", "Y"),
            _evenly(-80.0, 4.0, 40),
            MappingProxyType({"X": (-105.0, 105.0), "Y": (-80.0, 80.0)}),
            leaf_range_mm=(-110.0, 110.0),
            leaf_mm_per_s=30.0,
        ),
        # Not in the statement, which is older; as Monaco exports it (research/real-data.md 2).
        Head(
            "agility",
            ("ASYMY",),
            _evenly(-200.0, 5.0, 80),
            leaf_mm_per_s=65.0,
            jaw_mm_per_s=90.0,
            electron_jaws=("ASYMX", "ASYMY"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Applicator:
    """An electron applicator and the field that it is for (Note XIII)."""

    type: str
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class Linac:
    """A linac as the console has it."""

    name: str
    """As plans name it."""
    serial: str = ""
    """Its ID; empty: plans may state any."""
    head: Head = HEADS["mlc"]
    photons_mv: frozenset[float] = frozenset({6.0, 10.0, 15.0})
    electrons_mev: frozenset[float] = frozenset({4.0, 6.0, 8.0, 10.0, 12.0, 15.0})
    features: frozenset[Feature] = frozenset(Feature)
    trays: frozenset[str] = frozenset()
    """Shadow Tray IDs."""
    applicators: Mapping[str, Applicator] = field(default_factory=lambda: MappingProxyType({}))
    """By Accessory Fitment ID."""
    ranges: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))
    """Customised ranges by parameter as in `RANGES`, which hold where none is given."""
    lowest_mu_per_min: float = 9.375
    """Lowest dose rate: chosen, 600 MU/min halved six times."""
    gantry_deg_per_s: float = 6.0
    collimator_deg_per_s: float = 12.0
    """Chosen: twice the gantry's."""

    def range_of(self, parameter: str) -> Range:
        """Return the range of `gantry`, `collimator`, `couch`, `jaw` or `leaf`."""
        default = self.head.leaf_range_mm if parameter == "leaf" else RANGES[parameter]
        return self.ranges.get(parameter, default)


RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "gantry": (0.0, 360.0),
        "collimator": (0.0, 360.0),
        "couch": (0.0, 360.0),
        "jaw": (-200.0, 200.0),
    }
)
"""Degrees and mm. Chosen: the field of the MLC head (Table 15) and a whole turn."""


class Mask(StrEnum):
    """What a calling application entity's plans do not set (Appendix C, Table 19)."""

    TOLERANCE_TABLES = "tolerance_tables"
    SHADOW_TRAY = "shadow_tray"
    ACCESSORY_FITMENT = "accessory_fitment"
    ACCESSORY_MOUNT = "accessory_mount"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True)
class Patient:
    """What the database knows of a patient."""

    name: str
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Console:
    """All that a plan is held against."""

    linacs: tuple[Linac, ...]
    tolerance_tables: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By name: degrees or millimetres by parameter, as `rules.tolerances.PARAMETERS` names it."""
    locked_patients: frozenset[str] = frozenset()
    """IDs of patients that somebody has open."""
    suppress_warnings: bool = False
    """Whether warnings are answered as success; the plan is stored in any case."""

    def linac(self, name: str) -> Linac | None:
        """Return the linac of a name; None where there is none."""
        return next((linac for linac in self.linacs if linac.name == name), None)
