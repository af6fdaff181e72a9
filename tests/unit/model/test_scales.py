"""Scales by hand, and the page that shows them."""

import numpy as np
import pytest

from linacsim.model.axes import Axis
from linacsim.model.scales import Scale, convert, convert_leaves, convert_positions
from tools import scale_table

IEC, VARIAN, VARIAN_IEC, ELEKTA = Scale


@pytest.mark.parametrize(
    ("axis", "iec", "varian", "varian_iec", "elekta"),
    [
        (Axis.GANTRY_RTN, 0.0, 180.0, 0.0, 0.0),
        (Axis.GANTRY_RTN, 90.0, 90.0, 90.0, 90.0),
        (Axis.GANTRY_RTN, 270.0, 270.0, 270.0, -90.0),
        (Axis.GANTRY_RTN, 180.0, 0.0, 180.0, 180.0),
        (Axis.COLL_RTN, 10.0, 170.0, 10.0, 10.0),
        (Axis.COUCH_RTN, 350.0, 190.0, 10.0, 10.0),
        (Axis.COUCH_VRT, -12.5, 112.5, 12.5, -12.5),
        (Axis.COUCH_VRT, 5.0, 95.0, 995.0, 5.0),
        (Axis.COUCH_LAT, -3.0, 97.0, 997.0, -3.0),
        (Axis.COUCH_LAT, 3.0, 103.0, 3.0, 3.0),
        (Axis.COUCH_LNG, 90.0, 90.0, 90.0, 90.0),
        (Axis.COUCH_PIT, -1.0, -1.0, -1.0, -1.0),
        (Axis.COUCH_ROL, 2.0, 2.0, 2.0, 2.0),
        (Axis.X1, -5.0, 5.0, 5.0, 5.0),
        (Axis.X2, 5.0, 5.0, 5.0, 5.0),
        (Axis.Y1, 1.0, -1.0, -1.0, -1.0),
        (Axis.Y2, -1.0, -1.0, -1.0, -1.0),
    ],
)
def test_by_hand(axis: Axis, iec: float, varian: float, varian_iec: float, elekta: float) -> None:
    stated = dict(zip(Scale, (iec, varian, varian_iec, elekta), strict=True))
    for source, value in stated.items():
        for target, wanted in stated.items():
            assert convert(value, axis, source, target) == pytest.approx(wanted)


def test_leaves_by_hand() -> None:
    dicom = np.array([-3.0, -2.0, 4.0, 5.0])
    assert convert_leaves(dicom, IEC, VARIAN).tolist() == [4, 5, 3, 2]
    assert convert_leaves(dicom, IEC, VARIAN_IEC).tolist() == [4, 5, 3, 2]
    assert convert_leaves(dicom, IEC, ELEKTA).tolist() == [5, 4, 2, 3]
    assert convert_leaves(np.array([4.0, 5.0, 3.0, 2.0]), VARIAN, IEC).tolist() == dicom.tolist()


def test_an_arc_across_the_end_of_the_turn_has_no_jump() -> None:
    path = np.array([181.0, 300.0, 420.0, 539.0])
    out = convert(path, Axis.GANTRY_RTN, IEC, VARIAN, wrap=False)
    assert out.tolist() == [-1, -120, -240, -359]


def test_unknown_positions_stay_unknown() -> None:
    rows = np.full((2, 12), np.nan)
    rows[:, Axis.X1] = 0.0
    out = convert_positions(rows, IEC, VARIAN)
    assert np.isnan(out).sum() == 22
    assert not np.signbit(out[:, Axis.X1]).any()


def test_page_is_up_to_date() -> None:
    hint = "run python -m tools.scale_table"
    assert scale_table.PAGE.read_text(encoding="utf-8") == scale_table.page(), hint
