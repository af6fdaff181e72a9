"""Reads control points into arrays (manual, Appendix A, element Cp).

A long arc has thousands of points with 120 leaves each, so this does little Python per element:
names and texts of many elements are listed at once, rows of points with the same elements are
sliced out of the lists, and their numbers become arrays together. Points that are not plainly
right go the slow way through `oddities`, with findings.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from lxml import etree
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml import oddities
from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, SUB_BEAM
from linacsim.formats.truebeam_xml.chunks import Chunk
from linacsim.formats.truebeam_xml.gathered import Gathered
from linacsim.formats.truebeam_xml.point_plan import Plan, plan_for
from linacsim.formats.truebeam_xml.point_table import MLC, NUMBERS, SLOTS, PointTable
from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.scalars import read_text
from linacsim.formats.truebeam_xml.values import Scalar
from linacsim.formats.truebeam_xml.walker import read_shape

CHUNK = 600
"""Elements listed together."""

_HAS_ATTRIBUTES = etree.XPath("boolean(@*|descendant::*/@*)")


def read_points(container: Element, pairs: int, reading: Reading) -> PointTable:
    """Return the table of the control points in `container`, `pairs` leaf pairs each."""
    cps = oddities.control_points(container, reading)
    table = PointTable(
        cps,
        reading,
        np.full((len(cps), len(NUMBERS)), np.nan),
        np.full((len(cps), 2 * pairs), np.nan),
    )
    _Reader(table).read(container)
    if _HAS_ATTRIBUTES(container):
        oddities.report_attributes(container, reading)
    oddities.check_first(table)
    oddities.check_couch(table, container)
    return table


class _Reader:
    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._gathered = Gathered(table)
        self._plans: dict[tuple[tuple[str, ...], tuple[int, ...]], Plan | None] = {}

    def read(self, container: Element) -> None:
        """Read all points, a chunk of elements at a time."""
        elements = container.iter()
        next(elements)
        index = 0
        rest: list[Element] = []
        while index < len(self._table.cps):
            more = list(islice(elements, CHUNK))
            chunk = Chunk(rest + more)
            starts = list(self._starts(chunk, index))
            if not more:
                starts.append(len(chunk.elements))
            if len(starts) < 2:
                rest = chunk.elements
                continue
            self._read_chunk(chunk, starts, index)
            rest = chunk.elements[starts[-1] :]
            index += len(starts) - 1
        self._gathered.flush()

    def _starts(self, chunk: Chunk, index: int) -> Iterator[int]:
        """Yield the places of the control points from `index` on."""
        place = -1
        for _ in range(chunk.names.count("Cp")):
            place = chunk.names.index("Cp", place + 1)
            if index < len(self._table.cps) and chunk.elements[place] is self._table.cps[index]:
                index += 1
                yield place

    def _read_chunk(self, chunk: Chunk, starts: list[int], index: int) -> None:
        """Read the points from `index` on, in rows of points that have the same elements."""
        k = 0
        while k < len(starts) - 1:
            first, end = starts[k], starts[k + 1]
            count = 1
            while k + count < len(starts) - 1:
                following = starts[k + count + 1]
                if not chunk.are_alike(slice(first, starts[k + 1]), slice(end, following)):
                    break
                end = following
                count += 1
            self._read_row(chunk, slice(first, end), index + k, count)
            k += count

    def _read_row(self, chunk: Chunk, where: slice, index: int, count: int) -> None:
        """Read `count` points from `index` on, all alike."""
        stride = (where.stop - where.start) // count
        names = tuple(chunk.names[where.start : where.start + stride])
        counts = tuple(chunk.counts[where.start : where.start + stride])
        if (names, counts) not in self._plans:
            self._plans[names, counts] = plan_for(names, counts)
        plan = self._plans[names, counts]
        texts = chunk.texts[where]
        if (
            plan is None
            or chunk.has_tails(where)
            or not self._gathered.add(plan, texts, stride, index, count)
        ):
            for offset in range(count):
                self._read_oddly(index + offset)
            return
        for place in plan.others:
            for offset in range(count):
                element = chunk.elements[where.start + offset * stride + place]
                self._read_other(index + offset, element)

    def _read_oddly(self, index: int) -> None:
        last = -1
        cp = self._table.cps[index]
        oddities.report_strays(self._table, index)
        for child in cp:
            slot = SLOTS.get(child.tag) or oddities.unknown_child(self._table, index, child)
            if slot is None:
                continue
            order, column = slot
            if order <= last and not oddities.accepted_again(self._table, index, child, last):
                continue
            last = max(last, order)
            if column >= 0:
                oddities.read_odd_number(self._table, index, column, child)
            elif column == MLC:
                oddities.read_odd_mlc(self._table, index, child)
            else:
                self._read_other(index, child)

    def _read_other(self, index: int, child: Element) -> None:
        part = CP_PARTS[SLOTS[child.tag][0]]
        reading = self._table.reading
        if part.only_in:
            reading.note_dialect(part.only_in, child, part.name, "read and kept")
        self._table.sparse[part.field][index] = (
            read_text(child, part.kind, reading, index)
            if isinstance(part.kind, Scalar)
            else read_shape(child, SUB_BEAM, reading)
        )
