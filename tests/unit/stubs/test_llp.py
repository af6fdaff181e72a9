"""Parts of the LLP/1 stand-ins that go wrong on purpose."""

import pytest

from linacsim.devices.llp import messages as m
from linacsim.model.time import NS_PER_S
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.stage import LlpStage, StageBuild


def shown_us(clock: DeviceClock, faults: Faults, *times_s: int) -> list[int]:
    out = []
    for time_s in times_s:
        clock.misbehave(faults, time_s * NS_PER_S)
        out.append(clock.us(time_s * NS_PER_S))
    return out


def test_a_clock_that_drifts_for_a_while_runs_on_as_before() -> None:
    faults = Faults([fault_of("clock-drift@10+10=1000")])
    assert shown_us(DeviceClock(ppm=100.0), faults, 10, 20, 30) == [
        10_001_000,
        20_011_000,
        30_012_000,
    ]


@pytest.mark.parametrize("code", [9, 99])
def test_a_stage_refuses_with_any_code(code: int) -> None:
    stage = LlpStage(StageBuild(), Faults([fault_of(f"refuse@1={code}")]))
    assert stage.obey(m.Home("c1", 0), NS_PER_S, NS_PER_S) == code
