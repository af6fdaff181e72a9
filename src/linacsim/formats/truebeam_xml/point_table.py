"""The table that control points are read into, and where each child of Cp goes in it."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, ISOCENTRIC
from linacsim.formats.truebeam_xml.reading import Reading, line_of
from linacsim.model.arrays import Floats
from linacsim.model.axes import N_SINGLE, XML_NAMES
from linacsim.model.beam import ControlPoints

NUMBERS = (*XML_NAMES, "Mu", "DRate", "Phase")
"""Columns of the table of single numbers."""
MU, D_RATE, PHASE = range(N_SINGLE, len(NUMBERS))
MLC, OTHER = -1, -2
_COLUMN = {name: column for column, name in enumerate(NUMBERS)} | {"Mlc": MLC}
SLOTS = {part.name: (order, _COLUMN.get(part.name, OTHER)) for order, part in enumerate(CP_PARTS)}
"""Place in the schema's order, and column or kind, by element name."""
PLAIN_BY_ISO = {iso: plain for plain, iso in ISOCENTRIC.items()}
"""Name in 2.0 by name in dialect 4."""


@dataclass(slots=True)
class PointTable:
    """n control points on their way into arrays."""

    cps: list[Element]
    reading: Reading
    numbers: Floats
    """(n, 15) by the columns of NUMBERS."""
    leaves: Floats
    """(n, 2 * pairs) bank A, bank B."""
    sparse: dict[str, dict[int, Any]] = field(
        default_factory=lambda: {
            part.field: {} for part in CP_PARTS if SLOTS[part.name][1] == OTHER
        }
    )
    second_leaves: dict[int, Floats] = field(default_factory=dict)
    isocentric: bool = False
    """Whether any couch axis was named as in dialect 4."""
    plain_couch: list[int] = field(default_factory=list)
    """Some points that named a couch axis as in 2.0, the first among them."""

    def result(self) -> ControlPoints:
        """Return the model record."""
        sparse = {name: MappingProxyType(values) for name, values in self.sparse.items()}
        for name, column in (("dose_rate", D_RATE), ("phase", PHASE)):
            present = np.flatnonzero(~np.isnan(self.numbers[:, column]))
            sparse[name] = MappingProxyType(
                {int(index): float(self.numbers[index, column]) for index in present}
            )
        return ControlPoints(
            mu=self.numbers[:, MU].copy(),
            axes=self.numbers[:, :N_SINGLE].copy(),
            leaves=self.leaves,
            line=np.fromiter(map(line_of, self.cps), np.int64, len(self.cps)),
            second_leaves=MappingProxyType(self.second_leaves),
            **sparse,
        )
