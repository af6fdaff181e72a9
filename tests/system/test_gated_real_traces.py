"""Gated beams against real breathing: every trace gates a beam to its end, or says why not."""

from pathlib import Path

import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.signals import State
from linacsim.scenario.running import Report, prepare, run_scenario

BEAMS = Path(__file__).parents[2] / "scenarios" / "beams"


def run(
    folder: Path, trace: Path, beam: str, rest: str = "", sensor: str = "{}", log: bool = False
) -> Report:
    """Deliver a shipped beam while a trace is replayed in a loop."""
    path = folder / "s.yaml"
    path.write_text(
        f"schema: 1\ntitle: real breathing\nmachine: truebeam-hd120\nbeam: {BEAMS / beam}\n"
        f"seed: 1\nmotion: {{kind: trace, file: {trace}, loop: true{rest}}}\n"
        f"sensor: {sensor}\nexpect: {{state: COMPLETE}}\n",
        encoding="utf-8",
    )
    return run_scenario(prepare(path), folder if log else None)


def test_external_signal_gates_by_height(shared_data: Path, tmp_path: Path) -> None:
    trace = shared_data / "traces" / "rpm-v1.6.vxp"
    sensor = "{preset: NDI, source: RTX1}"
    report = run(tmp_path, trace, "gated-rtx.xml", ", scale: 2", sensor, log=True)
    assert report.misses == ()
    assert report.gating is not None
    figures = report.gating.figures
    assert figures is not None
    assert figures.residual is not None
    assert figures.ungated is not None
    assert figures.residual.rms_cm < figures.ungated.rms_cm
    journal = report.outcome.files.journal
    assert journal is not None
    assert replay(read_journal(journal)).identical


def test_irregular_breathing_does_not_earn_a_phase(shared_data: Path, tmp_path: Path) -> None:
    """More than a quarter of this trace is flagged irregular by the system that recorded it."""
    trace = shared_data / "traces" / "rpm-v1.6.vxp"
    report = run(tmp_path, trace, "gated-phase-wrap.xml")
    result = report.outcome.result
    assert report.outcome.violations == ()
    assert result.state is State.COMPLETE or result.no_progress


@pytest.mark.parametrize("name", ["regular", "large-si", "breath-hold"])
def test_internal_target_gates_by_position(shared_data: Path, tmp_path: Path, name: str) -> None:
    trace = shared_data / "traces" / f"kim-liver-{name}.txt"
    sensor = "{preset: RTX1}"
    report = run(tmp_path, trace, "gated-rtx.xml", ', axes: ["0", "0", y]', sensor)
    result = report.outcome.result
    assert report.outcome.violations == ()
    assert result.state is State.COMPLETE or result.no_progress
    assert report.gating is not None
    figures = report.gating.figures
    assert figures is not None
    if result.state is State.COMPLETE and figures.holds:
        assert figures.residual is not None
        assert figures.ungated is not None
        assert figures.residual.rms_cm <= figures.ungated.rms_cm
