"""The console takes a dynamic field whose every run of segments with dose has the least dose."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linacsim.dicom.desktop_pro.kinds import merged_segments
from linacsim.dicom.desktop_pro.rules.delivery import LEAST_SEGMENT_MU
from linacsim.planning.fields.metersets import too_small
from tests.elekta_plans import good_plan, photon_beam, point, request_of

STEPS = st.lists(st.integers(0, 15), min_size=2, max_size=8)


@given(STEPS)
def test_a_run_below_the_least_dose_is_refused(tenths: list[int]) -> None:
    mu = np.cumsum([0, *tenths]) / 10
    plan = good_plan()
    plan.BeamSequence = [photon_beam(points=[point(k, float(one)) for k, one in enumerate(mu)])]
    for k, one in enumerate(plan.BeamSequence[0].ControlPointSequence):
        leaves = one.BeamLimitingDevicePositionSequence[2]
        leaves.LeafJawPositions = [k - 50] * 40 + [k + 50] * 40
    (beam,) = request_of(plan).beams
    segment = merged_segments(mu, beam.points, LEAST_SEGMENT_MU)
    refused = too_small(np.diff(mu), segment, LEAST_SEGMENT_MU, 0.1).size
    runs = [sum(run) for lit, run in groupby(tenths, bool) if lit]
    assert bool(refused) == any(run < 10 for run in runs), runs
