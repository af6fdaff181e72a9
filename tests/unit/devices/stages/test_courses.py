"""Courses are held to the limits of a stage before anything moves."""

import numpy as np
import pytest

from linacsim.devices.stages.check import check_course, refuse_beyond
from linacsim.devices.stages.course import FollowedCourse, MotionCourse, MountedAxis, Mounting
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.waveforms import Regular, Uniform

STEP_NS = 50 * NS_PER_MS
UP = Mounting((MountedAxis("X", "z", -50.0),))
BREATH = MotionCourse(Regular(2.0, 4.0, power=1), UP)
"""20 mm up and down in 4 s: at most 15.7 mm/s and 24.7 mm/s²."""


def limits(lower=-100.0, upper=0.0, speed=100.0, acceleration=1000.0) -> StageLimits:
    return StageLimits((AxisLimits("X", lower, upper, speed, acceleration),))


def rules(stage: StageLimits, course=BREATH) -> list[str]:
    return [f.rule for f in check_course(course, stage, 20 * NS_PER_S, STEP_NS)]


def test_a_course_within_all_limits_has_no_findings() -> None:
    assert rules(limits()) == []


@pytest.mark.parametrize(
    ("stage", "rule"),
    [
        (limits(upper=-31.0), "stage.travel"),
        (limits(lower=-49.0), "stage.travel"),
        (limits(speed=15.0), "stage.speed"),
        (limits(acceleration=24.0), "stage.acceleration"),
    ],
)
def test_each_limit_is_found_alone(stage: StageLimits, rule: str) -> None:
    assert rules(stage) == [rule]


@pytest.mark.parametrize("stage", [limits(speed=16.0), limits(acceleration=25.0)])
def test_what_is_just_allowed_is_allowed(stage: StageLimits) -> None:
    assert rules(stage) == []


def test_a_finding_names_time_axis_value_and_limit() -> None:
    course = MotionCourse(Uniform((0.0, 0.0, 1.0)), UP)
    found = check_course(course, limits(), 20 * NS_PER_S, STEP_NS)
    with pytest.raises(InputError) as refused:
        refuse_beyond(found)
    text = str(refused.value)
    assert "at 5.05 s axis X would be at 0.5 mm, at 20.00 s at 150 mm" in text
    assert "allowed: -100 to 0 mm" in text


def test_what_is_no_number_is_beyond_every_limit() -> None:
    class Hole:
        def positions_mm(self, times_ns):
            return np.where(times_ns[:, None] == 10 * STEP_NS, np.nan, -50.0)

    found = check_course(Hole(), limits(), NS_PER_S, STEP_NS)
    assert found[0].rule == "stage.travel"
    assert "at 0.50 s axis X would be at nan mm" in str(found[0])


def test_a_mounting_maps_to_the_stage_and_back() -> None:
    mounting = Mounting((MountedAxis("X", "-z", 10.0), MountedAxis("Y", "x", -5.0)))
    room = np.array([[0.3, 0.0, 1.5], [0.0, 0.0, 0.0]])
    stage = mounting.to_stage_mm(room)
    assert stage.tolist() == [[-5.0, -2.0], [10.0, -5.0]]
    assert np.allclose(mounting.to_room_cm(stage), room)


@pytest.mark.parametrize("axes", [(), (MountedAxis("X", "z", 0.0), MountedAxis("Y", "-z", 0.0))])
def test_two_axes_along_one_are_refused(axes: tuple[MountedAxis, ...]) -> None:
    with pytest.raises(InputError, match="each along another axis"):
        Mounting(axes)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0.0, 0.0, 1.0, 1.0), "is none"),
        ((5.0, -5.0, 1.0, 1.0), "lower end first"),
        ((0.0, 1.0, 0.0, 1.0), "above 0"),
        ((0.0, 1.0, 1.0, -1.0), "above 0"),
        ((0.0, float("nan"), 1.0, 1.0), "finite"),
    ],
)
def test_limits_that_make_no_sense_are_refused(numbers, told: str) -> None:
    with pytest.raises(InputError, match=told):
        AxisLimits("X", *numbers)


def test_the_tighter_of_two_limits_holds() -> None:
    ours, theirs = limits(-90, -10, 50, 2000), limits(-100, -20, 80, 500)
    assert ours.with_others(theirs.axes) == limits(-90, -20, 50, 500)


def test_a_followed_course_is_between_what_was_told() -> None:
    course = FollowedCourse(UP)
    course.note(NS_PER_S, (0.0, 0.0, 1.0))
    course.note(2 * NS_PER_S, (0.0, 0.0, 2.0))
    at = course.positions_mm(np.array([0, NS_PER_S, 3 * NS_PER_S // 2, 9 * NS_PER_S]))
    assert at[:, 0].tolist() == [-50.0, -40.0, -35.0, -30.0]


def test_a_followed_course_forgets_what_is_long_past() -> None:
    course = FollowedCourse(UP)
    for k in range(10_000):
        course.note((k + 1) * 10 * NS_PER_MS, (0.0, 0.0, k / 1000))
    assert len(course._times_ns) < 1100
    assert course.positions_mm(np.array([100 * NS_PER_S]))[0, 0] == pytest.approx(49.99)
