"""Positions of a TRF log as the house has them, and back.

The house has cm, the Varian internal scale, bank A at +X and leaf 1 at -Y (`model.axes`,
`model.scales`); a TRF log has mm, Elekta's scale, bank Y1 at +X and leaf 1 at +Y. Diaphragm X1 is
the house's Y2, X2 its Y1; a leaf guide is a carriage. The head has no X jaws and the log no pitch
and roll.
"""

import numpy as np

from linacsim.formats.trf.items import PAIRS
from linacsim.formats.trf.rows import Followed, TrfRows
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.model.scales import Scale, convert

LAYOUT = AxisLayout(PAIRS)

_MM_PER_CM = 10.0
_TURNS = {
    "gantry_deg": Axis.GANTRY_RTN,
    "collimator_deg": Axis.COLL_RTN,
    "table_isocentric_deg": Axis.COUCH_RTN,
}
_TABLE = {
    "table_longitudinal_cm": Axis.COUCH_LNG,
    "table_lateral_cm": Axis.COUCH_LAT,
    "table_height_cm": Axis.COUCH_VRT,
}
_OUTWARD_MM = {
    "x1_mm": Axis.Y2,
    "x2_mm": Axis.Y1,
    "guide_y1_mm": Axis.CARRIAGE_A,
    "guide_y2_mm": Axis.CARRIAGE_B,
}
_BANKS = {"leaves_y1_mm": LAYOUT.bank_a, "leaves_y2_mm": LAYOUT.bank_b}


def followed(expected: Floats, actual: Floats) -> dict[str, Followed]:
    """Return the followed axes of `TrfRows` by field, of (n, n_axes) positions of the house.

    Raises InputError unless there are 80 leaf pairs, as a TRF log has.
    """
    if actual.shape[1] != LAYOUT.n_axes:
        pairs = (actual.shape[1] - LAYOUT.bank_a.start) // 2
        raise InputError(f"a TRF log has {PAIRS} leaf pairs, this machine {pairs}")
    axes = {
        name: _followed(axis, expected[:, axis], actual[:, axis])
        for name, axis in (_TURNS | _TABLE).items()
    }
    for name, axis in _OUTWARD_MM.items():
        axes[name] = _in_mm(expected[:, axis], actual[:, axis])
    for name, bank in _BANKS.items():
        axes[name] = _in_mm(expected[:, bank][:, ::-1], actual[:, bank][:, ::-1])
    return axes


def positions(rows: TrfRows) -> tuple[Floats, Floats]:
    """Return (n, n_axes) expected and actual positions of the house; NaN where the log has none.

    Turns are followed beyond the end of their scale: an arc through 180 deg has no jump.
    """
    expected = np.full((len(rows), LAYOUT.n_axes), np.nan)
    actual = np.full_like(expected, np.nan)
    for name, axis in (_TURNS | _TABLE).items():
        expected[:, axis], actual[:, axis] = _followed_back(axis, getattr(rows, name))
    for name, axis in _OUTWARD_MM.items():
        mm: Followed = getattr(rows, name)
        expected[:, axis], actual[:, axis] = mm.prescribed / _MM_PER_CM, mm.actual / _MM_PER_CM
    for name, bank in _BANKS.items():
        mm = getattr(rows, name)
        expected[:, bank] = mm.prescribed[:, ::-1] / _MM_PER_CM
        actual[:, bank] = mm.actual[:, ::-1] / _MM_PER_CM
    return expected, actual


def _followed(axis: Axis, expected: Floats, actual: Floats) -> Followed:
    missing = _to_elekta(expected, axis) - _to_elekta(actual, axis)
    return Followed(convert(actual, axis, Scale.VARIAN, Scale.ELEKTA), missing)


def _in_mm(expected: Floats, actual: Floats) -> Followed:
    return Followed(_MM_PER_CM * actual, _MM_PER_CM * (expected - actual))


def _followed_back(axis: Axis, elekta: Followed) -> tuple[Floats, Floats]:
    actual = elekta.actual
    if axis in _TURNS.values():
        actual = np.unwrap(actual, period=360.0)
    prescribed = actual + elekta.error
    return _from_elekta(prescribed, axis), _from_elekta(actual, axis)


def _to_elekta(values: Floats, axis: Axis) -> Floats:
    return convert(values, axis, Scale.VARIAN, Scale.ELEKTA, wrap=False)


def _from_elekta(values: Floats, axis: Axis) -> Floats:
    return convert(values, axis, Scale.ELEKTA, Scale.VARIAN, wrap=False)
