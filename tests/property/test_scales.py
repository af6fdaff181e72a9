"""Round trips between every pair of scales, for every axis and for leaves."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from linacsim.model.axes import ROTATIONS, Axis
from linacsim.model.scales import (
    SCALED_AXES,
    TABLE,
    Scale,
    Wrap,
    convert,
    convert_leaves,
    convert_positions,
)
from tests.effort import examples

PAIRS = list(itertools.product(Scale, Scale))
SLACK = 1e-9


def places(axis: Axis) -> st.SearchStrategy[np.ndarray]:
    reach = 360.0 if axis in ROTATIONS else 400.0
    return arrays(float, st.integers(1, 5), elements=st.floats(-reach, reach))


def difference(axis: Axis, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    gap = np.abs(one - other)
    if axis not in ROTATIONS:
        return gap
    gap %= 360.0
    return np.minimum(gap, 360.0 - gap)


@pytest.mark.parametrize("axis", SCALED_AXES)
@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(data=st.data())
@examples(5)
def test_there_and_back(axis: Axis, source: Scale, target: Scale, data: st.DataObject) -> None:
    iec = data.draw(places(axis))
    stated = convert(iec, axis, Scale.IEC_61217, source)
    there = convert(stated, axis, source, target)
    back = convert(there, axis, target, source)
    assert (difference(axis, back, stated) < SLACK).all()
    assert (difference(axis, convert(there, axis, target, Scale.IEC_61217), iec) < SLACK).all()


@pytest.mark.parametrize("axis", SCALED_AXES)
@pytest.mark.parametrize("scale", Scale)
@given(data=st.data())
@examples(5)
def test_values_are_written_in_their_turn(axis: Axis, scale: Scale, data: st.DataObject) -> None:
    reading = TABLE[scale][axis]
    out = convert(data.draw(places(axis)), axis, Scale.IEC_61217, scale)
    if reading.wrap is Wrap.POSITIVE:
        assert ((out >= 0) & (out < reading.period)).all()
    elif reading.wrap is Wrap.BIPOLAR:
        assert ((out > -reading.period / 2) & (out <= reading.period / 2)).all()


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(data=st.data())
@examples(5)
def test_leaves_there_and_back(source: Scale, target: Scale, data: st.DataObject) -> None:
    pairs = data.draw(st.sampled_from([1, 40, 60, 80]))
    shape = (*data.draw(st.sampled_from([(), (3,)])), 2 * pairs)
    stated = data.draw(arrays(float, shape, elements=st.floats(-20, 20)))
    there = convert_leaves(stated, source, target)
    assert there.shape == shape
    assert np.array_equal(convert_leaves(there, target, source), stated)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(data=st.data())
@examples(5)
def test_rows_of_positions_are_converted_axis_by_axis(
    source: Scale, target: Scale, data: st.DataObject
) -> None:
    rows = data.draw(arrays(float, (2, 12), elements=st.floats(-300, 300)))
    out = convert_positions(rows, source, target)
    for axis in SCALED_AXES:
        assert np.array_equal(out[:, axis], convert(rows[:, axis], axis, source, target))
