"""What a scenario says of lateness: the defaults are those of design/hil.md HIL-2."""

import pytest

from linacsim.engines.realtime.policy import default_policy
from linacsim.model.time import NS_PER_MS
from linacsim.scenario.device_keys import RealTimeKeys
from linacsim.scenario.live import late_policy


@pytest.mark.parametrize("period_ms", [10, 20])
def test_a_tick_is_late_from_half_a_period_on(period_ms: int) -> None:
    keys = RealTimeKeys.model_validate({"period_ms": period_ms})
    assert late_policy(keys) == default_policy(period_ms * NS_PER_MS)


def test_all_of_it_can_be_set() -> None:
    late = {"late_ms": 2.5, "hold_after": None, "release_after": 7, "stop_ms": None}
    policy = late_policy(RealTimeKeys.model_validate({"late": late}))
    assert (policy.late_ns, policy.hold_after, policy.release_after, policy.stop_ns) == (
        2_500_000,
        None,
        7,
        None,
    )
