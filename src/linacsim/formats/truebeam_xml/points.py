"""Reads control points into arrays (manual, Appendix A, element Cp).

Regular points were taken out of the document before it was parsed (see `regular`) and come back
here as rows of numbers; the others are read element by element, with findings.
"""

from collections.abc import Sequence

import numpy as np
from lxml import etree
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml import oddities
from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, ISOCENTRIC, SUB_BEAM
from linacsim.formats.truebeam_xml.point_table import MLC, NUMBERS, SLOTS, PointTable
from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.regular import MARK, Regular
from linacsim.formats.truebeam_xml.scalars import read_text
from linacsim.formats.truebeam_xml.values import Scalar
from linacsim.formats.truebeam_xml.walker import read_shape

_HAS_ATTRIBUTES = etree.XPath("boolean(@*|descendant::*/@*)")


def read_points(
    container: Element,
    pairs: int,
    regular: Regular | None,
    indices: Sequence[int],
    reading: Reading,
) -> PointTable:
    """Return the table of the control points in `container`, `pairs` leaf pairs each.

    The points with `indices` are the regular ones.
    """
    cps = oddities.control_points(container, reading)
    table = PointTable(
        cps,
        reading,
        np.full((len(cps), len(NUMBERS)), np.nan),
        np.full((len(cps), 2 * pairs), np.nan),
    )
    if regular is not None:
        _put_back(table, regular, indices)
    read = frozenset(indices)
    for index, cp in enumerate(cps):
        if index not in read:
            _read_point(table, index, cp)
    if _HAS_ATTRIBUTES(container):
        oddities.report_attributes(container, reading)
    oddities.check_first(table)
    oddities.check_couch(table)
    return table


def rows_of_regular(container: Element) -> dict[int, int]:
    """Return the row of each regular point by its index."""
    marks = ((index, cp.text) for index, cp in enumerate(container.iterfind("Cp")))
    return {
        index: int(text.removeprefix(MARK))
        for index, text in marks
        if text and text.startswith(MARK)
    }


def _put_back(table: PointTable, regular: Regular, indices: Sequence[int]) -> None:
    table.numbers[indices] = regular.numbers
    if regular.leaves.shape[1]:
        table.leaves[indices] = regular.leaves
    couch = [NUMBERS.index(name) for name in ISOCENTRIC]
    named = ~np.isnan(table.numbers[:, couch]).all(axis=1)
    table.plain_couch += [int(index) for index in np.flatnonzero(named)[:1]]


def _read_point(table: PointTable, index: int, cp: Element) -> None:
    oddities.report_strays(table, index)
    last = -1
    for child in cp:
        slot = SLOTS.get(child.tag) or oddities.unknown_child(table, index, child)
        if slot is None:
            continue
        order, column = slot
        if order <= last and not oddities.accepted_again(table, index, child, last):
            continue
        last = max(last, order)
        if column >= 0:
            _read_number(table, index, column, child)
        elif column == MLC:
            oddities.read_mlc(table, index, child)
        else:
            _read_other(table, index, child)


def _read_number(table: PointTable, index: int, column: int, child: Element) -> None:
    kind = CP_PARTS[SLOTS[NUMBERS[column]][0]].kind
    assert isinstance(kind, Scalar)
    table.numbers[index, column] = read_text(child, kind, table.reading, index)
    if child.tag in ISOCENTRIC:
        table.plain_couch.append(index)


def _read_other(table: PointTable, index: int, child: Element) -> None:
    part = CP_PARTS[SLOTS[child.tag][0]]
    reading = table.reading
    if part.only_in:
        reading.note_dialect(part.only_in, child, part.name, "read and kept")
    table.sparse[part.field][index] = (
        read_text(child, part.kind, reading, index)
        if isinstance(part.kind, Scalar)
        else read_shape(child, SUB_BEAM, reading)
    )
