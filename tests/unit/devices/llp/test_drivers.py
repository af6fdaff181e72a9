"""Drivers of LLP/1 against stubs that go wrong: each fault has its reaction, in time, by name."""

from dataclasses import replace

import pytest

pytest.importorskip("cobs", reason="needs the extra `devices`")

import itertools

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM, RESONATOR_PPM
from linacsim.devices.health import LinkState
from linacsim.devices.llp.gate_box import GateBoxSettings, LlpGateBox
from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.devices.sample import Mark
from linacsim.model.messages import Fault, HeartBeats, HoldLine, Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.waveforms import Uniform
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.llp.box import Identity
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import Script
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris
from linacsim.stubs.plug import Plug
from linacsim.stubs.zaber.device import Zaber
from tests.llp_wired import LIMITS, Wired, gate, marker
from tests.noise import Noise

FAULT_S = 5.0


def test_a_marker_is_live_within_a_second_and_its_times_are_the_hosts() -> None:
    wired = marker(clock=DeviceClock(2**32 - 3_000_000, ppm=80.0)).run_to(8.0)
    assert wired.first(Standing.GOOD, 0.0) < 1.0
    newest = wired.samples[-1][1].samples[-1]
    assert newest.valid
    delays_ms = [
        (s.received_ns - s.measured_ns) / NS_PER_MS for _, m in wired.samples for s in m.samples
    ]
    assert min(delays_ms) > 2.0
    assert max(delays_ms) < 12.0, "at 115200 baud a frame takes 4 to 5 ms; one may come between"
    assert len(wired.samples) > 60 * 7


def test_a_clock_that_is_told_only_roughly_is_noted() -> None:
    """Half of 30 ms there and back may be hidden in one way."""
    assert marker().run_to(4.0).counts(Condition.DEGRADED) == 0
    rough = marker("late@0=30").run_to(4.0)
    assert rough.driver.health().live
    assert rough.counts(Condition.DEGRADED) > 100


HOLD, FAULTY = Standing.HOLD, Standing.FAULT
CASES = [
    # fault, condition, standing, at the latest after s, comes back
    ("dropout@5+1", Condition.DROPOUT, HOLD, 0.13, True),
    ("dropout@5+4", Condition.LOST, FAULTY, 3.13, True),
    ("freeze@5+1", Condition.FROZEN_VALUE, HOLD, 0.22, True),
    ("freeze@5+4", Condition.FROZEN_VALUE, FAULTY, 3.3, True),
    ("repeat@5+1", Condition.FROZEN_FRAME, HOLD, 0.15, True),
    ("late@5+1=200", Condition.LATE, HOLD, 0.13, True),
    ("nan@5+1", Condition.NOT_A_NUMBER, HOLD, 0.13, True),
    ("missing@5+1", Condition.MISSING, HOLD, 0.04, True),
    ("range@5+1", Condition.OUT_OF_VOLUME, HOLD, 0.04, True),
    ("spike@5+1=30", Condition.SPIKE, HOLD, 0.06, True),
    ("reboot@5", Condition.REBOOT, FAULTY, 0.04, True),
    ("crc@5+1=0.5", Condition.CRC, FAULTY, 1.1, True),
    ("silent@5+1", Condition.DROPOUT, HOLD, 0.13, True),
    ("clock-step@5=50", Condition.CLOCK_STEP, HOLD, 1.05, True),
    ("clock-step@5=-50", Condition.CLOCK_STEP, HOLD, 1.05, True),
    ("clock-step@5=3000", Condition.CLOCK_STEP, HOLD, 0.13, True),
    ("clock-drift@5+1=20000", Condition.CLOCK_STEP, HOLD, 2.1, False),
]


@pytest.mark.parametrize(
    ("fault", "condition", "standing", "within_s", "back"), CASES, ids=[case[0] for case in CASES]
)
def test_faults_take_permission_away_in_time_and_by_name(
    fault: str, condition: Condition, standing: Standing, within_s: float, back: bool
) -> None:
    wired = marker(fault).run_to(14.0)
    assert wired.standing_at(FAULT_S) is Standing.GOOD
    assert wired.first(standing, FAULT_S) <= FAULT_S + within_s
    assert f"(fault {condition.value})" in wired.text()
    assert (wired.standing_at(14.0) is Standing.GOOD) is back


