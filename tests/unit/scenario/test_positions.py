"""Position keys name columns, with their unit."""

import pytest

from linacsim.model.axes import Axis, AxisLayout
from linacsim.model.findings import InputError
from linacsim.scenario.positions import SINGLE_AXIS_KEYS, check_key, column_of

LAYOUT = AxisLayout(60)


def test_units_are_those_of_the_axes() -> None:
    assert SINGLE_AXIS_KEYS[Axis.GANTRY_RTN] == "gantry_rtn_deg"
    assert SINGLE_AXIS_KEYS[Axis.COUCH_PIT] == "couch_pit_deg"
    assert SINGLE_AXIS_KEYS[Axis.Y2] == "y2_cm"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("couch_lng_cm", "CouchLng"),
        ("carriage_b_cm", "carriage B"),
        ("leaf_a1_cm", "leaf A1"),
        ("leaf_b60_cm", "leaf B60"),
    ],
)
def test_key_names_its_column(key: str, name: str) -> None:
    assert LAYOUT.name(column_of(check_key(key), LAYOUT)) == name


@pytest.mark.parametrize(
    "key", ["gantry_rtn_cm", "leaf_a0_cm", "leaf_c1_cm", "carriage_c_cm", "x1"]
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no such axis"):
        check_key(key)


def test_leaf_that_the_mlc_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="40 leaf pairs"):
        column_of("leaf_a41_cm", AxisLayout(40))
