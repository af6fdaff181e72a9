"""Rows of the catalogue that need a scenario of their own: the same headless and live.

Lines of a gate box that the machine doubts (39, 41) are no fault that the box's driver could see.
Baselines, scale and sign (12 to 15) are judged beside a second source. What is coarse (16) is
frozen too wherever it rests, so its marker moves fast. A connection that is half open (28) is a
stub that stands still, its socket open.
"""

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.control.interlocks import DEVICE_HOLD
from linacsim.devices.catalogue import Condition, named
from linacsim.model.findings import InputError
from linacsim.model.signals import Frames, State
from linacsim.scenario.live import run_live
from linacsim.scenario.running import prepare, run_scenario
from tests.hil.fault_bench import BEAM, Run, played
from tests.hil.stubs import stub_process

SCENARIO = """\
schema: 1
title: A row apart
machine: truebeam-hd120
beam: beam.xml
seed: 7
motion: {{kind: sine, {motion}}}
devices:
  - {device}
{more}
real_time: {{wait_s: 20, late: {{hold_after: null, stop_ms: null}}}}
limit_s: 30
expect: {{state: COMPLETE}}
"""
MARKER = "{name: marker, kind: llp-marker, rate_hz: 25, least_age_limit_ms: 300"
BREATH = "period_s: 4.0, travel_cm: 1.5"
RESTLESS = "period_s: 1.5, travel_cm: 0.8"
"""Too fast to rest in one of nine places for ten samples."""
WAITING = """\
hold_devices:
  - {device: 7, self_test: true, longest_quiet_s: 3}
operator:
  - do: load
  - {do: prepare, after_s: 0.5}
  - {do: mv_ready_press, at_s: 6}
  - {do: mv_beam_on, when: {state: READY}, after_s: 0.5}
"""
"""A line shows that it can hold, before the operator goes on."""


def write(
    folder: Path,
    device: str,
    *,
    more: str = "",
    mu: int = 25,
    listed: int = 0,
    motion: str = BREATH,
) -> Path:
    """Write beam and scenario; return the scenario."""
    devices = f'<BeamHoldDevices><Dev Id="{listed}"/></BeamHoldDevices>' if listed else ""
    (folder / "beam.xml").write_text(BEAM.format(mu=mu, devices=devices))
    path = folder / "apart.yaml"
    path.write_text(SCENARIO.format(device=device, more=more, motion=motion))
    return path


def headless(path: Path) -> Run:
    run_scenario(prepare(path), path.parent / "headless")
    return recorded(path.parent / "headless")


def live(path: Path) -> Run:
    run_live(prepare(path), path.parent / "live")
    return recorded(path.parent / "live")


ENGINES = {"headless": headless, "live": live}
engines = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
Engine = Callable[[Path], Run]


def recorded(folder: Path) -> Run:
    return played(next(folder.glob("*.journal")), 0.0)


def texts(run: Run) -> list[str]:
    return [text for _, text in run.events]


@dataclass(frozen=True)
class Doubt:
    """A line that the machine doubts, and what must come of it."""

    listed: int
    """Device that the beam lists."""
    faults: str
    state: State
    told: str
    """Event that says why there is no beam, or no more."""


DOUBTS = {
    "never moves": Doubt(
        7, "stuck@0", State.PREPARED, "MV READY pressed: HOLD_LINE_UNTESTED: not yet seen to hold"
    ),
    "stops moving": Doubt(7, "stuck@8", State.INTERRUPTED, "device 7: no edge for 3 s"),
    "is not planned": Doubt(
        3, "", State.PREPARED, "BEAM_HOLD_UNPLANNED: beam hold device 7 is ready and is not listed"
    ),
}


