"""Minutes of garbage on a wire: never live, told once, and over when it is over; no real time."""

import random
from collections.abc import Callable

import pytest

from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.devices.ndi.calibration import AT_THE_FOOT
from linacsim.devices.ndi.driver import PolarisDriver
from linacsim.devices.ndi.settings import PolarisSettings
from linacsim.devices.ndi.tool_file import make_tool_file
from linacsim.devices.peer import Driver
from linacsim.devices.sample import Limits, Mark
from linacsim.engines.wired import SimulatedWire
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.waveforms import Regular
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.faulty import FaultyPeer
from linacsim.stubs.llp.box import LlpBox
from linacsim.stubs.llp.marker import Marker
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import Polaris
from tests.stages import grbl_rig, zaber_rig

LIMITS = Limits(NS_PER_S // 60, allowed=Mark.SIMULATED)
GARBAGE_S = 120
BREATH = Regular(1.5, 4.0, power=2)


def marker() -> SimulatedWire:
    faults = Faults([fault_of(f"baud@0+{GARBAGE_S}"), fault_of(f"noise@0+{GARBAGE_S}=6000")])
    stub = LlpBox(Marker(BREATH, faults), faults)
    return SimulatedWire(LlpMarker("marker", MarkerSettings(LIMITS)), stub)


def camera() -> SimulatedWire:
    faults = Faults([fault_of(f"baud@0+{GARBAGE_S}"), fault_of(f"noise@0+{GARBAGE_S}=6000")])
    settings = PolarisSettings(make_tool_file(), AT_THE_FOOT, LIMITS)
    return SimulatedWire(
        PolarisDriver("camera", settings), FaultyPeer(Polaris(Camera(BREATH)), faults)
    )


@pytest.mark.parametrize("make", [marker, camera])
def test_minutes_of_garbage_are_never_live_and_leave_nothing_behind(
    make: Callable[[], SimulatedWire],
) -> None:
    wire = make()
    for second in range(1, GARBAGE_S):
        wire.advance(second * NS_PER_S)
        assert not wire.driver.health().live
        assert len(wire.driver.messages()) < 20, "told once, not each time"
    wire.advance((GARBAGE_S + 12) * NS_PER_S)
    assert wire.driver.health().live, wire.driver.health().text


@pytest.mark.parametrize("make", [grbl_rig, zaber_rig])
def test_minutes_of_garbage_never_move_a_stage(make: Callable[..., object]) -> None:
    driver: Driver = make().driver
    chance = random.Random(3)
    driver.opened(0)
    for tick in range(1, GARBAGE_S * 100):
        now_ns = tick * 10 * NS_PER_MS
        driver.receive(chance.randbytes(100), now_ns)
        driver.wake(now_ns)
        driver.take()
        assert not driver.health().live
        assert len(driver.messages()) < 20
