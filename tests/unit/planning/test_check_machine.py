"""Rules of the machine and of the MLC."""

from typing import Any

import numpy as np
import pytest

from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.beam import Beam
from linacsim.planning.check import machine as rules
from linacsim.planning.check import mlc
from tests.beams import make_beam
from tests.checking import Case, findings, judge, m120, static, uncovered, with_points


def gantry(*angles: float, **rest: Any) -> Beam:
    return make_beam(
        *({"Mu": 10.0 * k, "GantryRtn": angle} for k, angle in enumerate(angles)), **rest
    )


def couch(lng: float, **rest: Any) -> Beam:
    return make_beam({"Mu": 0, "CouchLng": lng}, {"Mu": 1}, **rest)


def jaws(x1: float, x2: float) -> Beam:
    return make_beam({"Mu": 0, "X1": x1, "X2": 10.0}, {"Mu": 1}, {"Mu": 2, "X2": x2})


def shape(*banks: tuple[float, float], mu: float = 1.0) -> Beam:
    return make_beam(*({"Mu": mu * k, "leaves": bank} for k, bank in enumerate(banks)))


def spread(span: float) -> Beam:
    leaves = np.full(120, 1.0)
    leaves[3] = 1.0 + span
    return make_beam({"Mu": 0, "leaves": leaves}, {"Mu": 1})


CASES = (
    Case(rules.AXIS_RANGE, gantry(364.0, -4.0), gantry(180.0, 366.0)),
    Case(
        rules.ISOCENTRIC_COUCH,
        couch(20.0, couch_is_isocentric=True),
        couch(999.0, couch_is_isocentric=True),
    ),
    Case(rules.JAW_OVERLAP, jaws(-2.0, 2.0), jaws(-2.0, 1.9)),
    Case(rules.ENERGY, static(energy="10xFFF"), static(energy="7x")),
    Case(
        rules.DOSE_RATE,
        static(energy="6xFFF", dose_rate=1400.0),
        static(energy="6x", dose_rate=601.0),
    ),
    Case(rules.DOSE_RATE_ZERO, static(0.0, dose_rate=0.0), static(dose_rate=0.0)),
    Case(rules.DOSE_RATE_LOW, static(dose_rate=5.0), static(dose_rate=4.9)),
    Case(
        rules.MU_WITHOUT_MV,
        static(0.0, energy="0k", dose_rate=0.0),
        static(1.0, energy="0k", dose_rate=0.0),
    ),
    Case(
        rules.TABLE_NAME,
        static(tolerances={"X12": 0.2}, velocities={"X1": 1.0}),
        static(tolerances={"X1": 0.2}),
    ),
    Case(
        rules.TOLERANCE_VALUE,
        static(tolerances={"GantryRtn": 0.0}),
        static(tolerances={"GantryRtn": -0.1}),
    ),
    Case(
        rules.TOLERANCE_WITHOUT_EFFECT,
        gantry(10.0, 10.0, tolerances={"GantryRtn": 0.3}),
        gantry(10.0, 11.0, tolerances={"GantryRtn": 0.3}),
    ),
    Case(
        rules.VELOCITY_VALUE,
        gantry(10.0, 11.0, velocities={"GantryRtn": 2.5}),
        gantry(10.0, 11.0, velocities={"GantryRtn": 0.0}),
    ),
    Case(
        rules.VELOCITY_WITHOUT_EFFECT,
        gantry(10.0, 11.0, velocities={"GantryRtn": 2.5}),
        gantry(10.0, 10.0, velocities={"GantryRtn": 2.5}),
    ),
)
MLC_CASES = (
    Case(mlc.MODEL, static(), static(mlc_model="NDS120HD")),
    Case(mlc.RANGE, shape((20.6, -20.0)), shape((20.7, 1.0))),
    Case(mlc.SPAN, spread(15.0), spread(15.1)),
    Case(mlc.COLLISION, shape((-1.2, 1.2)), shape((-1.2, 1.1))),
    Case(mlc.MOVING_GAP, shape((0.05, 0.0), (1.0, -0.95)), shape((0.0, 0.0), (1.0, -0.95))),
)


@pytest.mark.parametrize("case", CASES + MLC_CASES, ids=str)
def test_rule(case: Case) -> None:
    judge(case)


def test_every_rule_has_a_case() -> None:
    assert uncovered("machine", CASES) == set()
    assert uncovered("mlc", MLC_CASES) == set()


