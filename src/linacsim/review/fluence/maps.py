"""Fluence maps: where the head was open while MU were given. Definition: docs/reference/fluence.md.

The edge of an opening at x adds its MU to all columns beyond x and, in the column that x lies in,
the share of it beyond x. So both edges of each pair and step are put down as two numbers each, and
one sum along the columns makes the map: exact, and without a loop over rows or leaves.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, Ints
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError, Place
from linacsim.review.fluence.grid import HALF_WIDTH_CM, Grid, Rows, grid_of
from linacsim.review.recording import Recording, delivery_of

DEFAULT_PIXEL_MM = 0.5
"""Divides the leaf widths of all shipped machines."""
_BLOCK = 2048
"""Steps taken at once: keeps memory small for logs of 20 minutes."""
_ROUNDING = 1e-12
"""Share of the MU that sums may leave where nothing was given."""
_FIXED_CM = 0.1
"""A jaw with a smaller range does not move."""
_JAWS = (Axis.X1, Axis.X2, Axis.Y1, Axis.Y2)


class Side(StrEnum):
    """Which values of a recording a map is made of."""

    EXPECTED = "expected"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True, eq=False)
class Fluence:
    """A map in the collimator's frame at the isocentre plane, summed over all gantry angles."""

    name: str
    """Name of the recording."""
    side: Side
    mu: Floats
    """(r, c) MU given while the place was open; row 0 is most negative Y, column 0 most negative X.
    """
    x_edges_cm: Floats
    """(c + 1,)"""
    y_edges_cm: Floats
    """(r + 1,)"""
    total_mu: float
    """MU from the first row of the recording to the last."""

    @property
    def x_mm(self) -> Floats:
        """(c,) middles of columns."""
        return 5.0 * (self.x_edges_cm[1:] + self.x_edges_cm[:-1])

    @property
    def y_mm(self) -> Floats:
        """(r,) middles of rows."""
        return 5.0 * (self.y_edges_cm[1:] + self.y_edges_cm[:-1])

    @property
    def pixel_mm(self) -> float:
        """Width of a column."""
        return float(10.0 * (self.x_edges_cm[1] - self.x_edges_cm[0]))


def fluence_of(
    recording: Recording,
    machine: MachineSpec,
    side: Side,
    pixel_mm: float = DEFAULT_PIXEL_MM,
    rows: Rows = Rows.SQUARE,
) -> Fluence:
    """Return the map of one side of a recording, by the machine's leaf widths.

    Raises InputError where the MLC is not the machine's, where a jaw, a leaf or MU are not told
    throughout, or where the recording holds no delivery.
    """
    recording = delivery_of(recording)
    _check_mlc(recording, machine)
    positions = recording.expected if side is Side.EXPECTED else recording.actual
    positions = _with_fixed_jaws(positions, machine)
    mu = recording.mu_expected if side is Side.EXPECTED else recording.mu_actual
    _check_numbers(recording, positions, mu, side)
    grid = grid_of(machine, pixel_mm, rows)
    given = np.diff(mu)
    edges = np.zeros((len(grid.pair_of_strip), len(grid.x_edges_cm) + 1))
    for block in np.array_split(np.flatnonzero(given), range(_BLOCK, len(given), _BLOCK)):
        if len(block):
            _add(
                edges,
                grid,
                recording,
                0.5 * (positions[block] + positions[block + 1]),
                given[block],
            )
    strips = np.cumsum(edges, axis=1)[:, : len(grid.x_edges_cm) - 1]
    strips[np.abs(strips) <= _ROUNDING * np.abs(given).sum()] = 0.0
    return Fluence(
        name=recording.name,
        side=side,
        mu=grid.rows_of_strips(strips),
        x_edges_cm=grid.x_edges_cm,
        y_edges_cm=grid.y_edges_cm,
        total_mu=float(mu[-1] - mu[0]),
    )


