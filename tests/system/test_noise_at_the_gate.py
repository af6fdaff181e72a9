"""A gate that is computed from noisy samples may open and close as often as they make it."""

from pathlib import Path

import pytest

from linacsim.control import interlocks as il
from linacsim.model.signals import State
from linacsim.scenario.running import Report, prepare, run_scenario

BEAM = Path(__file__).parents[2] / "scenarios" / "beams" / "gated-amplitude.xml"


def deliver(folder: Path, state: State, more: str = "") -> Report:
    """Deliver while the target passes the gate's edges slowly, seen with much noise."""
    path = folder / "s.yaml"
    path.write_text(
        f"schema: 1\ntitle: t\nmachine: truebeam-hd120\nbeam: {BEAM}\nseed: 1\n"
        "motion: {kind: patient, travel_cm: 1.2, period_s: 6}\n"
        "sensor: {rate_hz: 60, noise_cm: 0.05, quantum_cm: 0}\n"
        f"no_progress_s: 60\nexpect: {{state: {state.name}}}\n{more}",
        encoding="utf-8",
    )
    report = run_scenario(prepare(path))
    assert report.misses == ()
    return report


def edges_in_a_second(report: Report) -> int:
    told = [event for event in report.outcome.result.events if "BEAM_HOLD" in event.text]
    ticks = [event.tick for event in told]
    return max(sum(tick <= other < tick + 100 for other in ticks) for tick in ticks)


def test_noise_at_the_edge_holds_and_releases_and_is_no_fault(tmp_path: Path) -> None:
    report = deliver(tmp_path, State.COMPLETE)
    assert report.outcome.result.interlocks == (il.BEAM_HOLD,)
    assert edges_in_a_second(report) > 10
    assert report.outcome.violations == ()


def test_a_scenario_may_ask_for_a_gate_that_does_not_chatter(tmp_path: Path) -> None:
    rules = "hold_devices: [{device: 4, chatter_edges_per_s: 10}]\n"
    report = deliver(tmp_path, State.INTERRUPTED, rules)
    assert il.HOLD_LINE_CHATTER in report.outcome.result.interlocks


@pytest.mark.parametrize("other", ["{device: 7, chatter_edges_per_s: 10}", "{device: 4}"])
def test_rules_of_wires_are_not_the_gates(tmp_path: Path, other: str) -> None:
    report = deliver(tmp_path, State.COMPLETE, f"hold_devices: [{other}]\n")
    assert report.outcome.result.interlocks == (il.BEAM_HOLD,)
