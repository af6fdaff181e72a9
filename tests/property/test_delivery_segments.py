"""The console that takes a plan and the planner that delivers it agree on small segments."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linacsim.dicom.desktop_pro.kinds import delivery_segments
from linacsim.dicom.desktop_pro.rules.delivery import LEAST_SEGMENT_MU
from linacsim.machines import load_machine
from linacsim.planning.fields import metersets
from tests.elekta_plans import good_plan, photon_beam, point, request_of

RULES = load_machine("precise-mlc").field_rules
STEPS = st.lists(st.integers(0, 15), min_size=2, max_size=8)


@given(STEPS)
def test_same_segments_are_too_small(tenths: list[int]) -> None:
    assert RULES is not None
    mu = np.cumsum([0, *tenths]) / 10
    plan = good_plan()
    plan.BeamSequence = [photon_beam(points=[point(k, float(one)) for k, one in enumerate(mu)])]
    for k, one in enumerate(plan.BeamSequence[0].ControlPointSequence):
        leaves = one.BeamLimitingDevicePositionSequence[2]
        leaves.LeafJawPositions = [k - 50] * 40 + [k + 50] * 40
    (beam,) = request_of(plan).beams
    segments = delivery_segments(mu, beam.points)
    refused = any(segment < LEAST_SEGMENT_MU - 1e-6 for segment in segments)
    step_mu = np.diff(mu)
    merged = metersets.delivery_segments(
        step_mu, np.ones(len(step_mu), dtype=bool), RULES, dynamic=bool((step_mu > 0).any())
    )
    assert refused == bool(metersets.too_small(step_mu, merged, RULES).size)
