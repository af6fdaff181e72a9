"""Whatever the shapes: carriages serve them, stand tight, and stop the beam as seldom as can be."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.machines.loader import load_machine
from linacsim.model.arrays import Bools, Floats
from linacsim.model.axes import FIRST_LEAF, Axis
from linacsim.model.legs import LegKind
from linacsim.model.mlc_move import body_at, tip_at, tip_per_body
from linacsim.model.trajectory import Trajectory
from linacsim.planning import Plan, plan_points
from linacsim.planning.carriages import place_carriages

MACHINE = load_machine("truebeam-m120")
MLC, LAYOUT = MACHINE.mlc, MACHINE.layout
REACH = MLC.leaf_span_cm + MACHINE.axes.tolerance[FIRST_LEAF]
CARRIAGES = [Axis.CARRIAGE_A, Axis.CARRIAGE_B]
BANKS = ((Axis.CARRIAGE_A, LAYOUT.bank_a), (Axis.CARRIAGE_B, LAYOUT.bank_b))
STEP_S = 0.004


@dataclass(frozen=True)
class Shapes:
    """Cumulative MU and positions of control points; segments without MU lead to other shapes."""

    mu: Floats
    position: Floats
    kv: Bools

    @property
    def leaves(self) -> Floats:
        return self.position[:, LAYOUT.leaves]

    @property
    def free(self) -> Bools:
        return (np.diff(self.mu) == 0) & ~self.kv & (np.diff(self.leaves, axis=0) != 0).any(axis=1)

    def plan(self, start_s: float = 0.0, start: Floats | None = None) -> Plan:
        return plan_points(
            self.mu,
            self.position,
            MACHINE,
            600.0,
            kv=self.kv,
            start_s=start_s,
            start_position=start,
        )


def make(seed: int, n: int, beamless: float, closed: float, kv: float) -> Shapes:
    """Return n segments; `beamless` of them without MU, `closed` pairs, `kv` images in some."""
    rng = np.random.default_rng(seed)
    dark = rng.random(n) < beamless
    images = rng.random(n) < kv
    centre, open_cm = rng.uniform(-9, 9), _widths(rng, closed)
    position = np.full((n + 1, LAYOUT.n_axes), np.nan)
    position[:, Axis.X1] = 5.0
    for k in range(n + 1):
        if k and dark[k - 1] and not images[k - 1]:
            centre, open_cm = rng.uniform(-9, 9), _widths(rng, closed)
            position[k:, Axis.X1] = rng.uniform(2, 12)
        elif k:
            centre = np.clip(centre + rng.uniform(-2.5, 2.5), -9, 9)
            open_cm = np.clip(open_cm + rng.uniform(-0.3, 0.3, open_cm.shape), 0, 11)
        position[k, LAYOUT.bank_a] = centre + open_cm[0]
        position[k, LAYOUT.bank_b] = -centre + open_cm[1]
    dose = np.where(dark, 0.0, rng.uniform(0.5, 20.0, n))
    return Shapes(np.concatenate([[0.0], np.cumsum(dose)]), position, images)


def _widths(rng: np.random.Generator, closed: float) -> Floats:
    widths = rng.uniform(0, rng.uniform(0.5, 11), (2, LAYOUT.leaf_pairs))
    widths[:, rng.random(LAYOUT.leaf_pairs) < closed] = rng.uniform(0, 0.2)
    return widths


sequences = st.builds(
    make,
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 9),
    beamless=st.sampled_from([0.0, 0.3, 0.6, 1.0]),
    closed=st.sampled_from([0.0, 0.5]),
    kv=st.sampled_from([0.0, 0.0, 0.3]),
)


def planned(made: Plan) -> Trajectory:
    assert made.findings == ()
    assert made.trajectory is not None
    return made.trajectory


def times(trajectory: Trajectory) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.arange(0, trajectory.duration_ns + 1, round(STEP_S * 1e9), dtype=np.int64)


def assert_within_reach(position: Floats) -> None:
    for carriage, bank in BANKS:
        stand = position[:, carriage, None]
        assert (stand - position[:, bank]).max() <= REACH + 1e-9
        assert (position[:, bank] - stand).max() <= 1e-6
    assert (position[:, LAYOUT.bank_a] + position[:, LAYOUT.bank_b]).min() >= -1e-9


@settings(max_examples=120, deadline=None)
@given(sequences)
def test_every_leaf_is_within_reach_of_its_carriage_at_every_time(shapes: Shapes) -> None:
    trajectory = planned(shapes.plan())
    position = trajectory.sample(times(trajectory)).position
    assert_within_reach(position)
    axes = MACHINE.axes
    assert (position[:, CARRIAGES] <= axes.upper[CARRIAGES]).all()
    assert (position[:, CARRIAGES] >= axes.lower[CARRIAGES]).all()


@settings(max_examples=120, deadline=None)
@given(sequences)
def test_leaves_keep_their_limits_while_carriages_move(shapes: Shapes) -> None:
    trajectory = planned(shapes.plan())
    position = trajectory.sample(times(trajectory)).position[:, Axis.CARRIAGE_A :]
    speed = np.diff(position, axis=0) / STEP_S
    accel = np.diff(speed, axis=0) / STEP_S
    most = np.repeat(MACHINE.axes.max_speed[None, Axis.CARRIAGE_A :], len(speed), axis=0)
    for carriage, bank in enumerate((slice(2, 62), slice(62, 122))):
        most[:, bank] += np.abs(speed[:, carriage, None])
    assert (np.abs(speed) <= most * (1 + 1e-6) + 1e-9).all()
    assert (np.abs(accel) <= MACHINE.axes.max_accel[Axis.CARRIAGE_A :] * (1 + 1e-4) + 1e-3).all()


@settings(max_examples=120, deadline=None)
@given(sequences)
def test_shapes_are_delivered_as_planned(shapes: Shapes) -> None:
    trajectory = planned(shapes.plan())
    at = np.rint(trajectory.cp_time_s * 1e9).astype(np.int64)
    sample = trajectory.sample(at)
    assert sample.mu == pytest.approx(shapes.mu, abs=1e-6)
    # Corners between segments with MU are rounded; where beam or motion ends they are not.
    dose = np.diff(shapes.mu) > 0
    rests = ~(np.append(False, dose) & np.append(dose, False))
    assert sample.position[rests][:, LAYOUT.leaves] == pytest.approx(shapes.leaves[rests], abs=1e-6)
    final = trajectory.sample(np.array([trajectory.duration_ns])).position[0]
    assert final[LAYOUT.leaves] == pytest.approx(shapes.leaves[-1], abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(sequences)
def test_the_beam_stops_for_carriages_as_seldom_as_can_be(shapes: Shapes) -> None:
    trajectory = planned(shapes.plan())
    stops = sum(leg.kind is LegKind.CARRIAGE for leg in trajectory.legs)
    assert stops == fewest_stops(shapes.leaves, shapes.free)


def fewest_stops(leaves: Floats, free: Bools) -> int:
    """Return by trying all groups how often synchronized segments must be split."""
    n = len(leaves)
    least = np.full(n + 1, np.inf)
    least[0] = 0
    for a in range(n):
        for b in range(a, n):
            bank = leaves[a : b + 1].reshape(b + 1 - a, 2, -1)
            if (bank.max(axis=(0, 2)) - bank.min(axis=(0, 2))).max() > MLC.leaf_span_cm:
                break
            if b == n - 1 or free[b]:
                least[b + 1] = min(least[b + 1], least[a])
            else:
                least[b] = min(least[b], least[a] + 1)
    return int(least[n])


@settings(max_examples=150, deadline=None)
@given(sequences)
def test_carriages_stand_as_tight_as_they_may(shapes: Shapes) -> None:
    placed = place_carriages(shapes.leaves, MACHINE, free=shapes.free)
    last = np.append(placed.first[1:], len(shapes.mu))
    for a, b, stand in zip(placed.first, last, placed.position, strict=True):
        # The first point of the next group is this one's last, unless a free segment lies between.
        stop = b if b == len(shapes.mu) or shapes.free[b - 1] else b + 1
        bank = shapes.leaves[a:stop].reshape(stop - a, 2, -1)
        high, low = bank.max(axis=(0, 2)), bank.min(axis=(0, 2))
        tight = np.minimum(body_at(high, MLC.tip_bulge_cm), low + REACH)
        assert (stand >= tight - 1e-9).all()
        assert stand.sum() == pytest.approx(max(tight.sum(), MLC.least_carriage_sum_cm))


@settings(max_examples=100, deadline=None)
@given(sequences, st.floats(0.0, 1.0))
def test_what_is_left_starts_where_everything_stands(shapes: Shapes, share: float) -> None:
    whole = planned(shapes.plan())
    tick = int(share * (whole.duration_ns // 10_000_000))
    stopped = whole.sample(np.array([tick * 10_000_000]))
    at, s = stopped.position[0], float(stopped.s[0])
    if whole.legs[int(stopped.leg[0])].kind is LegKind.CARRIAGE:
        return
    rest = planned(shapes.plan(s, at))
    position = rest.sample(times(rest)).position
    assert position[0, Axis.CARRIAGE_A :] == pytest.approx(at[Axis.CARRIAGE_A :], abs=1e-12)
    assert_within_reach(position)
    final = rest.sample(np.array([rest.duration_ns]))
    assert final.mu[0] == shapes.mu[-1]
    assert final.position[0, LAYOUT.leaves] == pytest.approx(shapes.leaves[-1], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(sequences, st.floats(0.0, 1.0))
def test_what_is_left_can_be_planned_without_knowing_where_carriages_stand(
    shapes: Shapes, share: float
) -> None:
    rest = planned(shapes.plan(share * (len(shapes.mu) - 1)))
    assert_within_reach(rest.sample(times(rest)).position)


@given(st.floats(-20, 21), st.sampled_from([0.0, 15.75, 31.4, 90.0]))
def test_tips_and_bodies_are_each_others_inverse(tip: float, bulge: float) -> None:
    at = np.array([tip])
    assert tip_at(body_at(at, bulge), bulge) == pytest.approx(at, abs=1e-10)
    slope = (body_at(at + 1e-4, bulge) - body_at(at - 1e-4, bulge)) / 2e-4
    assert tip_per_body(at, bulge) == pytest.approx(1 / slope, abs=1e-8)
