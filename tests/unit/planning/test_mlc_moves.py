"""Leaves that move with their carriages: pairs open, all go in proportion, pairs close."""

import numpy as np
import pytest

from linacsim.machines.loader import load_machine
from linacsim.model.acquisition import Acquisition, AcquisitionSpecs
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam, SubBeam
from linacsim.model.imaging import ImagingParameters, ImagingPoint
from linacsim.model.legs import FreeLeg, LegKind
from linacsim.model.mlc_move import MlcMove, body_at
from linacsim.model.trajectory import Trajectory
from linacsim.planning import plan
from tests.beams import make_beam

MACHINE = load_machine("truebeam-m120")
BULGE = MACHINE.mlc.tip_bulge_cm
CARRIAGES = [Axis.CARRIAGE_A, Axis.CARRIAGE_B]


def shape(a: float, b: float, **pairs: tuple[float, float]) -> Floats:
    """Return leaves of banks A and B, with single pairs `p5=(a, b)` elsewhere."""
    out = np.repeat([a, b], 60).astype(float)
    for name, tips in pairs.items():
        out[[int(name[1:]), 60 + int(name[1:])]] = tips
    return out


def beam(first: Floats, last: Floats, **more: object) -> Beam:
    """Return 10 MU through one shape, motion, 10 MU through another."""
    return make_beam({"Mu": 0, "leaves": first}, {"Mu": 10}, {"leaves": last}, {"Mu": 20}, **more)


def planned(what: Beam) -> Trajectory:
    made = plan(what, MACHINE)
    assert made.findings == ()
    assert made.trajectory is not None
    return made.trajectory


def mlc_move(trajectory: Trajectory) -> MlcMove:
    leg = trajectory.legs[1]
    assert isinstance(leg, FreeLeg)
    assert leg.mlc is not None
    return leg.mlc


def sampled(trajectory: Trajectory, leg: int, times_s: Floats) -> Floats:
    at = np.rint((trajectory.leg_start_s[leg] + times_s) * 1e9).astype(np.int64)
    return trajectory.sample(at).position


FAR = beam(shape(10.0, 8.0), shape(-8.0, 9.0))


def test_carriages_move_at_no_extra_leg() -> None:
    trajectory = planned(FAR)
    assert [leg.kind for leg in trajectory.legs] == [LegKind.BEAM, LegKind.FREE, LegKind.BEAM]
    # Carriage A from 10.0786 to -7.9496, and from there out with B by half of what 9.0636 lacks
    # of 12.5: -7.9496 + 5.693 = -2.2566. 12.335 / 1.2 + 0.06 s.
    assert mlc_move(trajectory).stop[-2:] == pytest.approx([-2.2566, 14.7566], abs=1e-3)
    assert trajectory.legs[1].duration_s == pytest.approx(12.3352 / 1.2 + 0.06, abs=0.02)


def test_bodies_keep_proportion_so_leaves_stay_within_reach() -> None:
    trajectory = planned(beam(shape(10.0, 8.0, p3=(-3.0, 5.0)), shape(-8.0, 9.0, p3=(-4.0, 5.0))))
    move = mlc_move(trajectory)
    times = np.linspace(0.0, move.duration_s, 200)
    position = sampled(trajectory, 1, times)
    stand = position[:, Axis.CARRIAGE_A]
    share = (stand - stand[0]) / (stand[-1] - stand[0])
    body = body_at(position[:, 20], BULGE)
    assert body == pytest.approx(body[0] + share * (body[-1] - body[0]), abs=1e-9)
    assert (stand[:, None] - position[:, 14:74]).max() <= 15.1


def test_nearly_closed_pairs_open_first_and_close_last() -> None:
    trajectory = planned(
        beam(shape(10.0, 8.0, p3=(2.0, -2.0)), shape(-8.0, 9.0, p3=(-2.0, 2.1), p4=(1.0, -1.0)))
    )
    move = mlc_move(trajectory)
    ends = sampled(trajectory, 1, move.pieces.times(np.arange(4.0)))
    assert (np.diff(ends[:2, CARRIAGES], axis=0) == 0).all()
    assert (np.diff(ends[2:, CARRIAGES], axis=0) == 0).all()
    leaves = [14 + 3, 74 + 3, 14 + 4, 74 + 4]
    assert ends[1, leaves] == pytest.approx([2.25, -1.75, 10.0, 8.0], abs=1e-6)
    assert ends[2, leaves] == pytest.approx([-1.8, 2.3, 1.25, -0.75], abs=1e-6)
    assert ends[3, leaves] == pytest.approx([-2.0, 2.1, 1.0, -1.0])


def test_no_leaf_opens_past_its_carriage() -> None:
    trajectory = planned(beam(shape(10.0, -10.0), shape(-9.0, 9.0)))
    move = mlc_move(trajectory)
    ends = sampled(trajectory, 1, move.pieces.times(np.arange(4.0)))
    room = ends[0, CARRIAGES] - body_at(ends[0, [20, 80]], BULGE)
    assert (room > 6).all()
    assert ends[1, [20, 80]] == pytest.approx([10.25, -9.75], abs=1e-6)
    tight = planned(beam(shape(10.0, -10.0, p3=(9.0, 4.0)), shape(-4.0, 9.0)))
    ends = sampled(tight, 1, mlc_move(tight).pieces.times(np.arange(2.0)))
    assert ends[1, 20] == pytest.approx(ends[0, 20], abs=1e-9)
    assert ends[1, [20, 80]].sum() == pytest.approx(0.5, abs=1e-6)


