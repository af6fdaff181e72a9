"""Whatever beam the emulator delivers, its log keeps the rules that logs of machines keep."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.formats.trajectory_log import read_log
from linacsim.review.log_check import check_log, told
from tests.random_beams import RECIPES, Recipe
from tests.reviewing import MACHINE, deliver_to

HOLDS = st.one_of(
    st.none(),
    st.tuples(st.floats(14.0, 20.0), st.floats(0.1, 3.0)).map(lambda hold: (hold[0], sum(hold))),
)


@pytest.mark.filterwarnings("error")
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(recipe=RECIPES, hold_s=HOLDS, interval_ms=st.sampled_from([10, 20]))
def test_logs_of_random_beams_keep_all_rules(
    tmp_path: Path, recipe: Recipe, hold_s: tuple[float, float] | None, interval_ms: int
) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = tmp_path / "random.bin"
    deliver_to(path, recipe.beam(), interval_ms=interval_ms, hold_s=hold_s)
    if path.exists():
        found = check_log(read_log(path), MACHINE, recipe.energy).violations
        assert [told(item) for item in found] == []
