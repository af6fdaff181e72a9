"""Texts of control points that wait to become arrays together."""

import re

import numpy as np

from linacsim.formats.truebeam_xml import oddities
from linacsim.formats.truebeam_xml.decimals import parse_decimals
from linacsim.formats.truebeam_xml.leaves import parse_banks
from linacsim.formats.truebeam_xml.point_plan import Plan
from linacsim.formats.truebeam_xml.point_table import NUMBERS, PointTable
from linacsim.model.arrays import Floats, Ints

MOST_POINTS = 128
MOST_NUMBERS = 16384
"""What is turned into arrays together: little enough for the processor's cache."""

_PLAIN = re.compile(r"[-+.0-9eE\s]*")


class Gathered:
    """Texts of single numbers with their flat index in the table, and of leaf banks."""

    def __init__(self, table: PointTable) -> None:
        """Gather for one table."""
        self._table = table
        self._rows: list[int] = []
        self._banks_a: list[str] = []
        self._banks_b: list[str] = []
        self._where: list[Ints] = []
        self._texts: list[str] = []

    def add(self, plan: Plan, texts: list[str | None], stride: int, index: int, count: int) -> bool:
        """Add `count` points of `stride` texts each; False: not added, they need a closer look."""
        if any(any(texts[place::stride]) for place in plan.holders):
            return False
        if plan.mlc is not None and not self._add_banks(
            texts[plan.mlc :], stride, range(index, index + count)
        ):
            return False
        base = np.arange(index, index + count) * len(NUMBERS)
        for place, column in plan.numbers:
            self._texts += [text or "" for text in texts[place::stride]]
            self._where.append(base + column)
        self._flush_banks(MOST_POINTS)
        if len(self._texts) >= MOST_NUMBERS:
            self._flush_numbers()
        return True

    def _add_banks(self, texts: list[str | None], stride: int, rows: range) -> bool:
        """Add the texts of ID, B and A that follow each Mlc, if they are the primary MLC's."""
        if texts[1::stride].count("1") != len(rows):
            return False
        banks_b = [text for text in texts[2::stride] if text]
        banks_a = [text for text in texts[3::stride] if text]
        if not len(banks_a) == len(banks_b) == len(rows):
            return False
        self._rows += rows
        self._banks_a += banks_a
        self._banks_b += banks_b
        return True

    def flush(self) -> None:
        """Turn what is left into arrays."""
        self._flush_numbers()
        self._flush_banks()

    def _flush_numbers(self) -> None:
        if self._texts:
            where = np.concatenate(self._where)
            values = parse_numbers(self._texts)
            if values is not None:
                self._table.numbers.flat[where] = values
            else:
                oddities.read_odd_numbers(self._table, where)
        self._where.clear()
        self._texts.clear()

    def _flush_banks(self, least: int = 1) -> None:
        """Turn banks into arrays while at least `least` points wait."""
        while len(self._rows) >= least:
            rows = self._rows[:MOST_POINTS]
            texts = self._banks_a[:MOST_POINTS] + self._banks_b[:MOST_POINTS]
            values = parse_banks(texts, self._table.leaves.shape[1] // 2)
            if values is None:
                for index in rows:
                    oddities.read_odd_banks(self._table, index)
            else:
                self._table.leaves[rows] = np.hstack((values[: len(rows)], values[len(rows) :]))
            for waiting in (self._rows, self._banks_a, self._banks_b):
                del waiting[:MOST_POINTS]


def parse_numbers(texts: list[str]) -> Floats | None:
    """Return the finite numbers of texts, None if any needs a closer look."""
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
