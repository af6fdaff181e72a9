"""Faults of a camera on a wire, through a whole gated delivery: held in time, told by name, back.

Headless: the driver that runs live talks to the stub that runs live, over a simulated wire.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from linacsim.control.interlocks import BIT, DEVICE_FAULT, DEVICE_HOLD
from linacsim.invariants.log_dose import LEAST_DOSE_MU
from linacsim.model.signals import Frames, State
from linacsim.model.time import TICK_NS
from linacsim.scenario.running import prepare, run_scenario

SCENARIO = """\
schema: 1
title: A camera must be live for this beam, whatever it sees
machine: truebeam-hd120
beam: {beam}
seed: 7
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5, power: 2}}
devices:
  - name: camera
    kind: ndi-polaris
    reply: {reply}
    stub: {{faults: [{faults}]}}
limit_s: 40
expect: {{state: COMPLETE}}
"""
BEAM = Path("scenarios/beams/beam-on.xml").resolve()


@dataclass
class Kept:
    """Keeps what matters of each tick."""

    state: list[int] = field(default_factory=list)
    interlocks: list[int] = field(default_factory=list)
    mu: list[float] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)

    def write(self, frames: Frames) -> None:
        self.state += frames.state.tolist()
        self.interlocks += frames.interlocks.tolist()
        self.mu += frames.mu_actual.tolist()
        self.events += [(event.tick * 0.01, event.text) for event in frames.events]

    def close(self, *, truncated: bool = False) -> None:
        pass

    def up_s(self, name: str) -> list[float]:
        flags = (np.array(self.interlocks) & BIT[name]) > 0
        return [
            float(tick) * TICK_NS / 1e9 for tick in np.flatnonzero(np.diff(flags.astype(int)) > 0)
        ]


Run = Callable[..., tuple[Kept, State]]


@pytest.fixture(params=["bx", "stream"])
def run(tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    """Run the scenario with faults; the beam is on from about 4 s on."""

    def run_with(*faults: str) -> tuple[Kept, State]:
        path, kept = tmp_path / "camera.yaml", Kept()
        path.write_text(SCENARIO.format(beam=BEAM, reply=request.param, faults=", ".join(faults)))
        report = run_scenario(prepare(path), sinks=[kept])
        return kept, report.outcome.result.state

    return run_with


HOLDS = {
    "dropout@6+1": ("no samples (fault 2)", 0.13),
    "repeat@6+1": ("no samples (fault 2)", 0.13),
    "silent@6+1": ("no samples (fault 2)", 0.13),
    "late@6+1=150": ("(fault", 0.35),
    "missing@6+1": ("marker missing (fault 17)", 0.07),
    "range@6+1": ("out of volume (fault 18)", 0.07),
    "nan@6+1": ("(fault", 0.15),
    "drop@6+1=1": ("no samples (fault 2)", 0.13),
    "freeze@6+1.5": ("value frozen (fault 4)", 0.25),
}
"""What is told, and by when after the fault: the age limit (100 ms), a tick, and the way of the
samples that were already taken; ten equal samples for a frozen value."""


@pytest.mark.parametrize("fault", HOLDS)
def test_the_beam_is_held_in_time_named_and_goes_on(fault: str, run: Run) -> None:
    told, within_s = HOLDS[fault]
    kept, state = run(fault)
    held = [time_s for time_s in kept.up_s(DEVICE_HOLD) if time_s > 1.0]
    assert held, "the fault holds the beam"
    assert 6.0 <= held[0] <= 6.0 + within_s
    text = next(text for time_s, text in kept.events if time_s > 1 and "DEVICE_HOLD up" in text)
    assert told in text
    assert text.startswith("DEVICE_HOLD up: held for camera: ")
    assert state is State.COMPLETE, "it goes on by itself"
    mu = np.array(kept.mu)
    flags = (np.array(kept.interlocks) & BIT[DEVICE_HOLD]) > 0
    dose_held = np.diff(mu)[flags[1:] & flags[:-1]]
    assert dose_held.max(initial=0.0) < LEAST_DOSE_MU, "no dose while it is up"


SMALL = ["drop@5+8=0.01", "jitter@5+8=8", "noise@5+8=100", "crc@5+8=0.02"]


@pytest.mark.parametrize("fault", SMALL)
def test_small_trouble_is_only_counted(fault: str, run: Run) -> None:
    kept, state = run(fault)
    assert [time_s for time_s in kept.up_s(DEVICE_HOLD) if time_s > 1.0] == []
    assert state is State.COMPLETE


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("reboot@6", "device restarted (fault 23)"),
        ("crc@6+1", "wrong checksums (fault 24)"),
        ("other@6", "device restarted (fault 23)"),
        ("unplug@6+1", "wire gone (fault 21)"),
        ("dropout@6+5", "signal lost (fault 3)"),
        ("freeze@6+6", "value frozen (fault 4)"),
    ],
)
def test_a_fault_waits_for_the_operator(fault: str, told: str, run: Run) -> None:
    kept, state = run(fault)
    assert kept.up_s(DEVICE_FAULT)
    assert any(told in text for time_s, text in kept.events if time_s >= 6.0)
    assert state is State.INTERRUPTED, "nobody acknowledged it"


def test_a_single_spike_is_left_out(run: Run) -> None:
    kept, state = run("spike@6=30")
    assert [time_s for time_s in kept.up_s(DEVICE_HOLD) if time_s > 1.0] == []
    assert state is State.COMPLETE
