"""The columns of a TRF log: item and part number, name, unit, value of one count.

Order, numbers and scaling as in all public Agility files (research/log-formats.md 2.3). Leaves
and diaphragms are positive outward here; the file has the leaves of bank Y2 the other way.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PAIRS = 80

ACTUAL, ERROR, VALUE, SET, RAW, TOLERANCE = 129, 220, 111, 100, 101, 227
"""Part numbers."""

_TENTH = 0.1
_FIRST_LEAF = {"y2": 2380, "y1": 2460}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    item: int
    part: int
    name: str
    """Ours, with its unit: `gantry_deg_actual`."""
    title: str
    """The vendor's, as pymedphys writes it."""
    step: float = 1.0
    """What one count is worth."""

    @property
    def key(self) -> tuple[int, int]:
        """Item and part."""
        return self.item, self.part


def _followed(item: int, stem: str, title: str, unit: str) -> tuple[Column, Column]:
    return (
        Column(item, ACTUAL, f"{stem}_actual", f"{title}/Scaled Actual ({unit})", _TENTH),
        Column(item, ERROR, f"{stem}_error", f"{title}/Positional Error ({unit})", _TENTH),
    )


def _leaves(bank: str, part: int, kind: str, title: str) -> Iterator[Column]:
    step = -_TENTH if bank == "y2" else _TENTH
    for leaf in range(1, PAIRS + 1):
        yield Column(
            _FIRST_LEAF[bank] + leaf - 1,
            part,
            f"leaf_{bank}_{leaf:02d}_mm_{kind}",
            f"{bank.upper()} Leaf {leaf}/{title} (mm)",
            step,
        )


def _columns() -> Iterator[Column]:
    yield Column(2240, VALUE, "control_point", "Control point/Actual Value (None)")
    yield Column(2177, SET, "energy_block", "Energy Cal Block/Set (None)")
    yield Column(2543, VALUE, "state", "Linac State/Actual Value (None)")
    yield Column(2542, VALUE, "dose_rate_mu_per_min", "Actual Dose Rate/Actual Value (Mu/min)")
    yield Column(2238, VALUE, "step_dose_mu", "Step Dose/Actual Value (Mu)", _TENTH)
    yield Column(2162, RAW, "dose_mu", "Dose/Raw value (1/64th Mu)", 1 / 64)
    yield Column(2200, VALUE, "prf_pauses", "PRF Pauses/Actual Value (None)")
    yield Column(2541, VALUE, "wedge", "Wedge Position/Actual Value (None)")
    yield from _followed(2224, "gantry_deg", "Step Gantry", "deg")
    yield from _followed(2225, "collimator_deg", "Step Collimator", "deg")
    yield from _followed(2226, "table_isocentric_deg", "Table Isocentric", "deg")
    # pymedphys calls these lengths degrees.
    yield from _followed(2227, "table_longitudinal_cm", "Table Longitudinal", "deg")
    yield from _followed(2228, "table_lateral_cm", "Table Lateral", "deg")
    yield from _followed(2229, "table_height_cm", "Table Height", "deg")
    for first, second in (
        (
            _followed(2060, "x1_mm", "X1 Diaphragm", "mm"),
            _followed(2061, "x2_mm", "X2 Diaphragm", "mm"),
        ),
        (
            _followed(2064, "guide_y2_mm", "Dlg Y2", "mm"),
            _followed(2065, "guide_y1_mm", "Dlg Y1", "mm"),
        ),
    ):
        yield from (first[0], second[0], first[1], second[1])
    yield Column(
        2420, TOLERANCE, "leaf_y2_40_mm_tolerance", "Y2 Leaf 40/Actual Tolerance (mm)", _TENTH
    )
    yield Column(
        2500, TOLERANCE, "leaf_y1_40_mm_tolerance", "Y1 Leaf 40/Actual Tolerance (mm)", _TENTH
    )
    for part, kind, title in (
        (ACTUAL, "actual", "Scaled Actual"),
        (ERROR, "error", "Positional Error"),
    ):
        for bank in ("y2", "y1"):
            yield from _leaves(bank, part, kind, title)


COLUMNS = tuple(_columns())
"""The 350 columns that are written, in their order."""

MLC_STATUS = Column(2170, VALUE, "mlc_status", "Mlc Status/Actual Value (None)")
"""Only in files of version 4."""

BY_KEY = {column.key: column for column in (*COLUMNS, MLC_STATUS)}
BY_NAME = {column.name: column for column in BY_KEY.values()}
INDEX = {column.name: place for place, column in enumerate(COLUMNS)}
"""Place of each written column."""
