"""Positions of a DICOM beam as TrueBeam counts them: Varian internal scale, degrees and cm."""

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.rt_plan import RtControlPoints
from linacsim.model.scales import Scale, convert, convert_leaves

_TURN = 360.0
_MM_PER_CM = 10.0
_DECIMALS = 9
"""What is kept of a quotient by ten: a decimal number stays as short as the plan has it."""


def single_axes(points: RtControlPoints) -> Floats:
    """Return (n, 12) positions in column order; NaN where the plan does not place an axis."""
    out = np.full((len(points), N_SINGLE), np.nan)
    for axis, angles in (
        (Axis.GANTRY_RTN, points.gantry_deg),
        (Axis.COLL_RTN, points.collimator_deg),
        (Axis.COUCH_RTN, points.support_deg),
    ):
        out[:, axis] = _in_reach(convert(angles, axis, Scale.IEC_61217, Scale.VARIAN, wrap=False))
    for axis, values in (
        (Axis.COUCH_PIT, points.pitch_deg),
        (Axis.COUCH_ROL, points.roll_deg),
        (Axis.COUCH_VRT, points.couch_mm[:, 0] / _MM_PER_CM),
        (Axis.COUCH_LNG, points.couch_mm[:, 1] / _MM_PER_CM),
        (Axis.COUCH_LAT, points.couch_mm[:, 2] / _MM_PER_CM),
        (Axis.X1, points.x_jaws_mm[:, 0] / _MM_PER_CM),
        (Axis.X2, points.x_jaws_mm[:, 1] / _MM_PER_CM),
        (Axis.Y1, points.y_jaws_mm[:, 0] / _MM_PER_CM),
        (Axis.Y2, points.y_jaws_mm[:, 1] / _MM_PER_CM),
    ):
        out[:, axis] = convert(values, axis, Scale.IEC_61217, Scale.VARIAN)
    return np.round(out, _DECIMALS)


def leaves(points: RtControlPoints) -> Floats:
    """Return (n, 2 * pairs) leaf positions, bank A first."""
    cm = np.round(points.leaves_mm / _MM_PER_CM, _DECIMALS)
    return convert_leaves(cm, Scale.IEC_61217, Scale.VARIAN)


def changes_only(values: Floats) -> Floats:
    """Return (n, m) values with NaN where a column is as in the row before."""
    out = values.copy()
    out[1:][values[1:] == values[:-1]] = np.nan
    return out


def _in_reach(path: Floats) -> Floats:
    """Return a path, whole turns apart, where a machine goes that cannot pass its 0 or 360.

    Of two turns that both leave 0 to 360, that which leaves it less; a place at 0 stays 0.
    """
    if np.isnan(path[0]):
        return path
    low, high = float(path.min()), float(path.max())
    first = -int(np.floor((low + high) / 2 / _TURN))
    turns = sorted((first, first - 1, first + 1), key=lambda k: _beyond(low, high, k))
    return path + turns[0] * _TURN


def _beyond(low: float, high: float, turns: int) -> tuple[float, int]:
    beyond = max(0.0, -(low + turns * _TURN)) + max(0.0, high + turns * _TURN - _TURN)
    return round(beyond, 9), abs(turns)