def test_babbling_is_a_fault_within_a_second_and_costs_no_time() -> None:
    wired = marker("babble@5+2=1000000", baud=20_000_000).run_to(12.0)
    assert wired.first(Standing.FAULT, FAULT_S) <= FAULT_S + 1.1
    assert "babbling (fault 27)" in wired.text()
    assert wired.standing_at(12.0) is Standing.GOOD
    assert wired.driver.session.receiver.counters.babble > 1_900_000, "thrown away unread"


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        ("drop@5+2=0.1", Condition.DROPPED),
        ("duplicate@5+2", None),
        ("reorder@5+2=0.2", None),
        ("jitter@5+2=40", Condition.JITTER),
        ("spike@5=30", Condition.SPIKE),
        ("crc@5+2=0.01", None),
    ],
)
def test_small_faults_are_counted_and_the_beam_goes_on(
    fault: str, condition: Condition | None
) -> None:
    wired = marker(fault).run_to(10.0)
    assert [report.standing for t, report in wired.reports if t > FAULT_S] == []
    if condition is not None:
        assert wired.counts(condition) >= 1
    counters = wired.driver.session.receiver.counters
    if fault.startswith("duplicate"):
        assert counters.duplicates > 100
    if fault.startswith("reorder"):
        assert counters.out_of_order > 10


def test_no_sample_is_passed_on_while_the_device_is_not_in_step() -> None:
    wired = marker("clock-step@5=500").run_to(8.0)
    held_s = wired.first(Standing.HOLD, FAULT_S)
    good_s = wired.first(Standing.GOOD, FAULT_S)
    late = [s for t, m in wired.samples if FAULT_S < t < 8.0 for s in m.samples]
    assert held_s < good_s
    assert all(abs(s.received_ns - s.measured_ns) < 120 * NS_PER_MS for s in late)


@pytest.mark.parametrize(
    ("identity", "settings", "text"),
    [
        (Identity(serial="0002"), MarkerSettings(LIMITS, serial="0001"), "serial number 0002"),
        (Identity(), MarkerSettings(LIMITS, serial="17"), "wanted is 17"),
    ],
)
def test_another_device_is_refused(identity: Identity, settings: MarkerSettings, text: str) -> None:
    wired = marker(identity=identity, settings=settings).run_to(3.0)
    assert text in wired.text()
    assert not wired.driver.health().live
    assert wired.samples == []


@pytest.mark.parametrize("driver", [LlpMarker, LlpGateBox])
@pytest.mark.parametrize(
    ("stub", "told"),
    [
        (Grbl, "wrong tool or device (fault 20): no HELO of LLP/1; it says \"[MSG:'$H'|"),
        (Zaber, "not live yet: no answer to HELO: is it another device, or the wrong baud"),
        (lambda: Polaris(Camera(Uniform())), "not live yet: no answer to HELO: is it"),
        (lambda: Noise(500), "nothing readable (fault 26): "),
    ],
)
def test_another_kind_of_device_is_named_after_three_seconds(driver, stub, told) -> None:
    settings = {LlpMarker: MarkerSettings(LIMITS), LlpGateBox: GateBoxSettings(0)}[driver]
    wired = Wired(driver("box", settings), stub())
    assert told in wired.run_to(3.1).driver.health().text


def test_what_is_said_of_a_stranger_is_over_once_the_device_is_there() -> None:
    wired = marker("silent@0+5").run_to(4.0)
    assert "no answer to HELO" in wired.driver.health().text
    assert wired.run_to(8.0).driver.health().live
    assert Standing.FAULT not in {report.standing for _, report in wired.reports}


def test_a_pulled_plug_is_a_fault_at_once_and_the_same_device_comes_back() -> None:
    wired = marker(plug=Plug(Faults([fault_of("unplug@5+2")]))).run_to(10.0)
    assert wired.first(Standing.FAULT, 4.9) <= 5.02
    assert "wire gone (fault 21): unplugged" in wired.text()
    assert 7.0 < wired.first(Standing.GOOD, 5.1) < 8.0


