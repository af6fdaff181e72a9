"""Beams become trajectories: legs, unnamed axes, ceilings, resumption, and findings instead."""

import numpy as np
import pytest

from linacsim.machines.loader import load_machine
from linacsim.model.acquisition import Acquisition, AcquisitionSpecs
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam, ControlPoints
from linacsim.model.imaging import ImagingParameters, ImagingPoint
from linacsim.model.legs import LegKind
from linacsim.model.tracking import Tracking, TrackingAxes, TrackingAxis, TrackingMlc
from linacsim.planning import Plan, plan, plan_move, plan_points

MACHINE = load_machine("truebeam-m120")
NAN = float("nan")


def beam(mu: list[float], rate: float = 600.0, pairs: int = 60, **more: object) -> Beam:
    """Return a beam; keyword `axes` is {axis: positions}, `leaves` positions of all leaves."""
    n = len(mu)
    axes = np.full((n, 12), NAN)
    for axis, values in more.pop("axes", {}).items():  # type: ignore[attr-defined]
        axes[:, axis] = values
    leaves = np.full((n, 2 * pairs), NAN)
    if "leaves" in more:
        leaves[:] = np.array(more.pop("leaves"), dtype=float)[:, None]
    energy = str(more.pop("energy", "6x"))
    points = ControlPoints(
        np.array(mu, dtype=float),
        axes,
        leaves,
        np.arange(10, 10 + n, dtype=np.int64),
        energy={0: energy},
        dose_rate={0: rate},
    )
    return Beam(id=1, mlc_model="NDS120", control_points=points, **more)  # type: ignore[arg-type]


def durations(made: Plan) -> Floats:
    assert made.findings == ()
    assert made.trajectory is not None
    return np.diff(made.trajectory.cp_time_s)


def kinds(made: Plan) -> list[LegKind]:
    assert made.trajectory is not None
    return [leg.kind for leg in made.trajectory.legs]


def test_a_static_field_runs_at_the_dose_rate_ceiling() -> None:
    assert durations(plan(beam([0, 100], 300.0), MACHINE)) == pytest.approx([20.01])


def test_the_machine_is_the_ceiling_of_the_ceiling() -> None:
    made = plan(beam([0, 100], 5000.0), MACHINE)
    assert durations(made) == pytest.approx([10.01])
    assert made.table.limit == ("dose rate",)


def test_the_velocity_table_limits_an_axis() -> None:
    arc = {Axis.GANTRY_RTN: [0.0, 100.0]}
    free = plan(beam([0, 1], axes=arc), MACHINE)
    limited = plan(beam([0, 1], axes=arc, velocities={"GantryRtn": 2.5}), MACHINE)
    assert free.table.limit == ("GantryRtn",)
    assert limited.table.limit == ("VelTable GantryRtn",)
    assert limited.table.speed[0, 0] == pytest.approx(2.5)
    assert durations(limited)[0] == pytest.approx(100 / 2.5 + 2.5 / 12, abs=0.02)


def test_a_velocity_table_above_the_machine_changes_nothing() -> None:
    arc = {Axis.GANTRY_RTN: [0.0, 100.0]}
    made = plan(beam([0, 1], axes=arc, velocities={"GantryRtn": 60.0}), MACHINE)
    assert made.table.limit == ("GantryRtn",)
    assert made.table.speed[0, 0] == pytest.approx(6.0)


def test_the_table_tells_rates_and_corner_misses() -> None:
    axes = {Axis.GANTRY_RTN: [0.0, 12.0, 24.0]}
    made = plan(beam([0, 4, 34], axes=axes), MACHINE)
    table = made.table
    assert table.kind == ("beam", "beam")
    assert table.limit == ("GantryRtn", "DRate") or table.limit == ("GantryRtn", "dose rate")
    assert table.mu_per_min == pytest.approx([120.0, 600.0])
    assert table.speed[:, 0] == pytest.approx([6.0, 4.0])
    assert table.corner_miss[1, 0] == pytest.approx(2.0**2 / (8 * 12))
    assert table.time_s[-1] == made.trajectory.duration_s if made.trajectory else False


def test_beam_and_motion_only_segments_rest_between() -> None:
    axes = {Axis.GANTRY_RTN: [0.0, 10.0, 20.0, 30.0]}
    made = plan(beam([0, 5, 5, 10], axes=axes), MACHINE)
    assert kinds(made) == [LegKind.BEAM, LegKind.MOTION, LegKind.BEAM]
    trajectory = made.trajectory
    assert trajectory is not None
    gap = trajectory.leg_start_s[2] - trajectory.leg_start_s[1] - trajectory.legs[1].duration_s
    assert MACHINE.planning.resume_gap_s <= gap + 1e-9 < MACHINE.planning.resume_gap_s + 0.01


