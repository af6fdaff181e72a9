"""A live run with a device of somebody's own: what it tells is what the beam is held to."""

from pathlib import Path

import pytest

from linacsim.model.signals import State
from linacsim.scenario.live import live_engine
from linacsim.scenario.running import prepare, run_scenario
from tests.hil.stubs import stub

BEAMS = Path(__file__).parent.parent.parent / "scenarios" / "beams"
SCENARIO = """\
schema: 1
title: A marker of somebody's own
machine: truebeam-hd120
beam: beam.xml
seed: 1
{motion}
devices:
{stage}
  - {{name: marker, kind: llp-marker, url: "{url}", allow_simulated: true}}
real_time: {{late: {{hold_after: null, stop_ms: null}}}}
expect: {{state: COMPLETE}}
"""
OTHER = "motion: {kind: sine, period_s: 3.0, travel_cm: 1.5, start_phase_deg: 90}"


STAGE = """\
  - name: phantom
    kind: llp-stage
    play: motion
    axes: [{axis: "0", along: z, zero_mm: 50, travel_mm: [0, 100]}]
"""


@pytest.mark.parametrize(
    ("motion", "stage"),
    [(OTHER, STAGE), ("", "")],
    ids=["a stage that plays another motion", "no motion"],
)
def test_figures_are_held_to_what_the_device_tells(motion: str, stage: str, tmp_path: Path) -> None:
    beam = (BEAMS / "gated-amplitude.xml").read_text()
    (tmp_path / "beam.xml").write_text(beam.replace("<Mu>100</Mu>", "<Mu>10</Mu>"))
    path = tmp_path / "scenario.yaml"
    with stub("llp-marker", "--tcp", "127.0.0.1:0", "--period-s", "2.0") as url:
        path.write_text(SCENARIO.format(motion=motion, stage=stage, url=url))
        prepared = prepare(path)
        with live_engine(prepared) as engine:
            report = run_scenario(prepared, engine=engine)
    assert report.outcome.result.state is State.COMPLETE
    assert report.gating is not None
    assert report.gating.truth.startswith("what marker told")
    assert bool(report.gating.figures_by_motion) is bool(stage), "beside those of the device"
    figures = report.gating.figures
    assert figures is not None
    assert figures.outside_mu is not None
    assert figures.outside_mu < 2.5
    assert figures.residual is not None
    assert figures.residual.most_cm < 0.5
