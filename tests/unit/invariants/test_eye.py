"""Each invariant is broken by a corrupted delivery and named; the clean one passes."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.invariants import Invariants, Rule
from linacsim.model.axes import Axis
from linacsim.model.signals import BeamHold, Frames, State

MID = 200
"""A row in the first segment, at full speed."""
LEAF = 14 + 29
GANTRY = Axis.GANTRY_RTN


def test_clean_delivery_passes(clean: Any) -> None:
    assert clean.judged(clean.frames) == set()


def tick_lost(run: Any) -> Frames:
    (tick,) = run.copies("tick")
    tick[MID:] += 1
    return run.changed(tick=tick)


def beam_on_false(run: Any) -> Frames:
    (beam_on,) = run.copies("beam_on")
    beam_on[MID : MID + 3] = False
    return run.changed(beam_on=beam_on)


def hold_asserted(run: Any) -> Frames:
    (hold,) = run.copies("hold_actual")
    hold[MID : MID + 3] = BeamHold.HOLD
    return run.changed(hold_actual=hold)


def dose_after_end(run: Any) -> Frames:
    (mu,) = run.copies("mu_actual")
    mu[-3:] += 0.01
    return run.changed(mu_actual=mu)


def ready_state(run: Any) -> Frames:
    (state,) = run.copies("state")
    state[MID : MID + 3] = State.INTERRUPTED
    return run.changed(state=state)


def mu_falls(run: Any) -> Frames:
    (mu,) = run.copies("mu_actual")
    mu[MID:] -= 0.5
    return run.changed(mu_actual=mu)


def expected_mu_falls(run: Any) -> Frames:
    (mu,) = run.copies("mu_expected")
    mu[MID] = mu[MID - 1] - 0.01
    return run.changed(mu_expected=mu)


def mu_too_much(run: Any) -> Frames:
    mu = run.frames.mu_actual * 1.002
    return run.changed(mu_actual=mu)


def mu_off_line(run: Any) -> Frames:
    (mu,) = run.copies("mu_expected")
    mu[MID] += 0.001
    return run.changed(mu_expected=mu)


def cp_back(run: Any) -> Frames:
    (cp,) = run.copies("cp")
    cp[MID] = cp[MID - 1] - 1e-3
    return run.changed(cp=cp)


def expected_jumps(run: Any) -> Frames:
    (expected,) = run.copies("expected")
    expected[MID:, 8] += 0.03
    return run.changed(expected=expected)


def expected_kinks(run: Any) -> Frames:
    """Speed within the limit, reached in one tick."""
    (expected,) = run.copies("expected")
    expected[MID : MID + 50, Axis.COUCH_VRT] += 0.01 * np.arange(50)
    expected[MID + 50 :, Axis.COUCH_VRT] += 0.49
    return run.changed(expected=expected)


def actual_races(run: Any) -> Frames:
    (actual,) = run.copies("actual")
    actual[MID : MID + 4, GANTRY] += 0.06 * np.arange(4)
    return run.changed(actual=actual)


def corner_missed(run: Any) -> Frames:
    """The leaf keeps a steady small distance from the line: no speed, no acceleration shows it."""
    (expected,) = run.copies("expected")
    expected[run.begin : -12, LEAF] += 1e-3
    return run.changed(expected=expected)


def gantry_lags(run: Any) -> Frames:
    (actual,) = run.copies("actual")
    actual[MID : MID + 100, GANTRY] -= 0.6 * np.sin(np.linspace(0, np.pi, 100))
    return run.changed(actual=actual)


def frozen_creeps(run: Any) -> Frames:
    (actual,) = run.copies("actual")
    actual[MID:, Axis.COUCH_LAT] += np.linspace(0, 0.2, len(actual) - MID)
    return run.changed(actual=actual)


def expected_out_of_range(run: Any) -> Frames:
    expected, actual = run.copies("expected", "actual")
    expected[:, Axis.Y1] = actual[:, Axis.Y1] = -10.05
    return run.changed(expected=expected, actual=actual)


def actual_out_of_range(run: Any) -> Frames:
    actual, frozen = run.copies("actual", "frozen")
    actual[run.begin :, Axis.Y1] = -10.2
    frozen[Axis.Y1] = False
    return run.changed(actual=actual, frozen=frozen)


def leaves_cross(run: Any) -> Frames:
    expected, actual = run.copies("expected", "actual")
    pair = [14 + 5, 14 + 60 + 5]
    expected[:, pair] = actual[:, pair] = [2.0, -2.01]
    return run.changed(expected=expected, actual=actual)


def actual_leaves_cross(run: Any) -> Frames:
    actual, frozen = run.copies("actual", "frozen")
    actual[run.begin :, [14 + 5, 14 + 60 + 5]] = [2.0, -2.05]
    frozen[[14 + 5, 14 + 60 + 5]] = False
    return run.changed(actual=actual, frozen=frozen)


def leaf_off_carriage(run: Any) -> Frames:
    expected, actual = run.copies("expected", "actual")
    expected[:, 14] = actual[:, 14] = 5.2
    return run.changed(expected=expected, actual=actual)


def bank_too_wide(run: Any) -> Frames:
    expected, actual = run.copies("expected", "actual")
    expected[:, 14 + 60] = actual[:, 14 + 60] = 17.6
    expected[:, Axis.CARRIAGE_B] = actual[:, Axis.CARRIAGE_B] = 17.6
    expected[:, 14 + 61] = actual[:, 14 + 61] = 2.55
    return run.changed(expected=expected, actual=actual)


CORRUPTIONS: list[tuple[Callable[[Any], Frames], set[Rule], str | None]] = [
    (tick_lost, {Rule.TICKS}, None),
    (beam_on_false, {Rule.DOSE_HELD}, None),
    (hold_asserted, {Rule.DOSE_HELD}, None),
    (dose_after_end, {Rule.DOSE_HELD, Rule.DOSE_OUTSIDE}, None),
    (ready_state, {Rule.DOSE_OUTSIDE}, None),
    (mu_falls, {Rule.MU_DECREASES}, None),
    (expected_mu_falls, {Rule.MU_DECREASES, Rule.MU_OFF_LINE, Rule.DOSE_RATE}, None),
    (mu_too_much, {Rule.MU_BEYOND_PLAN}, None),
    (mu_off_line, {Rule.MU_OFF_LINE}, None),
    (cp_back, {Rule.CP_DECREASES, Rule.MU_OFF_LINE, Rule.OFF_LINE}, None),
    (expected_jumps, {Rule.SPEED, Rule.ACCELERATION}, "X1"),
    (expected_kinks, {Rule.ACCELERATION}, "CouchVrt"),
    (actual_races, {Rule.SPEED_ACTUAL}, "GantryRtn"),
    (corner_missed, {Rule.OFF_LINE}, "leaf A30"),
    (gantry_lags, {Rule.FOLLOWING}, "GantryRtn"),
    (frozen_creeps, {Rule.FROZEN}, "CouchLat"),
    (expected_out_of_range, {Rule.RANGE}, "Y1"),
    (actual_out_of_range, {Rule.RANGE_ACTUAL}, "Y1"),
    (leaves_cross, {Rule.LEAF_COLLISION}, "leaf A6"),
    (actual_leaves_cross, {Rule.LEAF_COLLISION_ACTUAL}, "leaf A6"),
    (leaf_off_carriage, {Rule.CARRIAGE_SPAN}, "carriage A"),
    (bank_too_wide, {Rule.CARRIAGE_SPAN}, "carriage B"),
]


@pytest.mark.parametrize(
    ("corrupt", "rules", "axis"), CORRUPTIONS, ids=[item[0].__name__ for item in CORRUPTIONS]
)
def test_corruption_is_named(
    clean: Any, corrupt: Callable[[Any], Frames], rules: set[Rule], axis: str | None
) -> None:
    eye = Invariants(clean.machine, clean.points)
    eye.write(corrupt(clean))
    eye.close()
    assert {violation.rule for violation in eye.violations} == rules
    assert axis in {violation.axis for violation in eye.violations}


def test_each_rule_has_a_corruption() -> None:
    of_lines = {Rule.DOSE_LINE}  # judged by an eye of its own, see test_hold_eye
    of_logs = {  # judged in logs only, see test_logs and tests/system/test_log_check_damage.py
        Rule.NUMBER,
        Rule.HOLD_FLAG,
        Rule.DOSE_FOLLOWING,
        Rule.JUMP,
        Rule.OFF_PLACE,
        Rule.JAW_COLLISION,
        Rule.INTERVAL,
    }
    assert set().union(*(rules for _, rules, _ in CORRUPTIONS)) == set(Rule) - of_lines - of_logs


def test_violation_tells_when_and_how_much(clean: Any) -> None:
    eye = Invariants(clean.machine, clean.points)
    eye.write(mu_off_line(clean))
    eye.close()
    (found,) = eye.violations
    assert (found.tick, found.count) == (100 + MID, 1)
    assert found.time_s == pytest.approx(3.01)
    assert found.value == pytest.approx(1e-3)
    assert str(found) == ("invariant mu-off-line: 0.001, allowed 1e-06, at 3.010 s (tick 300)")


def test_dose_rate_ceiling(clean: Any) -> None:
    slower = replace(clean.points, dose_rate=np.full(3, 400.0))
    assert clean.judged(clean.frames, slower) == {Rule.DOSE_RATE}


def test_velocity_ceiling(clean: Any) -> None:
    ceiling = np.full(clean.machine.layout.n_axes, np.nan)
    ceiling[GANTRY] = 3.9
    assert clean.judged(clean.frames, replace(clean.points, max_speed=ceiling)) == {Rule.SPEED}


def test_hold_may_set_mu_and_cp_back(clean: Any) -> None:
    """At a hold the expected side freezes on the actual dose (log-formats 6.4)."""
    held = {name: column.copy() for name, column in columns_of(clean.frames, MID + 20).items()}
    later = slice(MID, None)
    held["state"][later] = State.HOLDING
    held["beam_on"][later] = False
    held["hold_actual"][later] = BeamHold.HOLD
    held["mu_actual"][later] = held["mu_expected"][later] = held["mu_actual"][MID - 1]
    held["cp"][later] = held["mu_actual"][MID] / 20
    held["expected"][later, GANTRY] = 100 + 10 * held["cp"][MID]
    held["expected"][later, LEAF] = 5 - 2.5 * held["cp"][MID]
    held["actual"][later] = held["expected"][later]
    assert clean.judged(replace(clean.frames, **held)) == set()


def test_a_line_that_drops_for_part_of_a_tick_while_it_is_up_may_give_dose(clean: Any) -> None:
    """The beam is dark while the line is up; the tick in which it is up again flags it too."""
    hold, beam_on, mu = clean.copies("hold_actual", "beam_on", "mu_actual")
    hold[MID : MID + 6] = BeamHold.HOLD
    beam_on[MID : MID + 6] = False
    beam_on[MID + 3] = True
    mu[MID : MID + 3], mu[MID + 3 : MID + 6] = mu[MID - 1], mu[MID - 1] + 0.07
    frames = clean.changed(hold_actual=hold, beam_on=beam_on, mu_actual=mu)
    assert Rule.DOSE_HELD not in clean.judged(frames)


def test_disturbance_that_control_answers_is_no_violation(clean: Any) -> None:
    (actual,) = clean.copies("actual")
    actual[MID : MID + 2, Axis.COUCH_LAT] += 0.5
    assert clean.judged(clean.changed(actual=actual)) == set()


def test_without_a_beam_axes_are_still_judged(clean: Any) -> None:
    eye = Invariants(clean.machine)
    eye.write(expected_jumps(clean))
    eye.close()
    assert {found.rule for found in eye.violations} == {Rule.SPEED, Rule.ACCELERATION}


def test_nothing_written_nothing_found(clean: Any) -> None:
    eye = Invariants(clean.machine, clean.points)
    eye.write(frames_of(clean.frames, 0, 0))
    eye.close()
    assert eye.violations == ()


def columns_of(frames: Frames, stop: int, start: int = 0) -> dict[str, Any]:
    columns = {name: getattr(frames, name) for name in frames.__dataclass_fields__}
    return {
        name: values[start:stop]
        for name, values in columns.items()
        if name not in ("frozen", "events", "field") and values is not None
    }


def frames_of(frames: Frames, start: int, stop: int) -> Frames:
    return replace(frames, **columns_of(frames, stop, start))


ALL_WRONG = [corrupt for corrupt, _, _ in CORRUPTIONS]


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 550), max_size=30),
    thaw=st.integers(1, 550),
    corrupt=st.sampled_from(ALL_WRONG),
)
def test_blocks_do_not_matter(
    clean: Any, cuts: list[int], thaw: int, corrupt: Callable[[Any], Frames]
) -> None:
    """The same findings however the ticks are cut, also where the frozen axes change."""
    frames = corrupt(clean)
    thawed = frames.frozen.copy()
    thawed[Axis.COUCH_LAT] = False

    def found(edges: list[int]) -> object:
        eye = Invariants(clean.machine, clean.points)
        for start, stop in pairwise(edges):
            block = frames_of(frames, start, stop)
            eye.write(block if start < thaw else replace(block, frozen=thawed))
        eye.close()
        return eye.violations

    ends = {0, thaw, len(frames)}
    assert found(sorted(ends)) == found(sorted(ends | set(cuts)))
