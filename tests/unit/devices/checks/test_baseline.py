"""The baseline of a single source: learnt, watched, learnt anew (rows 12 and 13)."""

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.checks.baseline import Baseline, BaselineLimits
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.patient import PatientLike, PatientPattern
from tests.checked import Checked, Eye

AT = 60.0
LIMITS = BaselineLimits(20 * NS_PER_S, NS_PER_S // 20, 100 * NS_PER_MS)


def checked(*faults: str, **keys: object) -> Checked:
    eye = Eye("NDI", 20.0, faults=faults, **keys)  # type: ignore[arg-type]
    return Checked(Baseline("NDI", "marker baseline", LIMITS), [eye])


def test_it_holds_until_the_baseline_is_learnt() -> None:
    run = checked().run_to(120)
    learnt_s, _ = run.first(Standing.GOOD)
    assert 30 < learnt_s < 37, "20 s for the direction, then three breaths"
    assert run.warned == []
    assert run.standing is Standing.GOOD


def test_a_patient_who_breathes_unevenly_is_left_alone() -> None:
    motion = PatientLike(PatientPattern(exhale_deviation_cm=0.03), np.random.default_rng(5))
    run = checked(see=lambda s: motion.positions(np.array([round(s * 1e9)]))[0]).run_to(200)
    assert not run.troubled_after(50)


def test_row_12_a_step_is_warned_of_within_three_breaths() -> None:
    run = checked(f"step@{AT}=3").run_to(AT + 40)
    assert run.warned_at(Condition.STEP) <= AT + 13
    assert {one for _, one in run.warned} == {Condition.STEP}
    assert run.standing is Standing.GOOD


@pytest.mark.parametrize("mm", [7, -7])
def test_row_12_a_large_step_is_a_fault_until_the_baseline_is_learnt_anew(mm: int) -> None:
    run = checked(f"step@{AT}={mm}").run_to(AT + 40)
    fault_s, text = run.first(Standing.FAULT)
    assert fault_s <= AT + 13
    assert text.startswith("baseline stepped (fault 12): 7.")
    assert run.first(Standing.GOOD, AT)[0] >= fault_s + 8, "three breaths"


def test_row_13_a_drift_is_warned_of_at_2_mm_and_a_fault_at_5() -> None:
    run = checked(f"drift@{AT}=6").run_to(AT + 80)
    warned_s = run.warned_at(Condition.DRIFT)
    fault_s, text = run.first(Standing.FAULT)
    assert AT + 20 <= warned_s <= AT + 33, "0.1 mm a second, seen some breaths later"
    assert AT + 50 <= fault_s <= AT + 63
    assert text.startswith("baseline drifts (fault 13): 5.")


def test_what_does_not_move_has_no_baseline() -> None:
    run = checked(see=lambda _s: np.zeros(3)).run_to(60)
    assert {r.standing for _, r in run.reports} == {Standing.HOLD}


def test_a_source_that_falls_silent_cannot_be_judged() -> None:
    run = checked(gone_s=(AT, AT + 1)).run_to(AT + 20)
    assert run.first(Standing.HOLD, 1.0)[1] == "no samples (fault 2)"
    assert run.standing is Standing.GOOD
