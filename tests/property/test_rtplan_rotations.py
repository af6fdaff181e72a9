"""Angles of arcs: whatever a plan states, the way goes where it says and stays in reach."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linacsim.formats.rtplan import plan_of, truebeam_sequences
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.rotations import unrolled
from linacsim.model.rt_plan import Rotation
from tests.effort import examples
from tests.rtplans import arc, plan

M120 = load_machine("truebeam-m120")
ANGLES = st.lists(st.integers(0, 3599).map(lambda tenths: tenths / 10), min_size=2, max_size=8)
DIRECTIONS = st.sampled_from(list(Rotation))


@given(angles=ANGLES, data=st.data(), clockwise=st.sampled_from([1, -1]))
@examples(100)
def test_the_way_passes_the_stated_angles_in_the_stated_direction(
    angles: list[float], data: st.DataObject, clockwise: int
) -> None:
    rotations = tuple(data.draw(DIRECTIONS) for _ in angles)
    stated = np.ones(len(angles), dtype=bool)
    way = unrolled(np.array(angles), stated, stated[1:], rotations, clockwise)
    assert way[0] == angles[0]
    assert np.abs((way - angles + 180) % 360 - 180).max() < 1e-9
    for step, rotation in zip(np.diff(way), rotations, strict=False):
        if rotation is Rotation.NONE:
            assert abs(step) <= 180
        else:
            growth = clockwise if rotation is Rotation.CLOCKWISE else -clockwise
            assert 0 < step * growth < 360 + 1e-9


@given(
    tenths=st.lists(st.integers(1800, 5400), min_size=2, max_size=6, unique=True),
    up=st.booleans(),
)
@examples(60)
def test_an_arc_that_does_not_pass_the_bottom_is_in_reach(tenths: list[int], up: bool) -> None:
    # From IEC 180 over 0 to 180 again: all that a gantry can do in one sweep.
    way = sorted((tenth / 10 for tenth in tenths), reverse=not up)
    dataset = plan(arc([round(angle % 360, 1) for angle in way], "CW" if up else "CC"))
    read = plan_of(dataset, "plan.dcm")
    assert {one.rule for one in read.findings} <= {"rtplan.full-turn"}
    chosen = read.plan.fraction_group()
    assert chosen is not None
    (beam,), findings = truebeam_sequences(read.plan, chosen.beams, M120)
    assert findings == ()
    gantry = beam.resolved_positions()[:, Axis.GANTRY_RTN]
    assert ((gantry > -1e-9) & (gantry < 360 + 1e-9)).all()
    assert np.abs(np.diff(gantry) + np.diff(way)).max() < 1e-6
