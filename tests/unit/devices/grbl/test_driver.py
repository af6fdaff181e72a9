"""The GRBL driver against the stub on a simulated wire: what the faults do not cover."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.grbl.driver import GrblDriver, GrblSettings
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.engines.wired import SimulatedWire
from linacsim.model.findings import InputError
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.waveforms import Regular
from linacsim.stubs.grbl import settings as s
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.grbl.states import State
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import PRODUCT, Polaris
from tests.noise import Noise
from tests.stages import BREATH, LOOK_NS, PLAYS_BY_NS, grbl_rig, grbl_settings


def shifted_rms_mm(rig, shift_ns: int) -> float:
    times = np.arange(10 * NS_PER_S, rig.now_ns, LOOK_NS)
    wanted = rig.settings.course.positions_mm(times - shift_ns)[:, 0]
    return float(np.sqrt(np.mean((rig.true_mm(times) - wanted) ** 2)))


@pytest.mark.parametrize(("period_ms", "depth"), [(50, 4), (40, 3), (100, 3), (25, 4), (50, 1)])
def test_a_stream_is_the_course_but_for_a_constant_shift(period_ms: int, depth: int) -> None:
    """As real grblHAL: 0.09 to 0.20 mm (research/hil-protocols.md, section 2.2)."""
    rig = grbl_rig(period_ns=period_ms * NS_PER_MS, depth=depth).run(60 * NS_PER_S)
    assert rig.driver.health().live
    best = min(shifted_rms_mm(rig, ms * NS_PER_MS) for ms in range(-60, 140, 2))
    assert best < 0.3


def test_the_shift_can_be_taken_out() -> None:
    plain = grbl_rig().run(40 * NS_PER_S)
    told = grbl_rig(shift_ns=-18 * NS_PER_MS).run(40 * NS_PER_S)
    assert shifted_rms_mm(told, 0) < 0.5 * shifted_rms_mm(plain, 0)
    assert shifted_rms_mm(told, 0) < 0.1


@pytest.mark.parametrize("share", [0.995, 1.005])
def test_a_controller_whose_clock_is_off_is_kept_in_step(share: float) -> None:
    """Without looking at the planner, half a per cent is 300 ms after a minute."""

    class OffClock(Grbl):
        def receive(self, data, now_ns):
            super().receive(data, round(now_ns * share))

        def wake(self, now_ns):
            super().wake(round(now_ns * share))

        def next_ns(self):
            due_ns = super().next_ns()
            return None if due_ns is None else round(due_ns / share) + 1

    rig = grbl_rig(stub=OffClock()).run(90 * NS_PER_S)
    assert rig.driver.health().live
    off = [abs(p.mm[0] - p.wanted_mm[0]) for p in rig.driver.positions if p.wanted_mm]
    assert max(off) < 1.0


def test_a_motion_that_rests_does_not_make_it_run_ahead() -> None:
    class Steps(Regular):
        """Rests for 3 s, then moves for 1 s."""

        def positions(self, times_ns):
            t = (times_ns / NS_PER_S) % 4.0
            way = 0.5 - 0.5 * np.cos(2 * np.pi * np.clip(t - 3.0, 0.0, 1.0))
            return np.column_stack([0 * way, 0 * way, way])

    rig = grbl_rig(motion=Steps(1.0, 4.0)).run(40 * NS_PER_S)
    assert rig.driver.health().live
    assert abs(rig.error_mm(10 * NS_PER_S, rig.now_ns)).max() < 1.5
    assert shifted_rms_mm(rig, 0) < 0.4


@pytest.mark.parametrize(
    ("number", "value", "told"),
    [
        (s.RATE, 600.0, "move at"),
        (s.ACCELERATION, 20.0, "accelerate at"),
    ],
)
def test_a_course_beyond_what_the_device_says_never_moves_it(
    number: int, value: float, told: str
) -> None:
    rig = grbl_rig(stub=Grbl({number: value})).run(20 * NS_PER_S)
    assert rig.driver.guard.refused
    assert "will not be moved: at" in rig.told[-1][1].text
    assert told in rig.told[-1][1].text
    assert rig.told[-1][1].standing is Standing.HOLD
    assert np.ptp(rig.true_mm(np.arange(0, rig.now_ns, LOOK_NS))) == 0.0, "not even homed"


def test_a_course_beyond_the_stated_limits_is_refused_before_there_is_a_driver() -> None:
    with pytest.raises(InputError, match=r"axis X would move at .*allowed: -10 to 10 mm/s"):
        grbl_settings(limits=StageLimits((AxisLimits("X", -100.0, 0.0, 10.0, 1000.0),)))


def test_more_travel_than_the_device_has_is_not_believed() -> None:
    rig = grbl_rig(stub=Grbl({s.TRAVEL: 60.0})).run(5 * NS_PER_S)
    assert "axis X has 60 mm of travel ($130), the scenario says 100 mm" in rig.told[-1][1].text
    assert not rig.moves()


def test_without_homing_nobody_knows_where_it_is() -> None:
    rig = grbl_rig(stub=Grbl({s.HOMING: 0.0, s.SOFT_LIMITS: 0.0})).run(5 * NS_PER_S)
    assert "homing is off ($22=0)" in rig.told[-1][1].text
    assert not rig.moves()


def test_settings_that_are_lost_are_told() -> None:
    rig = grbl_rig(stub=Grbl(settings_lost=True)).run(5 * NS_PER_S)
    assert "$$ refused: error:7 (settings could not be read)" in rig.told[-1][1].text


def test_another_kind_of_device_on_the_port_is_told() -> None:
    """A camera that is asked what it does not understand answers, but not as GRBL does."""

    class Chatty(Polaris):
        def receive(self, data, now_ns):
            super().receive(data.replace(b"\x18", b"VER 0\r"), now_ns)

    driver = GrblDriver("stage", GrblSettings(grbl_settings()))
    SimulatedWire(driver, Chatty(Camera(BREATH))).advance(10 * NS_PER_S)
    assert driver.health().text == (
        f"wrong tool or device (fault 20): no banner of GRBL; it says '{PRODUCT}'"
    )


@pytest.mark.parametrize("bytes_per_s", [200, 5000, 10_000_000])
def test_a_flood_of_noise_is_named_within_a_few_seconds(bytes_per_s: int) -> None:
    driver = GrblDriver("stage", GrblSettings(grbl_settings()))
    wire = SimulatedWire(driver, Noise(bytes_per_s), baud=200_000_000)
    for now_ns in range(0, 4 * NS_PER_S, 10 * NS_PER_MS):
        wire.advance(now_ns)
    text = driver.health().text
    assert (
        "babbling (fault 27)" if bytes_per_s > 16_000 else "nothing readable (fault 26)"
    ) in text


def test_a_hold_pressed_at_the_controller_is_a_fault() -> None:
    rig = grbl_rig().run(PLAYS_BY_NS)
    rig.stub.receive(b"!", rig.now_ns)
    rig.run(rig.now_ns + NS_PER_S)
    assert rig.told[-1][1].standing is Standing.FAULT


def test_a_board_that_restarts_as_its_port_is_opened_is_waited_for() -> None:
    class Slow(Grbl):
        def receive(self, data, now_ns):
            if now_ns > 1_500 * NS_PER_MS:
                super().receive(data, now_ns)

        def take(self):
            return super().take() if self._now_ns > 1_500 * NS_PER_MS else b""

        def next_ns(self):
            return 1_600 * NS_PER_MS if self._now_ns < 1_600 * NS_PER_MS else super().next_ns()

    rig = grbl_rig(stub=Slow()).run(12 * NS_PER_S)
    assert rig.driver.health().live


def test_an_alarm_while_homing_is_a_fault() -> None:
    rig = grbl_rig("limit@1").run(3 * NS_PER_S)
    assert Condition.STAGE_ALARM in rig.driver.guard.conditions
    assert rig.stub.state is State.ALARM


def test_homing_that_never_ends_is_a_fault() -> None:
    rig = grbl_rig("stall@0.5+60", homing_ns=5 * NS_PER_S).run(8 * NS_PER_S)
    assert Condition.UNANSWERED in rig.driver.guard.conditions


@pytest.mark.parametrize("axis", ["Q", "x", "1"])
def test_axes_that_grbl_does_not_have_are_refused(axis: str) -> None:
    limits = StageLimits((AxisLimits(axis, -100.0, 0.0, 100.0, 1000.0),))
    with pytest.raises(InputError, match="GRBL has axes X, Y, Z, A, B, C"):
        GrblDriver("stage", GrblSettings(replace(grbl_settings(), limits=limits)))


def test_a_queue_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="1 to 14"):
        GrblDriver("stage", GrblSettings(grbl_settings(), depth=0))