@engines
@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
def test_no_beam_with_a_line_that_is_doubted(doubt: Doubt, engine: Engine, tmp_path: Path) -> None:
    box = (
        f"{{name: box, kind: gate-box, device: 7, stub: {{faults: [{doubt.faults}], "
        "holds: [{from_s: 0.5, to_s: 0.7}], repeat_s: 1}}"
    )
    run = engine(write(tmp_path, box, more=WAITING, mu=100, listed=doubt.listed))
    assert run.state is doubt.state
    assert any(doubt.told in text for text in texts(run))
    assert run.mu[-1] < 100
    assert (run.mu[-1] == 0) is (doubt.state is State.PREPARED)


def beside_a_reference(*faults: str) -> str:
    """Return a marker for each fault and one without, which all must agree with."""
    keys = "kind: llp-marker, rate_hz: 25, least_age_limit_ms: 3000"
    agree = "agree: {with: reference, within_cm: 4}"
    markers = [
        f"{{name: marker-{k}, {keys}, source: S{k}, {agree}, stub: {{faults: ['{fault}']}}}}"
        for k, fault in enumerate(faults)
    ]
    return "\n  - ".join((*markers, f"{{name: reference, {keys}, source: R}}"))


@engines
def test_baselines_that_leave_their_reference_are_told_and_then_a_fault(
    engine: Engine, tmp_path: Path
) -> None:
    markers = beside_a_reference("step@9=3", "drift@7=25")
    run = engine(write(tmp_path, markers, mu=150))
    stepped = named(Condition.STEP)
    assert any(f"marker-0 and reference: {stepped}" in text for text in texts(run))
    fault = f"device fault: marker-1 and reference: {named(Condition.DRIFT)}"
    assert any(fault in text for text in texts(run))
    assert run.state is State.INTERRUPTED


@engines
def test_scale_and_sign_that_are_not_the_references_are_never_ready(
    engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path, beside_a_reference("scale@0=1.5", "invert@0"))
    with pytest.raises(InputError, match="not ready within 20 s") as refused:
        engine(path)
    for k, condition in enumerate((Condition.SCALE, Condition.SIGN)):
        part = str(refused.value).split(f"marker-{k} and reference: ")[1]
        assert named(condition) in part.split(" and reference: ")[0]


@engines
def test_coarse_places_are_told_and_the_beam_goes_on(engine: Engine, tmp_path: Path) -> None:
    marker = f"{MARKER}, stub: {{faults: [coarse@0=0.9]}}}}"
    run = engine(write(tmp_path, marker, mu=60, motion=RESTLESS))
    assert sum(named(Condition.COARSE) in text for text in texts(run)) == 1
    assert run.state is State.COMPLETE
    assert not run.flags(DEVICE_HOLD)[round(100 * run.loaded_s) + 100 :].any()


def test_a_connection_that_is_half_open_is_as_a_silent_device(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.mkdir()
    as_told = headless(write(silent, f"{MARKER}, stub: {{faults: [silent@6+1]}}}}"))
    with stub_process("llp-marker", "--rate-hz", "25", "--tcp", "127.0.0.1:0") as (where, stub):
        device = f"{MARKER}, url: '{where}', allow_simulated: true}}"
        path = write(tmp_path, device)
        run_live(prepare(path), tmp_path / "live", sinks=[Freezer(stub)])
    run = recorded(tmp_path / "live")
    for one in (as_told, run):
        assert sum(named(Condition.DROPOUT) in text for text in texts(one)) >= 1
        assert one.state is State.COMPLETE, "it comes back by itself"


class Freezer:
    """A sink that lets a stub stand still for a second, soon after beam-on."""

    def __init__(self, stub: "subprocess.Popen[str]") -> None:
        self._stub = stub
        self._delivered = 0

    def write(self, frames: Frames) -> None:
        before, delivering = self._delivered, int((frames.state == State.DELIVERING).sum())
        holding = int((frames.state == State.HOLDING).sum())
        self._delivered += delivering + holding
        for ticks, number in ((100, signal.SIGSTOP), (200, signal.SIGCONT)):
            if before < ticks <= self._delivered:
                self._stub.send_signal(number)

    def close(self, *, truncated: bool = False) -> None:
        self._stub.send_signal(signal.SIGCONT)
