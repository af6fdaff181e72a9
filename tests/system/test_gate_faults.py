"""Leaving a window that must not be left stops the delivery, then and not before."""

from pathlib import Path

import pytest

from linacsim.scenario.running import Report, prepare, run_scenario

SCENARIO = Path(__file__).parents[2] / "scenarios" / "gated-fault-on-exit.yaml"


def run(block: int) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linacsim.machine.linac.BLOCK_TICKS", block)
        return run_scenario(prepare(SCENARIO))


@pytest.mark.parametrize("block", [1, 7, 512])
def test_a_fault_comes_when_the_window_is_left_however_far_motion_is_known(block: int) -> None:
    report = run(block)
    assert report.misses == ()
    assert report.outcome.digest.value() == run(512).outcome.digest.value()
    told = {
        event.text.split(":")[0]: event.tick
        for event in report.outcome.result.events
        if event.kind == "interlock"
    }
    # The breath is held from the first full inhale after 10 s for 5 s, and the sensor, the gate
    # and the machine take a tenth of a second.
    hold = next(tick for text, tick in told.items() if text == "BEAM_HOLD up")
    assert told["GATE_FAULT up"] >= 1500
    assert hold <= told["GATE_FAULT up"]


def test_acknowledging_once_clears_the_fault() -> None:
    texts = [event.text for event in run(512).outcome.result.events if event.kind == "interlock"]
    assert sum(text.startswith("GATE_FAULT up") for text in texts) == 1
    assert sum(text.startswith("GATE_FAULT down") for text in texts) == 1
