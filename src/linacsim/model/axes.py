"""Mechanical axes: their names, the manual's numbers and their columns in a position vector.

Every position array in the house has one column per axis in this order: the twelve single axes
of `Axis`, the two MLC carriages, the leaves of bank A, the leaves of bank B. Positions are in the
Varian internal scale, degrees for rotations and centimetres at the isocentre plane otherwise
(manual, Appendix A, "Units"). Names are the element names of the XML schema.
"""

from dataclasses import dataclass, field
from enum import IntEnum


class Axis(IntEnum):
    """Single axes and carriages, valued by their column."""

    GANTRY_RTN = 0
    COLL_RTN = 1
    COUCH_VRT = 2
    COUCH_LAT = 3
    COUCH_LNG = 4
    COUCH_RTN = 5
    COUCH_PIT = 6
    COUCH_ROL = 7
    X1 = 8
    X2 = 9
    Y1 = 10
    Y2 = 11
    CARRIAGE_A = 12
    CARRIAGE_B = 13


N_SINGLE = 12
"""Axes that an XML control point may name one by one; carriages and leaves follow."""

FIRST_LEAF = 14

XML_NAMES = (
    "GantryRtn",
    "CollRtn",
    "CouchVrt",
    "CouchLat",
    "CouchLng",
    "CouchRtn",
    "CouchPit",
    "CouchRol",
    "X1",
    "X2",
    "Y1",
    "Y2",
)
"""Element names of the single axes (manual, Appendix A, element Cp), by column."""

MANUAL_NUMBERS = {
    Axis.GANTRY_RTN: 1,
    Axis.COLL_RTN: 2,
    Axis.COUCH_VRT: 3,
    Axis.COUCH_LAT: 4,
    Axis.COUCH_LNG: 5,
    Axis.COUCH_RTN: 6,
    Axis.X1: 7,
    Axis.X2: 8,
    Axis.Y1: 9,
    Axis.Y2: 10,
}
"""Axis numbers of error messages (manual, "Axis numbering"); the MLC as a whole is 11."""

MLC_NUMBER = 11

ROTATIONS = frozenset(
    {Axis.GANTRY_RTN, Axis.COLL_RTN, Axis.COUCH_RTN, Axis.COUCH_PIT, Axis.COUCH_ROL}
)


@dataclass(frozen=True, slots=True)
class AxisLayout:
    """Columns of a position vector for an MLC of `leaf_pairs` pairs."""

    leaf_pairs: int
    guided: bool = field(default=False, compare=False)
    """Whether the banks stand on leaf guides, as on Elekta machines, whose axes have no numbers."""

    @property
    def n_axes(self) -> int:
        """Number of columns."""
        return FIRST_LEAF + 2 * self.leaf_pairs

    @property
    def leaves(self) -> slice:
        """All leaves: bank A first, leaf 1 first."""
        return slice(FIRST_LEAF, self.n_axes)

    @property
    def bank_a(self) -> slice:
        """Leaves of bank A."""
        return slice(FIRST_LEAF, FIRST_LEAF + self.leaf_pairs)

    @property
    def bank_b(self) -> slice:
        """Leaves of bank B."""
        return slice(FIRST_LEAF + self.leaf_pairs, self.n_axes)

    @property
    def carriages(self) -> slice:
        """Carriage A, carriage B."""
        return slice(Axis.CARRIAGE_A, FIRST_LEAF)

    def name(self, column: int) -> str:
        """Return the name people know: `GantryRtn`, `carriage A`, `leaf B17`."""
        if column < N_SINGLE:
            return XML_NAMES[column]
        if column < FIRST_LEAF:
            return "carriage " + "AB"[column - Axis.CARRIAGE_A]
        bank, leaf = divmod(column - FIRST_LEAF, self.leaf_pairs)
        return f"leaf {'AB'[bank]}{leaf + 1}"

    def number(self, column: int) -> int | None:
        """Return the manual's axis number, or None for pitch and roll, which have none."""
        if column >= N_SINGLE:
            return MLC_NUMBER
        return MANUAL_NUMBERS.get(Axis(column))

    def label(self, column: int) -> str:
        """Return how interlock messages of the machine call an axis: name and number together."""
        if self.guided:
            on_guide = N_SINGLE <= column < FIRST_LEAF
            return f"leaf guide {'AB'[column - N_SINGLE]}" if on_guide else self.name(column)
        number = self.number(column)
        return self.name(column) if number is None else f"{self.name(column)} (axis {number})"

    def unit(self, column: int) -> str:
        """Return `deg` or `cm`."""
        return "deg" if column in ROTATIONS else "cm"
