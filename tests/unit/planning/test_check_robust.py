"""The checker takes any numbers and counts what it does not tell one by one."""

import re
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.model.findings import Finding
from linacsim.planning.check import machine, points
from linacsim.planning.check.numbers import TOLERANCE
from linacsim.planning.check.report import MOST_TOLD
from tests.beams import make_beam
from tests.checking import findings

NUMBERS = st.one_of(
    st.none(),
    st.floats(-400, 400),
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e308, -1e308]),
)
POINTS = st.lists(
    st.fixed_dictionaries(dict.fromkeys(("Mu", "GantryRtn", "X1", "X2"), NUMBERS)),
    min_size=1,
    max_size=12,
)


def counted(told: list[Finding]) -> int:
    """Return how many breaches findings of one rule about one element stand for."""
    more = sum(int(re.match(r"\d+", item.found).group()) for item in told[MOST_TOLD:])  # type: ignore[union-attr]
    return len(told[:MOST_TOLD]) + more


@settings(max_examples=200, deadline=None)
@given(POINTS, st.lists(st.floats(allow_nan=True), min_size=2, max_size=2))
def test_any_numbers_give_findings_whose_counts_are_right(
    rows: list[dict[str, float | None]], leaves: list[float]
) -> None:
    given_rows = [{k: v for k, v in row.items() if v is not None} for row in rows]
    beam = make_beam(*given_rows, {"leaves": tuple(leaves)})
    angles = [row.get("GantryRtn", np.nan) for row in given_rows]
    out = sum(angle < -5 - TOLERANCE or angle > 365 + TOLERANCE for angle in angles)
    gantry = [
        item for item in findings(beam, machine.AXIS_RANGE) if item.place.element == "GantryRtn"
    ]
    assert counted(gantry) == out
    held = beam.resolved_mu()
    falls = sum(b < a for a, b in pairwise(held))
    assert counted(findings(beam, points.MU_DECREASING)) == falls
