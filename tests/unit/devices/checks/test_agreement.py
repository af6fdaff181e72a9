"""Two sources must agree: held in time when they do not, with the cause by name."""

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.checks.agreement import Agreement, AgreementLimits
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from tests.checked import Checked, Eye

AT = 14.0


def checked(*faults: str, within_cm: float = 0.2, **keys: object) -> Checked:
    """Two cameras: ours at 60 Hz with faults, the reference at 25 Hz with much more latency."""
    ours = Eye("NDI", faults=faults)
    theirs = Eye("ExacTrac", 25.0, 90 * NS_PER_MS, **keys)  # type: ignore[arg-type]
    limits = AgreementLimits(within_cm, NS_PER_S // 25, 100 * NS_PER_MS)
    return Checked(Agreement("NDI", "ExacTrac", "both", limits), [ours, theirs])


def test_it_holds_until_they_have_agreed_for_a_while_and_then_no_more() -> None:
    run = checked().run_to(30)
    assert [r.standing for _, r in run.reports] == [Standing.HOLD, Standing.GOOD]
    assert 6.3 < run.first(Standing.GOOD)[0] < 7, "6 s of motion, 10 comparisons at 25 Hz"
    assert run.warned == []


def test_sources_that_disagree_hold_at_the_next_comparison_by_name() -> None:
    run = checked(f"step@{AT}+2=4").run_to(AT + 5)
    held_s, text = run.first(Standing.HOLD, 1.0)
    assert held_s - AT <= 0.04 + 0.09 + 0.02, "a period and the latency of the slower, and a tick"
    assert text.startswith("sources disagree: 4.")
    assert text.endswith("mm apart; allowed: 2 mm")
    back_s, _ = run.first(Standing.GOOD, AT)
    assert AT + 2.2 < back_s < AT + 3, "N good comparisons"


def test_one_that_falls_silent_holds_when_nothing_can_be_compared_any_more() -> None:
    run = checked(gone_s=(AT, AT + 1)).run_to(AT + 3)
    held_s, text = run.first(Standing.HOLD, 1.0)
    assert held_s - AT <= 0.12 + 0.09 + 0.03
    assert text == "no samples (fault 2)"
    assert run.standing is Standing.GOOD


def test_both_far_from_the_truth_but_alike_is_no_business_of_this_check() -> None:
    run = checked()
    for eye in run.eyes:
        eye.off_cm = (1.0, 2.0, 3.0)
    assert run.run_to(10).standing is Standing.GOOD


def test_where_they_never_agree_the_beam_cannot_start() -> None:
    run = checked(off_cm=(0.0, 0.3, 0.0)).run_to(20)
    assert {r.standing for _, r in run.reports} == {Standing.HOLD}
    assert "sources disagree" in run.reports[-1][1].text


@pytest.mark.parametrize(
    ("fault", "condition", "named"),
    [
        ("scale", Condition.SCALE, "times the reference"),
        ("invert", Condition.SIGN, "correlation -1.00"),
        ("swap", Condition.SIGN, "0.0"),
    ],
)
def test_rows_14_and_15_from_the_start_it_never_becomes_live(
    fault: str, condition: Condition, named: str
) -> None:
    run = checked(f"{fault}@0").run_to(20)
    assert {r.standing for _, r in run.reports} == {Standing.HOLD}
    assert condition in run.check.guard.conditions
    text = run.reports[-1][1].text
    assert f"(fault {condition.value})" in text
    assert named in text


@pytest.mark.parametrize("fault", ["scale", "invert", "swap"])
def test_rows_14_and_15_when_live_are_a_hold_at_once_and_a_fault_when_told_apart(
    fault: str,
) -> None:
    run = checked(f"{fault}@{AT}+12").run_to(AT + 30)
    held_s, _ = run.first(Standing.HOLD, 1.0)
    fault_s, text = run.first(Standing.FAULT)
    assert held_s <= AT + 1.5, "when the breath is away from where both read the same"
    assert fault_s <= AT + 8.3, "six seconds of motion"
    assert f"(fault {14 if fault == 'scale' else 15})" in text
    assert run.standing is Standing.GOOD, "and good again; the operator has yet to acknowledge"
    assert Standing.HOLD not in [r.standing for t, r in run.reports if t > fault_s]


def test_row_14_a_scale_that_is_off_by_less_than_the_distance_allowed_is_found() -> None:
    run = checked(f"scale@{AT}=1.4", within_cm=1.0).run_to(AT + 20)
    _, text = run.first(Standing.FAULT)
    assert text.startswith("wrong scale (fault 14): 1.")


def test_row_12_a_step_within_the_distance_allowed_is_warned_of_once() -> None:
    run = checked(f"step@{AT}=3", within_cm=1.0).run_to(AT + 30)
    assert run.warned == [(run.warned_at(Condition.STEP), Condition.STEP)]
    assert run.warned_at(Condition.STEP) <= AT + 5.2
    assert not run.troubled_after(1.0)


def test_row_12_a_large_step_is_a_fault_and_the_new_place_is_learnt() -> None:
    run = checked(f"step@{AT}=6", within_cm=1.0).run_to(AT + 20)
    fault_s, text = run.first(Standing.FAULT)
    assert fault_s <= AT + 5.2
    assert text.startswith("baseline stepped (fault 12): 6.")
    assert run.standing is Standing.GOOD
    assert run.first(Standing.GOOD, AT)[0] < AT + 10


def test_row_13_a_drift_is_warned_of_at_2_mm_and_a_fault_at_5() -> None:
    run = checked(f"drift@{AT}=30", within_cm=1.0).run_to(AT + 15)
    assert AT + 4 <= run.warned_at(Condition.DRIFT) <= AT + 8, "0.5 mm a second"
    fault_s, text = run.first(Standing.FAULT)
    assert AT + 10 <= fault_s <= AT + 14
    assert text.startswith("baseline drifts (fault 13): 5.")


def test_a_reference_that_tells_one_axis_is_compared_along_that_only() -> None:
    limits = AgreementLimits(0.2, NS_PER_S // 10, 100 * NS_PER_MS, axes=(2,))
    stage = Eye("phantom", 10.0, 5 * NS_PER_MS)
    stage.off_cm = (5.0, 5.0, 0.0)
    run = Checked(Agreement("NDI", "phantom", "both", limits), [Eye("NDI"), stage]).run_to(12)
    assert run.standing is Standing.GOOD


def test_a_motion_too_small_to_tell_says_nothing_of_scale_and_sign() -> None:
    still = Eye("NDI", faults=["invert@0"], see=lambda _s: np.zeros(3))
    limits = AgreementLimits(0.2, NS_PER_S // 25, 100 * NS_PER_MS)
    other = Eye("ExacTrac", 25.0, see=lambda s: np.array([0.0, 0.0, 0.1 * np.sin(s)]))
    run = Checked(Agreement("NDI", "ExacTrac", "both", limits), [still, other]).run_to(20)
    assert run.standing is Standing.GOOD
