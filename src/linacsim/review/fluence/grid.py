"""The grid of a fluence map: columns across the leaves' travel, rows across their widths."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.findings import InputError

HALF_WIDTH_CM = 20.0
"""Leaves and jaws open up to 40 x 40 cm2 at the isocentre plane."""
LEAST_MM, MOST_MM = 0.1, 10.0
_EXACT = 1e-6


class Rows(StrEnum):
    """What a row of a map is."""

    SQUARE = "square"
    """A row of square pixels; Y jaws cut where they stand."""
    LEAVES = "leaves"
    """A leaf pair; its value is the mean over the leaf's width, so Y jaws that cut through it show
    by how much they cover."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """m strips, each within one leaf pair, that make up r rows of c columns."""

    x_edges_cm: Floats
    """(c + 1,)"""
    y_edges_cm: Floats
    """(r + 1,) edges of rows."""
    strip_edges_cm: Floats
    """(m + 1,)"""
    pair_of_strip: Ints
    """(m,) leaf pair, from 0."""

    @property
    def pixel_cm(self) -> float:
        """Width of a column."""
        return float(self.x_edges_cm[1] - self.x_edges_cm[0])

    def rows_of_strips(self, values: Floats) -> Floats:
        """Return (r, c) means over the rows of (m, c) means over the strips."""
        first = np.searchsorted(self.strip_edges_cm, self.y_edges_cm[:-1] + _EXACT) - 1
        weighted = values * np.diff(self.strip_edges_cm)[:, None]
        return np.asarray(np.add.reduceat(weighted, first) / np.diff(self.y_edges_cm)[:, None])


def grid_of(machine: MachineSpec, pixel_mm: float, rows: Rows) -> Grid:
    """Return the grid for a machine's leaves.

    Raises InputError for a size of pixel that does not fit into the field a whole number of times.
    """
    widths = machine.mlc.leaf_widths_cm
    leaf_edges = np.concatenate([[0.0], np.cumsum(widths)]) - widths.sum() / 2
    x_edges = _edges(HALF_WIDTH_CM, pixel_mm)
    y_edges = leaf_edges if rows is Rows.LEAVES else _edges(-float(leaf_edges[0]), pixel_mm)
    strips = _merged(y_edges, leaf_edges)
    middle = 0.5 * (strips[:-1] + strips[1:])
    return Grid(x_edges, y_edges, strips, np.searchsorted(leaf_edges, middle) - 1)


def _edges(half_cm: float, pixel_mm: float) -> Floats:
    if not LEAST_MM <= pixel_mm <= MOST_MM:
        raise InputError(f"pixels are {LEAST_MM} to {MOST_MM:g} mm wide, not {pixel_mm:g} mm")
    count = round(20 * half_cm / pixel_mm)
    if abs(count * pixel_mm - 20 * half_cm) > _EXACT:
        raise InputError(
            f"pixels of {pixel_mm:g} mm do not fit into {20 * half_cm:g} mm: choose another size"
        )
    return np.linspace(-half_cm, half_cm, count + 1)


def _merged(one: Floats, other: Floats) -> Floats:
    """Return the edges of both in order, those that are the same once."""
    every = np.sort(np.concatenate([one, other]))
    return np.asarray(every[np.concatenate([[True], np.diff(every) > _EXACT])])
