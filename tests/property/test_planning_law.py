"""Laws that every plan keeps, whatever the beam."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.trajectory import LegKind, Trajectory
from linacsim.planning import Plan, plan_points

MACHINE = load_machine("truebeam-m120")
RATE = 600.0
MOVING = np.array(
    [Axis.GANTRY_RTN, Axis.COLL_RTN, Axis.X1, Axis.Y2, 14 + 20, 14 + 60 + 20, 14 + 21]
)
STEP = np.array([8.0, 4.0, 0.6, 0.3, 0.8, 0.8, 0.8])


@dataclass(frozen=True)
class Points:
    mu: Floats
    position: Floats

    def plan(self) -> Plan:
        return plan_points(self.mu, self.position, MACHINE, RATE)


def make(seed: int, n: int, still: float, beamless: float) -> Points:
    """Return n segments; shares `still` of axis steps and `beamless` of MU steps are zero."""
    rng = np.random.default_rng(seed)
    step = rng.uniform(-1, 1, (n, len(MOVING))) * STEP * rng.choice([0.05, 1.0], (n, 1))
    step[rng.random(step.shape) < still] = 0.0
    dose = rng.uniform(0.01, 5.0, n)
    dose[rng.random(n) < beamless] = 0.0
    position = np.full((n + 1, 134), np.nan)
    position[:, 14:] = 2.0
    start = np.array([180.0, 180.0, 5.0, 5.0, 2.0, 2.0, 2.0])
    position[:, MOVING] = start + np.vstack([np.zeros(len(MOVING)), np.cumsum(step, axis=0)])
    leaves = position[:, 14:]
    np.clip(leaves, -4.0, 6.0, out=leaves)
    return Points(np.concatenate([[0.0], np.cumsum(dose)]), position)


beams = st.builds(
    make,
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 14),
    still=st.sampled_from([0.0, 0.4, 0.9, 1.0]),
    beamless=st.sampled_from([0.0, 0.0, 0.3]),
)


def planned(points: Points) -> Trajectory:
    plan = points.plan()
    assert plan.findings == ()
    assert plan.trajectory is not None
    return plan.trajectory


def times(
    trajectory: Trajectory, step_ns: int = 1_000_000
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.arange(0, trajectory.duration_ns + step_ns, step_ns, dtype=np.int64)


@settings(max_examples=150, deadline=None)
@given(beams)
def test_dose_never_falls_and_ends_as_planned(points: Points) -> None:
    trajectory = planned(points)
    sample = trajectory.sample(times(trajectory))
    assert (np.diff(sample.mu) >= -1e-9).all()
    assert sample.mu[0] == 0.0
    assert sample.mu[-1] == points.mu[-1]
    assert (np.diff(sample.s) >= -1e-9).all()
    assert sample.s[-1] == len(points.mu) - 1
    assert np.array_equal(sample.position[-1, MOVING], points.position[-1, MOVING])


@settings(max_examples=150, deadline=None)
@given(beams)
def test_no_speed_and_no_acceleration_above_its_limit(points: Points) -> None:
    trajectory = planned(points)
    sample = trajectory.sample(times(trajectory))
    speed = np.diff(sample.position[:, MOVING], axis=0) / 1e-3
    assert (np.abs(speed) <= MACHINE.axes.max_speed[MOVING] * (1 + 1e-6)).all()
    accel = np.diff(speed, axis=0) / 1e-3
    assert (np.abs(accel) <= MACHINE.axes.max_accel[MOVING] * (1 + 1e-4) + 1e-3).all()
    assert (np.diff(sample.mu) / 1e-3 <= RATE / 60 * (1 + 1e-6)).all()


@settings(max_examples=100, deadline=None)
@given(beams)
def test_axes_keep_to_the_line_of_mu_except_in_blends(points: Points) -> None:
    trajectory = planned(points)
    plan = points.plan()
    sample = trajectory.sample(times(trajectory, 2_000_000))
    on_path = np.array([trajectory.legs[k].kind is not LegKind.FREE for k in sample.leg])
    index = np.arange(len(points.mu), dtype=float)
    assert np.allclose(sample.mu, np.interp(sample.s, index, points.mu), atol=1e-9)
    miss = np.zeros(134)
    if len(plan.table.columns):
        miss[plan.table.columns] = plan.table.corner_miss.max(axis=0)
    for column in MOVING:
        line = np.interp(sample.s, index, points.position[:, column])
        off = np.abs(sample.position[:, column] - line)[on_path]
        assert (off <= miss[column] + 1e-9).all()


@settings(max_examples=100, deadline=None)
@given(beams, st.integers(0, 2**32 - 1))
def test_more_points_on_a_straight_line_change_nothing(points: Points, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mu, position, origin = [points.mu[:1]], [points.position[:1]], [0]
    for k in range(len(points.mu) - 1):
        shares = np.sort(rng.uniform(0.05, 0.95, rng.integers(0, 3)))
        shares = np.append(shares, 1.0)
        for values, out in ((points.mu, mu), (points.position, position)):
            step = values[k + 1] - values[k]
            out.append(
                np.stack([values[k] + share * step for share in shares[:-1]] + [values[k + 1]])
            )
        origin.append(origin[-1] + len(shares))
    finer = planned(Points(np.concatenate(mu), np.concatenate(position)))
    coarse = planned(points)
    # Points that round to nearly straight lines may turn by 1e-9: far below any effect.
    assert finer.duration_s == pytest.approx(coarse.duration_s, abs=1e-6)
    assert finer.cp_time_s[origin] == pytest.approx(coarse.cp_time_s, abs=1e-6)
    at = times(coarse, 10_000_000)
    assert np.allclose(finer.sample(at).mu, coarse.sample(at).mu, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(beams)
def test_legs_add_up_and_start_on_ticks(points: Points) -> None:
    trajectory = planned(points)
    ends = trajectory.leg_start_s + [leg.duration_s for leg in trajectory.legs]
    assert (ends[:-1] <= trajectory.leg_start_s[1:] + 1e-9).all()
    waits = trajectory.leg_start_s[1:] - ends[:-1]
    assert (waits <= 0.01 + MACHINE.planning.resume_gap_s + 1e-9).all()
    assert np.allclose(trajectory.leg_start_s, np.round(trajectory.leg_start_s, 2), atol=1e-9)
    assert trajectory.duration_s == ends[-1]
    assert trajectory.duration_ns % 10_000_000 == 0


@settings(max_examples=60, deadline=None)
@given(beams, st.integers(0, 2**32 - 1))
def test_a_sample_does_not_depend_on_its_neighbours(points: Points, seed: int) -> None:
    trajectory = planned(points)
    at = np.random.default_rng(seed).integers(0, trajectory.duration_ns + 1, 40)
    whole = trajectory.sample(at)
    for k in range(len(at)):
        one = trajectory.sample(at[k : k + 1])
        assert one.s[0] == whole.s[k]
        assert one.mu[0] == whole.mu[k]
        assert np.array_equal(one.position[0], whole.position[k], equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(beams, st.floats(0.0, 1.0))
def test_the_rest_of_a_beam_starts_where_it_was_left(points: Points, share: float) -> None:
    last = len(points.mu) - 1
    start = share * last
    plan = plan_points(points.mu, points.position, MACHINE, RATE, start_s=start)
    assert plan.trajectory is not None
    sample = plan.trajectory.sample(np.array([0, plan.trajectory.duration_ns], dtype=np.int64))
    index = np.arange(last + 1.0)
    assert sample.mu[0] == pytest.approx(np.interp(start, index, points.mu), abs=1e-9)
    assert sample.mu[1] == points.mu[-1]
    assert np.isnan(plan.trajectory.cp_time_s[: int(np.ceil(start))]).all()
    assert np.isfinite(plan.trajectory.cp_time_s[int(np.ceil(start)) :]).all()


@settings(max_examples=60, deadline=None)
@given(beams)
def test_points_are_reached_at_their_times(points: Points) -> None:
    trajectory = planned(points)
    at = np.rint(trajectory.cp_time_s * 1e9).astype(np.int64)
    assert (np.diff(trajectory.cp_time_s) >= 0).all()
    assert np.allclose(trajectory.sample(at).mu, points.mu, atol=1e-6)