def test_a_simulated_device_needs_leave() -> None:
    limits = replace(LIMITS, allowed=Mark.NONE)
    wired = marker(settings=MarkerSettings(limits)).run_to(3.0)
    assert not wired.driver.health().live
    assert "simulated source" in wired.text()
    assert wired.samples, "it is seen all the same"


@pytest.mark.parametrize(("expected_ppm", "live"), [(CRYSTAL_PPM, False), (RESONATOR_PPM, True)])
def test_a_board_with_a_resonator_needs_wider_bounds(expected_ppm: float, live: bool) -> None:
    settings = MarkerSettings(LIMITS, clock_ppm=expected_ppm)
    wired = marker(settings=settings, clock=DeviceClock(0, ppm=3000.0)).run_to(20.0)
    assert wired.driver.health().live is live
    assert ("device clock out of bounds (fault 32)" in wired.text()) is not live
    newest = wired.samples[-1][1].samples[-1]
    assert not live or newest.received_ns - newest.measured_ns < 12 * NS_PER_MS


def test_binary_samples_are_used_alike() -> None:
    wired = marker(settings=MarkerSettings(LIMITS, binary=True)).run_to(3.0)
    assert wired.driver.health().live
    assert wired.stub._v.is_binary
    assert wired.driver.session.receiver.counters.broken == 0


def test_the_driver_leaves_the_device_quiet() -> None:
    wired = marker().run_to(2.0)
    wired.driver.leave(2 * NS_PER_S)
    wired.run_to(2.1)
    n = len(wired.samples)
    assert len(wired.run_to(3.0).samples) == n


def test_a_gate_box_is_ready_live_and_beats() -> None:
    script = Script(holds_ns=((3 * NS_PER_S, 4 * NS_PER_S),))
    wired = gate(script=script).run_to(6.0)
    lines = [(m.hold, m.time_ns / NS_PER_S) for _, m in wired.messages if isinstance(m, HoldLine)]
    assert lines == [
        (True, pytest.approx(3.0, abs=0.003)),
        (False, pytest.approx(4.0, abs=0.003)),
    ]
    ready = [m.value for _, m in wired.messages if isinstance(m, Fault)]
    assert ready == [1.0]
    beats = [m.first_ns for _, m in wired.messages if isinstance(m, HeartBeats)]
    gaps = [b - a for a, b in itertools.pairwise(beats)]
    assert max(gaps) < 60 * NS_PER_MS


def test_an_edge_reaches_the_machine_with_its_own_time_in_the_next_tick() -> None:
    script = Script(holds_ns=((3 * NS_PER_S + 4_321_000, 4 * NS_PER_S),))
    wired = gate(script=script).run_to(3.5)
    at_s, edge = next((t, m) for t, m in wired.messages if isinstance(m, HoldLine) and m.hold)
    assert edge.time_ns == pytest.approx(3 * NS_PER_S + 4_321_000, abs=3 * NS_PER_MS)
    assert at_s <= 3.02


def test_a_silent_gate_box_is_a_fault_after_150_ms_and_not_ready() -> None:
    wired = gate("silent@5+1").run_to(8.0)
    assert 5.1 < wired.first(Standing.FAULT, FAULT_S) < 5.25
    assert "gate silent (fault 40)" in wired.text()
    ready = [m.value for _, m in wired.messages if isinstance(m, Fault)]
    assert ready == [1.0, 0.0, 1.0]
    assert wired.driver.guard.state is LinkState.LIVE


def test_a_broken_line_is_a_hold_and_not_ready() -> None:
    wired = gate("line-fault@5+1").run_to(8.0)
    assert [m.hold for t, m in wired.messages if isinstance(m, HoldLine) and t > FAULT_S] == [
        True,
        False,
    ]
    assert [m.value for t, m in wired.messages if isinstance(m, Fault) and t > FAULT_S] == [0, 1]


def test_a_gate_box_of_another_number_is_refused() -> None:
    wired = gate(script=Script(device=3)).run_to(3.0)
    assert "beam-hold device 3, wanted is 0" in wired.text()
    assert not wired.driver.health().live
