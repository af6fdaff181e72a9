"""Injected faults and mechanical stops."""

import numpy as np
import pytest

from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.model.messages import Fault, FaultKind

from .conftest import Rig, ramp

NAMES = [("GantryRtn", 0, 2.0), ("X1", 8, 1.0), ("leaf A7", 20, -1.0)]
"""Name, column and a speed for each."""


@pytest.mark.parametrize(("name", "axis", "speed"), NAMES)
def test_stuck_axis_stops_and_comes_back_when_the_fault_ends(
    rig: Rig, name: str, axis: int, speed: float
) -> None:
    rig.move(axis, ramp(speed, np.sign(speed) * 5, 2.0))
    rig.plant.apply(Fault(FaultKind.AXIS_STUCK, name))
    seen = rig.move(axis, ramp(speed, np.sign(speed) * 5, 2.0))
    assert np.ptp(seen[60:]) == 0
    rig.plant.apply(Fault(FaultKind.AXIS_STUCK, name, clear=True))
    assert rig.wait(5.0).position[-1, axis] == pytest.approx(rig.at[axis], abs=0.026)


@pytest.mark.parametrize(("name", "axis", "speed"), NAMES)
def test_slow_axis_reaches_the_fraction_of_commanded_speed(
    rig: Rig, name: str, axis: int, speed: float
) -> None:
    rig.plant.apply(Fault(FaultKind.AXIS_SLOW, name, 0.5))
    seen = rig.move(axis, ramp(speed, np.sign(speed) * 5, 4.0))
    assert np.diff(seen)[200:] / 0.01 == pytest.approx(0.5 * speed, rel=1e-3)
    assert rig.wait(10.0).position[-1, axis] == pytest.approx(rig.at[axis], abs=0.026)


@pytest.mark.parametrize(("name", "axis", "speed"), NAMES)
def test_pushed_axis_is_displaced_until_the_fault_ends(
    rig: Rig, name: str, axis: int, speed: float
) -> None:
    before = rig.wait(0.1).position[-1, axis]
    rig.plant.apply(Fault(FaultKind.AXIS_PUSHED, name, -0.3))
    assert rig.plant.sense().moving[0, axis], "it must be looked at again when it stands"
    assert rig.wait(0.5).position[:, axis] == pytest.approx(before - 0.3)
    rig.plant.apply(Fault(FaultKind.AXIS_PUSHED, name, clear=True))
    back = rig.wait(2.0).position[:, axis]
    assert back[0] < before - 0.25
    assert back[-1] == pytest.approx(before, abs=0.026)


def test_faults_of_others_are_left_to_them(rig: Rig) -> None:
    rig.plant.apply(Fault(FaultKind.KV_COLLIMATION, value=1.0))
    assert not rig.wait(0.1).moving.any()


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault(FaultKind.AXIS_STUCK, "Gantry"), "no axis 'Gantry'"),
        (Fault(FaultKind.AXIS_SLOW, "X1", 1.5), "1.5 is not a fraction"),
        (Fault(FaultKind.AXIS_PUSHED, "X1", float("nan")), "not a displacement"),
        (Fault(FaultKind.DOSE_RATE, value=-1.0), "-1 is not a fraction"),
    ],
)
def test_impossible_faults_are_refused(rig: Rig, fault: Fault, text: str) -> None:
    with pytest.raises(InputError, match=text):
        rig.plant.apply(fault)


def test_leaf_does_not_pass_its_opposite(rig: Rig) -> None:
    layout = rig.machine.layout
    rig.at[:] = rig.machine.start
    rig.at[Axis.CARRIAGE_A : layout.n_axes] = 6.0
    rig.wait(20.0)
    position = np.repeat(rig.at[None], 500, axis=0)
    position[:, layout.bank_a.start] -= ramp(2.5, 50, 5.0)
    seen = rig.run(position).position
    gap = seen[:, layout.bank_a.start] + seen[:, layout.bank_b.start]
    assert position[-1, layout.bank_a.start] + 6.0 < -0.4
    assert gap.min() == pytest.approx(0.0, abs=1e-6)
    assert seen[-1, layout.bank_b.start] > 6.2


def test_leaf_does_not_leave_its_carriage(rig: Rig) -> None:
    leaf = rig.machine.layout.bank_a.start
    seen = rig.move(leaf, -ramp(2.5, 50, 8.0))
    reach = rig.machine.mlc.leaf_span_cm + 0.1
    assert seen[-1] == pytest.approx(rig.at[Axis.CARRIAGE_A] - reach)


def test_act_needs_a_commit_between(rig: Rig) -> None:
    rig.wait(0.1)
    with pytest.raises(RuntimeError, match="commit of 1 ticks"):
        rig.plant.commit(1)
