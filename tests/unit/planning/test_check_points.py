"""Rules of control points."""

import numpy as np
import pytest

from linacsim.model.beam import Beam, SubBeam
from linacsim.model.imaging import OutsideTreatment
from linacsim.planning.check import points as rules
from tests.beams import make_beam
from tests.checking import (
    Case,
    findings,
    imaging,
    judge,
    static,
    uncovered,
    with_points,
)


def long_beam(n: int) -> Beam:
    return make_beam(*({"Mu": float(k)} for k in range(n)))


def sub_beams(*items: SubBeam) -> dict[int, SubBeam]:
    return dict(enumerate(items))


CASES = (
    Case(rules.TOO_FEW, static(), make_beam({"Mu": 0})),
    Case(rules.TOO_MANY, long_beam(5000), long_beam(5001)),
    Case(rules.MU_NOT_FINITE, static(), static(mu=np.inf)),
    Case(rules.MU_ABSURD, static(1e6), static(1e308)),
    Case(
        rules.MU_DECREASING,
        make_beam({"Mu": 0}, {"Mu": 10}, {}, {"Mu": 10}),
        make_beam({"Mu": 0}, {"Mu": 10}, {}, {"Mu": 9.9}),
    ),
    Case(
        rules.LATE_AXIS,
        make_beam({"Mu": 0, "X1": 5.0, "leaves": (1, 1)}, {"X1": 4.0, "leaves": (2, 2)}),
        make_beam({"Mu": 0, "X2": 5.0}, {"X1": 4.0}),
    ),
    Case(
        rules.ENERGY_CHANGE,
        with_points(static(), energy={0: "6x", 1: "6x"}),
        with_points(static(), energy={0: "6x", 1: "10x"}),
    ),
    Case(
        rules.LEAF_COUNT,
        make_beam({"Mu": 0, "leaves": (1, 1)}, {"Mu": 1}),
        with_points(static(), leaves=np.ones((2, 80))),
    ),
    Case(
        rules.SUB_BEAM_ORDER,
        static(sub_beams=sub_beams(SubBeam(0), SubBeam(1))),
        static(sub_beams=sub_beams(SubBeam(0), SubBeam(2))),
    ),
    Case(
        rules.MAX_RAD_TIME,
        static(sub_beams=sub_beams(SubBeam(0, max_rad_time_s=30.0))),
        static(sub_beams=sub_beams(SubBeam(0, max_rad_time_s=0.0))),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rule(case: Case) -> None:
    judge(case)


def test_every_rule_has_a_case() -> None:
    assert uncovered("points", CASES) == set()


def test_the_simplest_beam_has_no_findings() -> None:
    assert findings(static()) == []


def test_one_point_is_enough_for_images_only() -> None:
    only_images = imaging(outside_treatment=OutsideTreatment(100.0))
    assert findings(make_beam({"Mu": 0}, imaging=only_images), rules.TOO_FEW) == []


def test_a_falling_mu_is_told_with_point_and_numbers() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 40}, {"Mu": 30})
    (told,) = findings(beam, rules.MU_DECREASING)
    assert told.place.control_point == 2
    assert "40" in told.found
    assert "30" in told.found


def test_mu_that_stays_or_is_left_out_does_not_fall() -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 40}, {}, {"Mu": 40}, {"Mu": 41})
    assert findings(beam, rules.MU_DECREASING) == []


def test_a_late_mlc_is_told_as_mlc_and_one_jaw_alone_is_fine() -> None:
    beam = make_beam({"Mu": 0, "Y1": 5.0}, {"Mu": 1, "Y1": 4.0, "leaves": (1, 1)})
    (told,) = findings(beam)
    assert (told.rule, told.place.element, told.place.control_point) == (
        "points.late-axis",
        "Mlc",
        1,
    )


def test_many_alike_are_told_three_times_and_counted() -> None:
    mu = [0.0, *range(4000, 0, -1)]
    told = findings(make_beam(*({"Mu": value} for value in mu)), rules.MU_DECREASING)
    assert [item.place.control_point for item in told] == [2, 3, 4, None]
    assert told[-1].found.startswith("3996 more")


def test_a_beam_without_points_is_only_told_that() -> None:
    empty = with_points(
        static(), mu=np.empty(0), axes=np.empty((0, 12)), leaves=np.empty((0, 120)), energy={}
    )
    assert {item.rule for item in findings(with_points(empty, dose_rate={}, sub_beam={}))} == {
        "points.too-few"
    }


def test_a_second_mlc_must_be_in_the_first_point_too() -> None:
    leaves = np.zeros(120)
    late = with_points(static(), second_leaves={1: leaves})
    (told,) = findings(late, rules.LATE_AXIS)
    assert "Mlc with ID 2" in told.found
    both = with_points(static(), second_leaves={0: leaves, 1: leaves})
    assert findings(both, rules.LATE_AXIS) == []
