"""The Zaber driver against the stub on a simulated wire: what the faults do not cover."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.zaber.driver import ZaberDriver, ZaberSettings
from linacsim.model.findings import InputError
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.zaber.device import Build, Zaber
from tests.stages import LOOK_NS, MICROSTEP_MM, PLAYS_BY_NS, zaber_rig, zaber_settings


@pytest.mark.parametrize(("period_ms", "most_mm"), [(10, 0.1), (25, 0.15), (50, 0.4)])
def test_it_follows_the_better_the_more_often_it_is_told(period_ms: int, most_mm: float) -> None:
    rig = zaber_rig(period_ns=period_ms * NS_PER_MS).run(40 * NS_PER_S)
    assert abs(rig.error_mm(10 * NS_PER_S, rig.now_ns)).max() < most_mm


def test_it_says_who_is_there() -> None:
    rig = zaber_rig().run(PLAYS_BY_NS)
    text = rig.driver.health().text
    assert "Zaber 50081, serial number 70000, firmware 7.38, linacsim stub, SIM" in text


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (Build(speed_mm_per_s=10.0), "move at"),
        (Build(acceleration_mm_per_s2=20.0), "accelerate at"),
        (Build(travel_mm=60.0), "be at"),
    ],
)
def test_a_course_beyond_what_the_device_says_never_moves_it(build: Build, told: str) -> None:
    rig = zaber_rig(stub=Zaber(build)).run(10 * NS_PER_S)
    assert told in rig.told[-1][1].text
    assert rig.told[-1][1].text.startswith("will not be moved: at ")
    assert rig.told[-1][1].standing is Standing.HOLD
    assert np.ptp(rig.true_mm(np.arange(0, rig.now_ns, LOOK_NS))) == 0.0, "not even homed"


def test_firmware_whose_moves_carry_no_speed_is_refused() -> None:
    rig = zaber_rig(stub=Zaber(Build(firmware="6.33"))).run(3 * NS_PER_S)
    assert "firmware 6.33, 7.25 or newer is needed" in rig.told[-1][1].text
    assert not rig.moves()


def test_an_axis_that_the_device_does_not_have_is_told() -> None:
    limits = StageLimits((AxisLimits("2", 0.0, 100.0, 100.0, 1000.0),))
    rig = zaber_rig(limits=limits).run(3 * NS_PER_S)
    assert "BADAXIS" in rig.told[-1][1].text


def test_another_address_is_another_device() -> None:
    rig = zaber_rig(stub=Zaber(Build(address=3))).run(3 * NS_PER_S)
    assert Condition.UNANSWERED in rig.driver.guard.conditions


def test_it_never_sends_a_stage_beyond_its_end() -> None:
    """The last place ahead of a course that turns round at the end of the travel."""
    rig = zaber_rig(zero_mm=80.0).run(20 * NS_PER_S)
    assert rig.driver.health().live
    assert rig.true_mm(np.arange(0, rig.now_ns, LOOK_NS)).max() < 100.05


@pytest.mark.parametrize("step_mm", [0.0, -1.0, float("nan")])
def test_a_microstep_that_is_none_is_refused(step_mm: float) -> None:
    with pytest.raises(InputError, match="microstep_mm must be above 0"):
        ZaberDriver("stage", ZaberSettings(zaber_settings(), step_mm))


@pytest.mark.parametrize("axis", ["0", "X", "12"])
def test_axes_that_cannot_be_are_refused(axis: str) -> None:
    limits = StageLimits((AxisLimits(axis, 0.0, 100.0, 100.0, 1000.0),))
    with pytest.raises(InputError, match="1 to 9"):
        ZaberDriver("stage", ZaberSettings(replace(zaber_settings(), limits=limits), MICROSTEP_MM))
