"""Random beams, delivered: what is planned is delivered, whatever the seed and the sampling."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from linacsim.formats.trajectory_log import read_log
from linacsim.planning import plan
from linacsim.review.compare import compare
from linacsim.review.metrics import PhaseKind, measure
from linacsim.review.planned import of_trajectory
from linacsim.review.recording import of_log
from tests.random_beams import RECIPES, Recipe
from tests.reviewing import MACHINE, deliver_to


@given(RECIPES)
@settings(max_examples=15, deadline=None)
def test_plan_and_deliveries_are_the_same(recipe: Recipe) -> None:
    beam = recipe.beam()
    trajectory = plan(beam, MACHINE).trajectory
    if trajectory is None or (not trajectory.dynamic.any() and trajectory.final_mu == 0):
        return  # nothing happens in it
    planned = of_trajectory(trajectory, beam, name="plan")
    with TemporaryDirectory() as folder:
        logs = [
            of_log(read_log(deliver_to(Path(folder) / f"{ms}.bin", beam, interval_ms=ms, seed=ms)))
            for ms in (10, 20)
        ]
    for reference, delivered in ((planned, logs[0]), (planned, logs[1]), logs, logs[::-1]):
        assert compare(reference, delivered, machine=MACHINE).differences == ()
    for log in logs:
        kinds = {phase.kind for phase in measure(log).phases}
        assert not kinds & {PhaseKind.HOLD, PhaseKind.INTERRUPT}
