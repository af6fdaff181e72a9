"""Sources that must agree, and baselines, through whole deliveries: headless, with stubs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.findings import InputError
from linacsim.model.signals import State
from linacsim.scenario.running import prepare, run_scenario
from tests.closed_loop import changed

BEAM = Path("scenarios/beams/beam-on.xml").resolve()
SCENARIO = """\
schema: 1
title: A beam that needs its markers, whatever they see
machine: truebeam-hd120
beam: {beam}
seed: 7
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5, power: 2}}
devices:
  - {{name: camera, kind: ndi-polaris, {asks}, stub: {{faults: [{faults}]}}}}
  - {{name: marker, kind: llp-marker, source: RTX1}}
real_time: {{wait_s: {wait_s}}}
limit_s: 80
expect: {{state: COMPLETE}}
"""
AGREE = "agree: {with: marker, within_cm: 0.2}"
Run = Callable[..., tuple[list[str], State]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the scenario; return the texts of its events and its last state."""

    def run_with(asks: str, *faults: str, wait_s: float = 12.0) -> tuple[list[str], State]:
        path = tmp_path / "two.yaml"
        text = SCENARIO.format(beam=BEAM, asks=asks, faults=", ".join(faults), wait_s=wait_s)
        path.write_text(text)
        report = run_scenario(prepare(path), tmp_path)
        journal = read_journal(report.outcome.files.journal)
        assert replay(journal).digest == report.outcome.digest.value()
        result = report.outcome.result
        return [event.text for event in result.events], result.state

    return run_with


def test_sources_that_agree_release_the_beam(run: Run) -> None:
    texts, state = run(AGREE)
    assert state is State.COMPLETE
    assert not any("sources disagree" in text for text in texts)


@pytest.mark.parametrize(
    ("fault", "named"),
    [("drift@10=120", "sources disagree"), ("invert@10", "(fault 15)"), ("scale@10", "(fault ")],
)
def test_one_that_goes_wrong_holds_the_beam_by_name(fault: str, named: str, run: Run) -> None:
    texts, state = run(AGREE, fault)
    assert state is not State.COMPLETE
    assert any("camera" in text and named in text for text in texts if "DEVICE_" in text)


@pytest.mark.parametrize("fault", ["scale@0=1.5", "invert@0", "swap@0"])
def test_one_that_is_wrong_from_the_start_is_not_ready(fault: str, run: Run) -> None:
    row = 14 if fault.startswith("scale") else 15
    with pytest.raises(InputError, match=rf"not ready within 12 s: .*\(fault {row}\)"):
        run(AGREE, fault)


def test_a_baseline_that_goes_away_is_a_fault(run: Run) -> None:
    texts, state = run("baseline: {fault_cm: 0.3}", "drift@33=20", wait_s=60.0)
    assert state is State.INTERRUPTED
    assert any("DEVICE_FAULT up: device fault: camera baseline: baseline" in t for t in texts)


@pytest.mark.parametrize(
    ("asks", "why"),
    [
        ("agree: {with: nobody, within_cm: 0.2}", "agree with nobody: that must be another"),
        ("agree: {with: camera, within_cm: 0.2}", "agree with camera: that must be another"),
        ("source: RTX1, agree: {with: marker, within_cm: 0.2}", "both stand for source RTX1"),
        ("source: RTX1", "both stand for source RTX1: give one of them another"),
    ],
)
def test_who_must_agree_is_looked_at_first(asks: str, why: str, run: Run) -> None:
    with pytest.raises(InputError, match=why):
        run(asks)


@pytest.mark.parametrize("fault", [None, "scale@20=1.4", "drift@20=120"])
def test_a_stage_that_plays_a_known_motion_is_a_reference(
    fault: str | None, tmp_path: Path
) -> None:
    def ask(data: dict) -> None:
        camera = data["devices"][1]
        camera["agree"] = {"with": "phantom", "within_cm": 0.3}
        camera["stub"]["faults"] = [fault] if fault else []
        data["limit_s"] = 60

    report = run_scenario(prepare(changed(tmp_path, ask)))
    told = [event.text for event in report.outcome.result.events]
    held = [text for text in told if text.startswith("DEVICE_") and "camera and phantom" in text]
    assert any("sources disagree" in text for text in held) is bool(fault)
    if fault is None:
        assert report.misses == ()