@pytest.mark.parametrize("name", ["CollRtn", "CouchVrt", "CouchRol", "X1", "Y2"])
@pytest.mark.parametrize("value", [1e308, -1e308, np.inf])
def test_absurd_positions_are_out_of_range_on_every_axis(name: str, value: float) -> None:
    beam = make_beam({"Mu": 0, name: value}, {"Mu": 1, name: -value})
    told = findings(beam, rules.AXIS_RANGE)
    assert [item.place.control_point for item in told] == [0, 1]
    assert all(item.place.element == name for item in told)


def test_absurd_leaves_are_told_without_a_crash() -> None:
    rules_told = {item.rule for item in findings(shape((-1e308, -1e308), (-1e308, np.inf)))}
    assert {"mlc.range", "mlc.collision"} <= rules_told


def test_partly_known_leaves_are_judged_where_they_are_known() -> None:
    leaves = np.full(120, np.nan)
    leaves[7] = 30.0
    (told,) = findings(make_beam({"Mu": 0, "leaves": leaves}, {"Mu": 1}))
    assert told.rule == "mlc.range"
    assert "leaf A8" in told.found


def test_finding_names_leaf_bank_and_span() -> None:
    (told,) = findings(spread(15.5))
    assert told.place.element == "Mlc bank A"
    assert "15.5" in told.found
    assert "15" in told.allowed


def test_closed_pairs_that_stand_still_or_open_without_dose_are_fine() -> None:
    assert findings(shape((0.0, 0.0), (0.0, 0.0)), mlc.MOVING_GAP) == []
    opening = make_beam({"Mu": 0, "leaves": (0.0, 0.0)}, {"leaves": (1.0, 1.0)}, {"Mu": 1})
    assert findings(opening, mlc.MOVING_GAP) == []


def test_closed_pairs_that_travel_closed_without_dose_are_told() -> None:
    travel = make_beam({"Mu": 0, "leaves": (0.0, 0.0)}, {"leaves": (1.0, -1.0)}, {"Mu": 1})
    assert [item.place.control_point for item in findings(travel)] == [1]


def test_a_wrong_energy_gets_a_suggestion() -> None:
    (told,) = findings(static(energy="6XFFF"))
    assert (told.rule, told.mend) == ("machine.energy", "did you mean 6xFFF?")


def test_a_dose_rate_below_the_maximum_need_not_be_a_step_of_the_console() -> None:
    assert findings(static(dose_rate=523.7)) == []


def test_a_ceiling_that_is_too_high_later_is_told_at_its_point() -> None:
    beam = with_points(static(), dose_rate={0: 400.0, 1: 800.0})
    (told,) = findings(beam)
    assert (told.rule, told.place.control_point) == ("machine.dose-rate", 1)


def test_a_tolerance_of_an_axis_without_place_is_told() -> None:
    (told,) = findings(static(tolerances={"CollRtn": 1.0}))
    assert told.rule == "machine.tolerance-without-effect"


def test_infinite_tolerance_and_velocity_are_refused() -> None:
    beam = static(tolerances={"CollRtn": np.inf}, velocities={"CollRtn": np.inf})
    assert {item.rule for item in findings(beam)} == {
        "machine.tolerance-value",
        "machine.velocity-value",
    }


def test_limits_themselves_are_inside() -> None:
    lower, upper = m120().axes.lower, m120().axes.upper
    axes = np.array([lower[:N_SINGLE], upper[:N_SINGLE]])
    axes[0, Axis.X1 :] = 0.0
    assert findings(with_points(static(), axes=axes), rules.AXIS_RANGE) == []
    assert findings(jaws(-2.0, 2.0), rules.JAW_OVERLAP) == []
    for value in (lower[Axis.X1], upper[Axis.X1]):
        alone = make_beam({"Mu": 0, "X1": float(value)}, {"Mu": 1})
        assert findings(alone) == []


def test_only_the_leaves_that_break_a_rule_are_named() -> None:
    leaves = np.full(120, 1.0)
    leaves[[5, 65, 90]] = -1.5, 1.0, 21.0
    beam = make_beam({"Mu": 0, "leaves": np.full(120, 1.0)}, {"Mu": 1, "leaves": leaves})
    told = {item.rule: item for item in findings(beam)}
    assert "leaf B31 is at 21 cm" in told["mlc.range"].found
    assert "leaves A6 at -1.5 cm and B6 at 1 cm" in told["mlc.collision"].found
    assert all(item.place.control_point == 1 for item in told.values())
