"""Reads control points into arrays (manual, Appendix A, element Cp).

A long arc has thousands of points with 120 leaves each, so this does little Python per element:
numbers and leaves are gathered as texts and turned into arrays many points at a time. What is
not plainly right goes the slow way through `oddities`, with findings.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from lxml import etree
from lxml.etree import _Element as Element

from linacsim.formats.truebeam_xml import oddities
from linacsim.formats.truebeam_xml.beam_schema import CP_PARTS, SUB_BEAM
from linacsim.formats.truebeam_xml.decimals import parse_decimals
from linacsim.formats.truebeam_xml.leaves import Banks
from linacsim.formats.truebeam_xml.point_table import MLC, NUMBERS, OTHER, SLOTS, PointTable
from linacsim.formats.truebeam_xml.reading import Reading
from linacsim.formats.truebeam_xml.scalars import read_text
from linacsim.formats.truebeam_xml.values import Scalar
from linacsim.formats.truebeam_xml.walker import read_shape
from linacsim.model.arrays import Floats

BATCH = 128
"""Control points whose texts are turned into arrays together: small enough for the cache."""

_PLAIN = re.compile(r"[-+.0-9eE\s]*")
_STRAYS = tuple(
    etree.XPath(f"boolean({path})")
    for path in ("text()|@*", "Cp/text()", "Cp/Mlc/text()", "descendant::*/@*")
)
_COUNT = etree.XPath("count(descendant::*)")


def read_points(container: Element, pairs: int, reading: Reading) -> PointTable:
    """Return the table of the control points in `container`, `pairs` leaf pairs each."""
    cps = oddities.control_points(container, reading)
    table = PointTable(
        cps,
        reading,
        np.full((len(cps), len(NUMBERS)), np.nan),
        np.full((len(cps), 2 * pairs), np.nan),
    )
    gathered = _Gathered(table)
    for first in range(0, len(cps), BATCH):
        for index in range(first, min(first + BATCH, len(cps))):
            gathered.gather(index)
        gathered.flush()
    if _COUNT(container) != gathered.elements or any(path(container) for path in _STRAYS):
        oddities.report_strays(container, reading)
    oddities.check_first(table)
    oddities.check_couch(table, container)
    return table


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to read a control point with a given row of children."""

    numbers: tuple[int, ...]
    columns: tuple[int, ...]
    mlcs: tuple[int, ...]
    others: tuple[int, ...]


def _plan(names: tuple[str, ...]) -> _Plan | None:
    """Return the plan for a row of children, or None if any is unknown or out of order."""
    slots = [SLOTS.get(name) for name in names]
    known = [slot for slot in slots if slot is not None]
    orders = [order for order, _ in known]
    if len(known) < len(slots) or any(b <= a for a, b in pairwise(orders)):
        return None
    columns = [column for _, column in known]
    return _Plan(
        tuple(place for place, column in enumerate(columns) if column >= 0),
        tuple(column for column in columns if column >= 0),
        tuple(place for place, column in enumerate(columns) if column == MLC),
        tuple(place for place, column in enumerate(columns) if column == OTHER),
    )


class _Gathered:
    """Texts of a batch of control points."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._plans: dict[tuple[str, ...], _Plan | None] = {}
        self._banks = Banks(table.leaves.shape[1] // 2)
        self._where: list[int] = []
        self._texts: list[str | None] = []
        self.elements = len(table.cps)
        """Elements met so far that belong where they are."""

    def gather(self, index: int) -> None:
        """Take the texts of one control point."""
        children = list(self._table.cps[index])
        names = tuple([child.tag for child in children])
        if names not in self._plans:
            self._plans[names] = _plan(names)
        plan = self._plans[names]
        self.elements += len(names)
        if plan is None:
            self._gather_oddly(index, children)
            return
        base = index * len(NUMBERS)
        self._where += [base + column for column in plan.columns]
        self._texts += [children[place].text for place in plan.numbers]
        for place in plan.mlcs:
            self._gather_mlc(index, children[place])
        for place in plan.others:
            self._read_other(index, children[place])

    def _gather_oddly(self, index: int, children: list[Element]) -> None:
        last = -1
        for child in children:
            slot = SLOTS.get(child.tag) or oddities.unknown_child(self._table, index, child)
            if slot is None:
                continue
            order, column = slot
            if order <= last and not oddities.accepted_again(self._table, index, child, last):
                continue
            last = max(last, order)
            if column >= 0:
                self._where.append(index * len(NUMBERS) + column)
                self._texts.append(child.text)
            elif column == MLC:
                self._gather_mlc(index, child)
            else:
                self._read_other(index, child)

    def _gather_mlc(self, index: int, mlc: Element) -> None:
        parts = list(mlc)
        self.elements += len(parts)
        if [part.tag for part in parts] == ["ID", "B", "A"] and parts[0].text == "1":
            bank_b, bank_a = parts[1].text, parts[2].text
            if bank_a and bank_b:
                self._banks.add(index, bank_a, bank_b)
                return
        oddities.read_odd_mlc(self._table, index, mlc)

    def _read_other(self, index: int, child: Element) -> None:
        part = CP_PARTS[SLOTS[child.tag][0]]
        reading = self._table.reading
        if part.only_in:
            reading.note_dialect(part.only_in, child, part.name, "read and kept")
        if isinstance(part.kind, Scalar):
            value = read_text(child, part.kind, reading, index)
        else:
            value = read_shape(child, SUB_BEAM, reading)
            self.elements += len(child)
        self._table.sparse[part.field][index] = value

    def flush(self) -> None:
        """Turn the texts into numbers."""
        self._flush_numbers()
        self._flush_banks()

    def _flush_numbers(self) -> None:
        values = _values([text or "" for text in self._texts])
        if values is not None:
            self._table.numbers.flat[self._where] = values
        else:
            oddities.read_odd_numbers(self._table, self._where)
        self._where.clear()
        self._texts.clear()

    def _flush_banks(self) -> None:
        banks = self._banks
        values = banks.numbers()
        if values is not None:
            self._table.leaves[banks.rows] = values
        else:
            for index in banks.rows:
                oddities.read_odd_banks(self._table, index)
        banks.clear()


def _values(texts: list[str]) -> Floats | None:
    """Return the numbers of texts, None if any needs a closer look."""
    if not texts:
        return np.empty(0)
    values = parse_decimals(texts, 1)
    if values is not None:
        return values[:, 0]
    if not _PLAIN.fullmatch(" ".join(texts)):
        return None
    try:
        numbers = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None