def test_leaves_without_mv_and_kv_go_each_on_their_own() -> None:
    made = plan(beam([0, 0], axes={Axis.X1: [5.0, 0.0]}, leaves=[2.0, 4.0]), MACHINE)
    assert kinds(made) == [LegKind.FREE]
    trajectory = made.trajectory
    assert trajectory is not None
    half = trajectory.sample(np.array([900_000_000], dtype=np.int64))
    assert half.position[0, 20] == 4.0
    assert 0.0 < half.position[0, Axis.X1] < 5.0


def test_jaws_without_dose_stay_in_proportion() -> None:
    made = plan(beam([0, 0], axes={Axis.X1: [5.0, 0.0], Axis.Y1: [5.0, 4.0]}), MACHINE)
    assert kinds(made) == [LegKind.MOTION]
    trajectory = made.trajectory
    assert trajectory is not None
    sample = trajectory.sample(np.arange(0, 2_000_000_000, 10_000_000, dtype=np.int64))
    assert sample.position[:, Axis.Y1] == pytest.approx(4 + sample.position[:, Axis.X1] / 5)


def test_kv_images_keep_leaves_synchronized() -> None:
    row = Acquisition(id=1, specs=AcquisitionSpecs(kv=True))
    imaging = ImagingParameters(
        points=(ImagingPoint(0.0, starts=(row,)), ImagingPoint(1.0, stops=(row,)))
    )
    made = plan(beam([0, 0, 0], leaves=[2.0, 4.0, 5.0], imaging=imaging), MACHINE)
    assert kinds(made) == [LegKind.MOTION, LegKind.FREE]


def test_repeated_points_take_no_time() -> None:
    arc = {Axis.GANTRY_RTN: [0.0, 0.0, 10.0, 10.0, 20.0, 20.0]}
    made = plan(beam([0, 0, 5, 5, 10, 10], axes=arc), MACHINE)
    plain = plan(beam([0, 5, 10], axes={Axis.GANTRY_RTN: [0.0, 10.0, 20.0]}), MACHINE)
    assert durations(made)[[0, 2, 4]] == pytest.approx([0.0] * 3)
    assert durations(made)[[1, 3]] == pytest.approx(durations(plain))
    assert made.table.kind == ("none", "beam", "none", "beam", "none")


def test_points_that_change_nothing_have_no_part_in_a_free_leg() -> None:
    leaves = [2.0, 2.0, 4.0, 4.0, 4.0]
    made = plan(beam([0] * 5, axes={Axis.X1: [5.0, 5.0, 0.0, 0.0, 0.0]}, leaves=leaves), MACHINE)
    assert kinds(made) == [LegKind.FREE]
    trajectory = made.trajectory
    assert trajectory is not None
    end = trajectory.duration_s
    assert trajectory.cp_time_s.tolist() == [0.0, 0.0, end, end, end]
    sample = trajectory.sample(np.arange(0, trajectory.duration_ns + 1, 10_000_000, np.int64))
    assert (sample.s[1:-1] > 1).all()
    assert (sample.s[1:-1] < 2).all()
    assert sample.s[-1] == 4


def test_free_leg_passes_inner_points_where_the_slowest_axis_does() -> None:
    x1 = {Axis.X1: [8.0, 7.0, 4.0]}
    made = plan(beam([0] * 3, axes=x1, leaves=[2.0, 2.25, 3.0]), MACHINE)
    assert kinds(made) == [LegKind.FREE]
    trajectory = made.trajectory
    assert trajectory is not None
    # X1 goes 4 cm at 2.5 cm/s: at 7 cm after 1/2.5 s and half the 1/6 s that starting took.
    assert trajectory.cp_time_s[1] == pytest.approx(1 / 2.5 + 0.5 * 2.5 / 15, abs=0.002)
    at = trajectory.sample(np.array([round(trajectory.cp_time_s[1] * 1e9)]))
    assert at.s[0] == pytest.approx(1.0, abs=1e-6)
    assert at.position[0, Axis.X1] == pytest.approx(7.0, abs=1e-6)


def test_nothing_to_do_is_one_leg_of_no_duration() -> None:
    for points in ([0.0], [0.0, 0.0]):
        made = plan(beam(points, energy="0k", rate=0.0), MACHINE)
        assert made.trajectory is not None
        assert made.trajectory.duration_ns == 0
        sample = made.trajectory.sample(np.zeros(1, dtype=np.int64))
        assert sample.s[0] == len(points) - 1


def test_unnamed_axes_stay_where_they_are_held() -> None:
    held = np.arange(134.0)
    made = plan(beam([0, 10], axes={Axis.GANTRY_RTN: [180.0, 180.0]}), MACHINE, held)
    trajectory = made.trajectory
    assert trajectory is not None
    assert np.isnan(trajectory.initial[1:]).all()
    assert trajectory.planned.tolist() == [True] + [False] * 133
    position = trajectory.sample(np.zeros(1, dtype=np.int64)).position[0]
    assert position[0] == 180.0
    assert np.array_equal(position[1:], held[1:])


