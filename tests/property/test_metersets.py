"""Rounded MU and delivery segments (DP Note X)."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linacsim.machines import load_machine
from linacsim.planning.fields.metersets import delivery_segments, rounded, too_small
from tests.effort import examples

RULES = load_machine("precise-mlc").field_rules
assert RULES is not None
LEAST = RULES.least_segment_mu


@given(mu=st.lists(st.floats(0, 2000), min_size=1, max_size=20))
@examples(200)
def test_rounding_moves_by_half_a_step_at_most_and_keeps_the_order(mu: list[float]) -> None:
    exact = np.sort(mu)
    out = rounded(exact, 0.1)
    assert np.abs(out - exact).max() <= 0.05 + 1e-6
    assert (np.diff(out) >= 0).all()
    assert np.array_equal(rounded(out, 0.1), out)
    assert [float(f"{one:.1f}") for one in out] == out.tolist()


@given(
    parts=st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40),
    dynamic=st.booleans(),
)
@examples(200)
def test_delivery_segments_hold_all_dose_and_join_only_neighbours(
    parts: list[tuple[int, bool]], dynamic: bool
) -> None:
    assert RULES is not None
    mu = np.array([tenths / 10 for tenths, _ in parts])
    joins = np.array([False, *(join for _, join in parts[1:])])
    segment = delivery_segments(mu, joins, LEAST, dynamic=dynamic)
    assert np.array_equal(segment >= 0, mu > 0)
    lit = np.flatnonzero(mu > 0)
    groups = segment[lit]
    assert np.array_equal(np.unique(groups), np.arange(len(np.unique(groups))))
    assert (np.diff(groups) >= 0).all()
    for a, b in pairwise(lit.tolist()):
        if segment[a] == segment[b]:
            # Nothing but neighbours of a dynamic field that may go together.
            assert dynamic
            assert b == a + 1
            assert joins[b]
    small = set(too_small(mu, segment, LEAST, RULES.least_part_mu).tolist())
    for k in lit.tolist():
        whole = mu[segment == segment[k]].sum()
        assert (k in small) == (whole < LEAST - 1e-9)
