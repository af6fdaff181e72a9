"""Scales: what the same place of an axis is called by DICOM, Varian and Elekta.

Each scale states each axis as value = zero + sign * IEC value, some of them modulo a period, so
every pair of scales converts through IEC 61217, the scale of DICOM. Rotations are in degrees,
lengths in centimetres. docs/reference/scales.md shows the table with its sources.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis


class Scale(StrEnum):
    """Who states a position."""

    IEC_61217 = "IEC 61217"
    """DICOM."""
    VARIAN = "Varian internal"
    """Of TrueBeam XML and of trajectory logs with axis scale 1; the scale of this house."""
    VARIAN_IEC = "Varian IEC"
    """"Modified IEC 61217": trajectory logs with axis scale 2."""
    ELEKTA = "Elekta"
    """Of Elekta's consoles and records."""


class Wrap(Enum):
    """In which turn a periodic value is written."""

    POSITIVE = "0 up to the period"
    """0 <= value < period."""
    BIPOLAR = "half a period to both sides"
    """-period / 2 < value <= period / 2."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a scale states an axis."""

    zero: float
    """The value at IEC 0."""
    sign: int
    """1: grows as the IEC value grows; -1: against it."""
    wrap: Wrap | None = None
    period: float = 360.0
    """Only with `wrap`."""


SCALED_AXES = tuple(axis for axis in Axis if axis < Axis.CARRIAGE_A)
"""The axes that the table has; leaves are read as `LEAVES` says."""

_TURN = Reading(0.0, 1, Wrap.POSITIVE)
_TILT = Reading(0.0, 1, Wrap.BIPOLAR)
_SAME = Reading(0.0, 1)
_OUTWARD = Reading(0.0, -1)
_MIRRORED = Reading(0.0, -1, Wrap.POSITIVE)
_VARIAN_TURN = Reading(180.0, -1, Wrap.POSITIVE)

_ALL_SAME = dict.fromkeys(SCALED_AXES, _SAME) | {
    Axis.GANTRY_RTN: _TURN,
    Axis.COLL_RTN: _TURN,
    Axis.COUCH_RTN: _TURN,
    Axis.COUCH_PIT: _TILT,
    Axis.COUCH_ROL: _TILT,
}
_JAWS_OUTWARD = {Axis.X1: _OUTWARD, Axis.Y1: _OUTWARD}

TABLE: dict[Scale, dict[Axis, Reading]] = {
    Scale.IEC_61217: _ALL_SAME,
    Scale.VARIAN: _ALL_SAME
    | _JAWS_OUTWARD
    | {
        Axis.GANTRY_RTN: _VARIAN_TURN,
        Axis.COLL_RTN: _VARIAN_TURN,
        Axis.COUCH_RTN: _VARIAN_TURN,
        # Larger is lower: real logs of patients have 108 to 125 cm, the table below them.
        Axis.COUCH_VRT: Reading(100.0, -1),
        Axis.COUCH_LAT: Reading(100.0, 1),
    },
    Scale.VARIAN_IEC: _ALL_SAME
    | _JAWS_OUTWARD
    | {
        Axis.COUCH_RTN: _MIRRORED,
        Axis.COUCH_VRT: Reading(0.0, -1, Wrap.POSITIVE, 1000.0),
        Axis.COUCH_LAT: Reading(0.0, 1, Wrap.POSITIVE, 1000.0),
    },
    Scale.ELEKTA: _ALL_SAME
    | _JAWS_OUTWARD
    | {
        Axis.GANTRY_RTN: _TILT,
        Axis.COLL_RTN: _TILT,
        Axis.COUCH_RTN: Reading(0.0, -1, Wrap.BIPOLAR),
    },
}
"""Sources: docs/reference/scales.md."""


@dataclass(frozen=True, slots=True)
class LeafReading:
    """How a scale lists the leaves of an MLC that closes along X.

    Here A is the bank on the side of X2, B that on the side of X1.
    """

    banks: str
    """`AB` or `BA`: which bank comes first."""
    outward: bool
    """Whether both banks count outward from the centre line; else along IEC X."""
    from_minus_y: bool
    """Whether leaf 1 is the one at the most negative IEC Y."""


LEAVES = {
    Scale.IEC_61217: LeafReading("BA", outward=False, from_minus_y=True),
    Scale.VARIAN: LeafReading("AB", outward=True, from_minus_y=True),
    Scale.VARIAN_IEC: LeafReading("AB", outward=True, from_minus_y=True),
    Scale.ELEKTA: LeafReading("AB", outward=True, from_minus_y=False),
}


def convert(
    values: Floats | float, axis: Axis, source: Scale, target: Scale, *, wrap: bool = True
) -> Floats:
    """Return positions of one axis, any shape, in another scale; NaN stays NaN.

    Without `wrap` a path that goes on beyond the end of the period stays without a jump.
    """
    origin, goal = TABLE[source][axis], TABLE[target][axis]
    iec = origin.sign * (np.asarray(values, dtype=float) - origin.zero)
    if wrap and origin.wrap is not None:
        iec = _wrapped(iec, Wrap.BIPOLAR, origin.period)
    out = goal.zero + goal.sign * iec
    if wrap and goal.wrap is not None:
        out = _wrapped(out, goal.wrap, goal.period)
    # Adding 0 turns a minus zero into a plain one.
    return np.asarray(out + 0.0)


def convert_positions(positions: Floats, source: Scale, target: Scale) -> Floats:
    """Return (..., 12) positions of the single axes, in column order, in another scale."""
    columns = (convert(positions[..., axis], axis, source, target) for axis in SCALED_AXES)
    return np.stack(list(columns), axis=-1)


def convert_leaves(leaves: Floats, source: Scale, target: Scale) -> Floats:
    """Return (..., 2 * pairs) leaf positions as another scale lists and counts them."""
    pairs = leaves.shape[-1] // 2
    origin, goal = LEAVES[source], LEAVES[target]
    banks = np.asarray(leaves, dtype=float).reshape(*leaves.shape[:-1], 2, pairs)
    if origin.banks != goal.banks:
        banks = banks[..., ::-1, :]
    if origin.from_minus_y != goal.from_minus_y:
        banks = banks[..., ::-1]
    if origin.outward != goal.outward:
        signs = np.ones((2, 1))
        signs[goal.banks.index("B")] = -1.0
        banks = banks * signs + 0.0
    return np.ascontiguousarray(banks).reshape(leaves.shape)


def _wrapped(values: Floats, wrap: Wrap, period: float) -> Floats:
    """Return values in their turn; those that are in it already keep all their digits."""
    if wrap is Wrap.POSITIVE:
        inside = (values >= 0.0) & (values < period)
        other = np.mod(values, period)
        # A tiny negative number gives the period itself.
        other = np.where(other >= period, 0.0, other)
    else:
        inside = (values > -period / 2) & (values <= period / 2)
        other = period / 2 - np.mod(period / 2 - values, period)
    return np.where(inside | np.isnan(values), values, other)