def test_the_capability_ratio_slows_tracking_axes_only() -> None:
    mlc = TrackingAxes(couch_lng=TrackingAxis(), mlc=TrackingMlc())
    half = Tracking(mlc, initial_capability_ratio=0.5)
    for axis, speed in ((Axis.COUCH_LNG, 4.0), (Axis.GANTRY_RTN, 6.0)):
        made = plan(beam([0, 1], axes={axis: [80.0, 140.0]}, tracking=half), MACHINE)
        assert made.table.speed[0, 0] == pytest.approx(speed)
    made = plan(beam([0, 1], leaves=[-2.0, 6.0], tracking=half), MACHINE)
    assert made.table.speed[0, 0] == pytest.approx(1.25)


def test_resuming_starts_from_rest_at_the_fraction() -> None:
    arc = beam([0, 50, 100], axes={Axis.GANTRY_RTN: [0.0, 90.0, 180.0]})
    made = plan(arc, MACHINE, start_s=0.5)
    trajectory = made.trajectory
    assert trajectory is not None
    sample = trajectory.sample(np.array([0, 10_000_000], dtype=np.int64))
    assert sample.s[0] == 0.5
    assert sample.mu[0] == 25.0
    assert sample.position[:, 0] == pytest.approx([45.0, 45.0 + 0.5 * 12 * 1e-4])
    assert np.isnan(trajectory.cp_time_s[0])
    assert trajectory.initial[0] == 45.0


def test_a_move_sends_each_axis_by_itself() -> None:
    start, stop = np.zeros(134), np.zeros(134)
    stop[Axis.GANTRY_RTN], stop[Axis.X1] = 60.0, 2.5
    move = plan_move(MACHINE, start, stop)
    assert move.legs[0].kind is LegKind.GO_TO
    assert move.duration_s == pytest.approx(60 / 6 + 6 / 12)
    assert np.array_equal(move.sample(np.array([move.duration_ns])).position[0], stop)
    assert np.flatnonzero(move.dynamic).tolist() == [Axis.GANTRY_RTN, Axis.X1]
    assert plan_move(MACHINE, stop, stop).duration_ns == 0


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"mu": [0.0, 5.0, 4.0]}, "plan.mu-falls"),
        ({"mu": [0.0, NAN, 4.0]}, None),
        ({"mu": [0.0, float("inf"), 4.0]}, "plan.not-a-number"),
        ({"mu": [0.0, 1e308, 1.5e308]}, "plan.too-long"),
        ({"rate": 0.0}, "plan.dose-rate"),
        ({"rate": NAN}, "plan.dose-rate"),
        ({"energy": "0k"}, "plan.energy"),
        ({"energy": "7x"}, "plan.energy"),
        ({"velocities": {"GantryRtn": 0.0}}, "plan.velocity-limit"),
        ({"velocities": {"Gantry": 1.0}}, "plan.velocity-axis"),
        ({"axes": {Axis.X1: [NAN, 5.0, 6.0]}}, "plan.late-axis"),
        ({"axes": {Axis.X1: [1.0, float("inf"), 6.0]}}, "plan.not-a-number"),
        ({"tracking": Tracking(initial_capability_ratio=1.5)}, "plan.capability-ratio"),
        ({"pairs": 40}, "plan.mlc-model"),
    ],
)
def test_what_cannot_be_planned_is_a_finding(changes: dict[str, object], rule: str | None) -> None:
    made = plan(beam(**({"mu": [0.0, 5.0, 10.0]} | changes)), MACHINE)  # type: ignore[arg-type]
    if rule is None:
        assert made.trajectory is not None
        return
    assert [finding.rule for finding in made.findings] == [rule]
    assert made.trajectory is None


def test_findings_tell_line_and_control_point() -> None:
    made = plan(beam([0.0, 5.0, 4.0]), MACHINE)
    assert made.findings[0].place.control_point == 2
    assert made.findings[0].place.line == 12


def test_a_start_outside_the_beam_is_a_finding() -> None:
    made = plan_points(np.array([0.0, 1.0]), np.full((2, 134), NAN), MACHINE, 600.0, start_s=1.5)
    assert [finding.rule for finding in made.findings] == ["plan.start"]


def test_where_axes_start_within_the_beam_may_be_known_in_part() -> None:
    free = beam([0, 0], axes={Axis.X1: [5.0, 9.0]}, leaves=[2.0, 4.0])
    known = np.full(134, NAN)
    known[Axis.X1], known[Axis.Y1] = 5.5, 3.0
    made = plan(free, MACHINE, start_s=0.25, start_position=known)
    assert made.trajectory is not None
    assert made.trajectory.initial[[Axis.X1, 20]] == pytest.approx([5.5, 2.5])
    assert np.isnan(made.trajectory.initial[Axis.Y1])
