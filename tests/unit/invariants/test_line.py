"""The line between control points and the corner miss."""

import numpy as np
import pytest

from linacsim.invariants import Points
from linacsim.invariants.line import Line, corner_miss, rate_ceiling
from linacsim.invariants.measures import sustained, with_carriages
from linacsim.machines.spec import MachineSpec
from linacsim.model.axes import FIRST_LEAF, Axis, AxisLayout

STEP = np.array([[10.0], [10.0]])


def miss(step: np.ndarray, mu_step: list[float], rate: float = 1e9) -> float:
    found = corner_miss(step, np.array(mu_step), np.array([6.0]), np.array([12.0]), rate)
    assert found[0] == found[-1] == 0
    return float(found[1, 0])


def test_reversal_misses_most() -> None:
    """From +6 to -6 deg/s at 12 deg/s2: 144 / 96 deg (log-formats 7, rule 3)."""
    assert miss(STEP * [[1], [-1]], [1, 1]) == pytest.approx(1.5)


def test_slower_dose_means_a_smaller_miss() -> None:
    assert miss(STEP * [[1], [-1]], [10, 10], rate=2.0) == pytest.approx((2 * 2.0) ** 2 / 96)


def test_same_direction_may_stop_on_one_side_only() -> None:
    assert miss(STEP, [1, 1]) == pytest.approx(36 / 96)


@pytest.mark.parametrize("mu_step", [[0, 1], [1, 0]])
def test_everything_stops_beside_a_segment_without_mu(mu_step: list[float]) -> None:
    assert miss(STEP * [[1], [-1]], mu_step) == 0


def test_points_that_repeat_one_share_its_corner() -> None:
    plain = corner_miss(STEP * [[1], [-1]], np.ones(2), np.array([6.0]), np.array([12.0]), 1e9)
    step = np.array([[0.0], [10.0], [0.0], [0.0], [-10.0], [0.0]])
    mu_step = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    found = corner_miss(step, mu_step, np.array([6.0]), np.array([12.0]), 1e9)
    assert found[:, 0].tolist() == [0, 0, *[plain[1, 0]] * 3, 0, 0]


@pytest.fixture
def points(machine: MachineSpec) -> Points:
    positions = np.repeat(machine.start[None], 4, axis=0)
    positions[:, machine.layout.carriages] = np.nan
    positions[:, Axis.GANTRY_RTN] = [100, 110, 110, 120]
    positions[:, FIRST_LEAF] = [5, 5, 4, 4]
    rates = np.array([300.0, 300.0, np.nan, np.nan])
    return Points(np.array([0.0, 10.0, 10.0, 30.0]), positions, "6x", rates)


def test_line(machine: MachineSpec, points: Points) -> None:
    line = Line(machine, points, machine.axes.max_speed)
    cp = np.array([0.0, 0.25, 1.0, 1.5, 2.5, 3.0])
    assert list(line.columns) == [Axis.GANTRY_RTN, FIRST_LEAF]
    assert list(line.mu(cp)) == [0, 2.5, 10, 10, 20, 30]
    positions = np.array([[100, 5], [102.5, 5], [110, 5], [110, 4.5], [115, 4], [120, 4.1]])
    away = line.deviation(cp, positions)
    assert away[:-1] == pytest.approx(0, abs=1e-12)
    assert away[-1] == pytest.approx([0, 0.1])


def test_motion_of_the_mlc_without_mu_runs_free(machine: MachineSpec, points: Points) -> None:
    line = Line(machine, points, machine.axes.max_speed)
    assert list(line.free(np.arange(3))) == [False, True, False]


def test_rate_ceiling_is_the_lower_of_beam_and_energy(machine: MachineSpec, points: Points) -> None:
    assert list(rate_ceiling(machine, points)) == [5.0, 5.0, 10.0]


def test_sustained_needs_three_in_a_row() -> None:
    flags = np.array([0, 1, 1, 0, 1, 1, 1, 1, 0, 1], dtype=bool)[:, None]
    assert list(np.flatnonzero(sustained(flags))) == [6, 7]


def test_leaf_may_add_the_speed_of_its_carriage() -> None:
    layout = AxisLayout(2)
    speed = np.zeros((1, layout.n_axes))
    speed[0, Axis.CARRIAGE_B] = 1.0
    allowed = with_carriages(layout, speed, np.full(layout.n_axes, 2.5))
    assert list(allowed[0, layout.bank_a]) == [2.5, 2.5]
    assert list(allowed[0, layout.bank_b]) == [3.5, 3.5]
