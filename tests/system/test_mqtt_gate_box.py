"""Lines of a gate box behind a broker, through a whole delivery: judged as those of any device."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linacsim.model.signals import State
from linacsim.scenario.running import prepare, run_scenario

SCENARIO = """\
schema: 1
title: A gate box behind a broker
machine: truebeam-hd120
beam: {beam}
seed: 1
mqtt:
  url: embedded
  gate_boxes:
    - {{name: box, url: stub, device: 7, allow_unprotected: {allow}, stub: {{{stub}}}}}
hold_devices: [{{device: 7{rules}}}]
limit_s: 60
expect: {{state: COMPLETE}}
"""
BEAM = Path("scenarios/beams/hold-lines.xml").resolve()
HOLDS = "holds: [{from_s: 15.0, to_s: 16.0}]"
Run = Callable[..., tuple[str, State, float]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run with what the stub does; the beam is on from about 11 s on."""

    def run_with(stub: str, *, allow: str = "true", rules: str = "") -> tuple[str, State, float]:
        path = tmp_path / "box.yaml"
        path.write_text(SCENARIO.format(beam=BEAM, stub=stub, allow=allow, rules=rules))
        result = run_scenario(prepare(path)).outcome.result
        told = "\n".join(f"{event.tick * 0.01:.2f} {event.text}" for event in result.events)
        return told, result.state, result.mu

    return run_with


@pytest.mark.parametrize("clock_ppm", ["30", "150", "-180"])
def test_edges_count_by_the_clock_of_the_box(run: Run, clock_ppm: str) -> None:
    told, state, _ = run(f"{HOLDS}, clock_ppm: {clock_ppm}")
    assert state is State.COMPLETE
    assert "15.02 BEAM_HOLD up: held by device 7" in told
    assert "16.02 BEAM_HOLD down" in told or "16.01 BEAM_HOLD down" in told


def test_without_leave_it_is_never_ready(run: Run) -> None:
    told, state, mu = run(HOLDS, allow="false")
    assert "source without checksum" in told
    assert state is not State.COMPLETE
    assert mu == 0.0


@pytest.mark.parametrize(
    ("stub", "rules", "interlock"),
    [
        ("faults: ['silent@15+2']", "", "gate silent (fault 40)"),
        ("faults: ['drop@15+2']", "", "gate silent (fault 40)"),
        ("faults: ['chatter@15+3=15']", "", "HOLD_LINE_CHATTER up"),
        ("faults: ['stuck@0']", ", self_test: true", "HOLD_LINE_UNTESTED up"),
        ("holds: [{from_s: 15, to_s: 40}]", ", longest_hold_s: 5", "HOLD_LINE_STUCK up"),
        ("faults: ['line-fault@15+1']", "", "BEAM_HOLD_NOT_READY up"),
        ("faults: ['reboot@15']", "", "device restarted (fault 23)"),
    ],
)
def test_what_is_not_to_be_relied_on_stops_the_beam_by_name(
    run: Run, stub: str, rules: str, interlock: str
) -> None:
    told, state, mu = run(stub, rules=rules)
    assert interlock in told
    assert state is not State.COMPLETE
    assert mu < 60.0


def test_a_beat_lost_now_and_then_is_only_counted(run: Run) -> None:
    told, state, _ = run("faults: ['duplicate@12+5', 'jitter@12+5=20']")
    assert state is State.COMPLETE, told