def test_pairs_that_stay_do_not_open() -> None:
    trajectory = planned(beam(shape(10.0, 8.0, p3=(1.0, -1.0)), shape(-8.0, 9.0, p3=(1.0, -1.0))))
    position = sampled(trajectory, 1, np.linspace(0.0, 9.0, 50))
    assert (position[:, [17, 77]] == [1.0, -1.0]).all()


def test_a_pair_opens_though_only_one_of_its_leaves_goes_elsewhere() -> None:
    trajectory = planned(beam(shape(10.0, -2.0, p3=(2.0, -2.0)), shape(-8.0, 9.0, p3=(5.0, -2.0))))
    move = mlc_move(trajectory)
    opened = sampled(trajectory, 1, move.pieces.times(np.arange(2.0)))[1]
    assert opened[17] + opened[77] == pytest.approx(0.5, abs=1e-6)
    assert opened[77] > -2.0
    assert trajectory.dynamic[77]


def test_a_leaf_is_limited_on_its_carriage_and_so_may_be_faster_in_the_room() -> None:
    # The second field has carriages of its own: A by 3 cm outward, and one leaf by 13 cm, 10 cm of
    # it on its carriage: 10 / 2.5 s and ramps, in which its tip goes at 13 / 4 cm/s. Far across
    # the centre tips are up to 2 % faster than bodies.
    subs = {0: SubBeam(0, "one"), 1: SubBeam(1, "two")}
    first, last = shape(-2.0, 15.0, p5=(-12.0, 15.0)), shape(1.0, 15.0)
    trajectory = planned(beam(first, last, sub_beams=subs))
    assert trajectory.legs[1].duration_s == pytest.approx(4.1, abs=0.05)
    step = np.diff(sampled(trajectory, 1, np.arange(0, 4.0, 0.01)), axis=0) / 0.01
    leaf, carriage = step[:, 19], step[:, Axis.CARRIAGE_A]
    assert leaf.max() == pytest.approx(13 / 4, rel=0.02)
    assert (leaf - carriage).max() <= 2.5 * 1.02


def test_kv_images_keep_the_motion_synchronized_so_carriages_need_a_leg() -> None:
    row = Acquisition(id=1, specs=AcquisitionSpecs(kv=True))
    images = ImagingParameters(points=(ImagingPoint(1.0, starts=(row,)),))
    steps = [{"Mu": 0, "leaves": shape(8.0, 8.0)}, {"Mu": 10}]
    steps += [{"leaves": shape(a, 8.0)} for a in (-2.0, -9.0)]
    free, seen = planned(make_beam(*steps)), planned(make_beam(*steps, imaging=images))
    assert [leg.kind.name for leg in free.legs] == ["BEAM", "FREE"]
    assert [leg.kind.name for leg in seen.legs] == ["BEAM", "MOTION", "CARRIAGE", "MOTION"]
    wide = plan(make_beam(*steps[:2], {"leaves": shape(-9.0, 8.0)}, imaging=images), MACHINE)
    assert [finding.rule for finding in wide.findings] == ["plan.carriage"]
    assert wide.findings[0].found.startswith("segment 2 spreads")


def test_a_new_sub_beam_waits_and_has_carriages_of_its_own() -> None:
    rules = MACHINE.planning
    for start in (1, 2):
        subs = {0: SubBeam(0, "one"), start: SubBeam(1, "two")}
        same = planned(beam(shape(10.0, 8.0), shape(9.0, 7.0), sub_beams=subs))
        assert mlc_move(same).stop[-2:] == pytest.approx([9.0637, 7.0386], abs=1e-3)
        ends = same.leg_start_s + [leg.duration_s for leg in same.legs]
        waits = same.leg_start_s[1:] - ends[:-1]
        assert waits == pytest.approx([rules.field_stop_s, rules.field_resume_s], abs=0.01)
    one = planned(beam(shape(10.0, 8.0), shape(9.0, 7.0)))
    assert not one.dynamic[CARRIAGES].any()
    ends = one.leg_start_s + [leg.duration_s for leg in one.legs]
    assert (one.leg_start_s[1:] - ends[:-1] <= rules.resume_gap_s + 0.01).all()


def test_the_table_tells_that_a_carriage_limits() -> None:
    table = plan(FAR, MACHINE).table
    assert table.kind == ("beam", "free", "beam")
    assert table.limit[1] == "carriage A"
    assert table.speed[1, table.axis_names.index("carriage A")] == pytest.approx(-1.2)


def test_points_within_the_motion_are_passed_in_their_order() -> None:
    made = make_beam(
        {"Mu": 0, "leaves": shape(10.0, 8.0)},
        {"leaves": shape(4.0, 8.0)},
        {"leaves": shape(-8.0, 8.0)},
    )
    trajectory = planned(made)
    assert [leg.kind for leg in trajectory.legs] == [LegKind.FREE]
    sample = trajectory.sample(np.rint(trajectory.cp_time_s * 1e9).astype(np.int64))
    assert sample.s == pytest.approx([0.0, 1.0, 2.0], abs=1e-6)
    assert 0 < trajectory.cp_time_s[1] < trajectory.cp_time_s[2]
    assert sample.position[:, 20] == pytest.approx([10.0, 4.0, -8.0], abs=0.1)