def _add(edges: Floats, grid: Grid, recording: Recording, positions: Floats, given: Floats) -> None:
    """Put both edges of every opening in b steps down in (m, c + 2) `edges`."""
    layout = recording.layout
    open_y = _open_share(grid, positions)
    used = np.flatnonzero(open_y.any(axis=0))
    pair = grid.pair_of_strip[used]
    left = np.maximum(-positions[:, layout.bank_b], -positions[:, Axis.X1, None])
    right = np.minimum(positions[:, layout.bank_a], positions[:, Axis.X2, None])
    right = np.maximum(left, right)
    weight = given[:, None] * open_y[:, used]
    for x, sign in ((left, 1.0), (right, -1.0)):
        place = (np.clip(x, -HALF_WIDTH_CM, HALF_WIDTH_CM) + HALF_WIDTH_CM) / grid.pixel_cm
        column = np.floor(place).astype(np.int64)
        beyond = (1.0 - (place - column))[:, pair]
        where = column[:, pair] + np.arange(len(used)) * edges.shape[1]
        _put(edges, used, where, sign * weight * beyond)
        _put(edges, used, where + 1, sign * weight * (1.0 - beyond))


def _put(edges: Floats, used: Ints, where: Ints, weight: Floats) -> None:
    size = len(used) * edges.shape[1]
    put = np.bincount(where.ravel(), weight.ravel(), minlength=size)
    edges[used] += put.reshape(len(used), -1)


def _open_share(grid: Grid, positions: Floats) -> Floats:
    """Return (b, m) shares of the strips' widths that the Y jaws leave open."""
    low = np.maximum(grid.strip_edges_cm[:-1], -positions[:, Axis.Y1, None])
    high = np.minimum(grid.strip_edges_cm[1:], positions[:, Axis.Y2, None])
    return np.asarray(np.maximum(high - low, 0.0) / np.diff(grid.strip_edges_cm))


def _with_fixed_jaws(positions: Floats, machine: MachineSpec) -> Floats:
    """Return positions in which jaws that the machine cannot move stand where it has them.

    Heads without diaphragms along X (Agility) do not log any.
    """
    jaws = np.array(_JAWS)
    fixed = jaws[machine.axes.upper[jaws] - machine.axes.lower[jaws] < _FIXED_CM]
    lacking = [int(jaw) for jaw in fixed if np.isnan(positions[:, jaw]).all()]
    if not lacking:
        return positions
    filled = positions.copy()
    filled[:, lacking] = machine.start[lacking]
    return filled


def _check_mlc(recording: Recording, machine: MachineSpec) -> None:
    place = Place(file=recording.name)
    if machine.mlc.model != recording.mlc_model:
        raise InputError(
            f"the MLC is {recording.mlc_model or 'unknown'}, that of {machine.name} is "
            f"{machine.mlc.model}: choose a machine that has it",
            place,
        )
    pairs, widths = recording.layout.leaf_pairs, len(machine.mlc.leaf_widths_cm)
    if pairs != widths:
        raise InputError(f"{pairs} leaf pairs are recorded, {machine.name} has {widths}", place)


def _check_numbers(recording: Recording, positions: Floats, mu: Floats, side: Side) -> None:
    """Refuse what is not told: a missing jaw is neither open nor closed."""
    place, layout = Place(file=recording.name), recording.layout
    needed = np.array([*_JAWS, *range(layout.leaves.start, layout.leaves.stop)])
    bad = ~np.isfinite(positions[:, needed])
    if bad.any():
        column = int(np.flatnonzero(bad.any(axis=0))[0])
        name = layout.name(int(needed[column]))
        if bad[:, column].all():
            raise InputError(f"{name} is not told: there is no fluence without it", place)
        row = int(np.argmax(bad[:, column]))
        raise InputError(f"{side} {name} is no number at {recording.time_s[row]:.2f} s", place)
    if not np.isfinite(mu).all():
        row = int(np.argmin(np.isfinite(mu)))
        raise InputError(f"{side} MU are no number at {recording.time_s[row]:.2f} s", place)
