"""Differences of figures and control points, and their tolerances."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.regress.baseline import Baseline, Delivery, Point, Signals
from linacsim.regress.changes import Change, changes
from linacsim.regress.rows import change_row
from linacsim.regress.text import to_text
from linacsim.regress.tolerances import Tolerances, load_tolerances

SIGNALS = Signals(
    ticks=100,
    digests={"cp": "aa"},
    steps={"state": ("0 LOADED", "50 DELIVERING")},
    control_point=("0.00 0.50 1.00",),
    windows={"cp": ("aaaa bbbb",)},
    axes={"GantryRtn": "aaaaaaaa bbbbbbbb"},
)


def delivery(**values: Any) -> Delivery:
    stated: dict[str, Any] = {
        "beam": "Arc",
        "machine": "truebeam-m120",
        "state": "COMPLETE",
        "interlocks": (),
        "figures": {"total_time_s": 10.0, "holds": 0},
        "axis_figures": {"GantryRtn": {"error_rms_deg": 0.06}},
        "control_points": tuple((k, k * 1.0, k * 10.0) for k in range(6)),
        "signals": SIGNALS,
    }
    return Delivery(**(stated | values))


def baseline(*deliveries: Delivery) -> Baseline:
    return Baseline(source="arc.yaml", made_by={"linacsim": "1"}, delivery=deliveries)


def found(now: Delivery, allowed: Tolerances | None = None) -> dict[str, Change]:
    allowed = allowed or load_tolerances()
    return {c.what: c for c in changes(baseline(delivery()), baseline(now), allowed)}


def reached(**later: float) -> tuple[Point, ...]:
    """Return control points, some of them later."""
    return tuple((k, k * 1.0 + later.get(f"cp{k}", 0.0), k * 10.0) for k in range(6))


def test_equal_baselines_have_no_changes() -> None:
    assert found(delivery()) == {}


def test_figure_is_judged_by_its_own_tolerance() -> None:
    change = found(delivery(figures={"total_time_s": 10.004, "holds": 1}))
    assert change["total_time_s"].beyond is False
    assert change["total_time_s"].difference == 0.004
    assert change["holds"].beyond is True
    assert change["holds"].tolerance == 0


def test_tolerance_itself_is_kept() -> None:
    assert not found(delivery(figures={"total_time_s": 10.005, "holds": 0}))["total_time_s"].beyond
    assert found(delivery(figures={"total_time_s": 10.0051, "holds": 0}))["total_time_s"].beyond


def test_figure_that_comes_or_goes_is_beyond() -> None:
    change = found(delivery(figures={"total_time_s": 10.0, "mu": 3.0}))
    assert (change["mu"].old, change["mu"].new, change["mu"].beyond) == (None, 3.0, True)
    assert (change["holds"].old, change["holds"].new, change["holds"].beyond) == (0, None, True)


def test_control_points_in_a_row_are_told_together_with_the_greatest_difference() -> None:
    change = found(delivery(control_points=reached(cp2=0.002, cp3=0.01, cp4=0.01, cp5=0.0005)))
    told = change["control point 2-4: reached at [s]"]
    assert told.control_points == (2, 3, 4)
    assert (told.old, told.new, told.difference) == (3.0, 3.01, 0.01)
    assert change["segment to control point 2-3, 5: length [s]"].beyond


def test_control_points_within_tolerance_are_told_as_such() -> None:
    told = found(delivery(control_points=reached(cp2=0.0004)))
    assert list(told) == [
        "control point 2: reached at [s]",
        "segment to control point 2-3: length [s]",
    ]
    assert not any(change.beyond for change in told.values())


def test_control_points_that_are_not_reached_are_named() -> None:
    change = found(delivery(control_points=reached()[:4]))["control points reached"]
    assert (change.old, change.new, change.beyond) == ("0-5", "0-3", True)


@pytest.mark.parametrize(
    ("key", "value"),
    [("state", "TERMINATED"), ("machine", "mine"), ("interlocks", ("DOOR", "MOTN"))],
)
def test_words_must_be_the_same(key: str, value: object) -> None:
    change = found(delivery(**{key: value}))[key]
    assert change.beyond
    assert change_row(change)[4] == "identical"


def test_signals_that_need_not_be_identical_are_told_without_failing() -> None:
    other = SIGNALS.model_copy(update={"digests": {"cp": "bb"}, "windows": {"cp": ("aaaa cccc",)}})
    now = delivery(signals=other)
    assert found(now)["signal cp"].beyond
    values = load_tolerances().values | {"signals.must_be_identical": False}
    assert not found(now, Tolerances(values))["signal cp"].beyond


def test_axes_are_named_in_short() -> None:
    axes = {f"leaf A{k}": "aaaaaaaa bbbbbbbb" for k in range(1, 6)}
    before = SIGNALS.model_copy(update={"axes": axes})
    other = axes | {"leaf A2": "cccccccc bbbbbbbb", "leaf A3": "cccccccc bbbbbbbb"}
    del other["leaf A5"]
    now = SIGNALS.model_copy(update={"axes": other | {"GantryRtn": "aaaaaaaa aaaaaaaa"}})
    old, new = baseline(delivery(signals=before)), baseline(delivery(signals=now))
    told = {c.what: c.difference for c in changes(old, new, load_tolerances())}
    assert told == {
        "axes expected": "leaf A2-A3",
        "axes that stand now": "leaf A5",
        "axes that move now": "GantryRtn",
    }


def test_sequences_of_a_plan_are_named() -> None:
    old = baseline(delivery(), delivery())
    new = baseline(delivery(), delivery(state="TERMINATED"))
    [change] = changes(old, new, load_tolerances())
    assert change.what == "sequence 2: state"
    [change] = changes(old, baseline(delivery()), load_tolerances())
    assert (change.what, change.old, change.new) == ("sequences", "2", "1")


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_text_reads_back_whatever_names_and_numbers(name: str, number: float) -> None:
    made = baseline(delivery(beam=name, figures={"mu": number}, axis_figures={name: {"a": 1}}))
    assert Baseline.model_validate(tomllib.loads(to_text(made))) == made
