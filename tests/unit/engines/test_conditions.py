"""Conditions flag ticks one by one."""

import pytest

from linacsim.control.interlocks import BIT
from linacsim.engines.conditions import (
    any_of,
    control_point_reaches,
    interlock_up,
    mu_reaches,
    state_is,
)
from linacsim.model.signals import Condition, Frames, State
from tests.frames import make_frames, part

FRAMES = make_frames(
    4,
    state=[State.IDLE, State.READY, State.DELIVERING, State.HOLDING],
    mu_actual=[0.0, 1.0, 2.0, 2.5],
    mu_expected=9.0,
    cp=[0.0, 0.5, 1.0, 1.5],
    interlocks=[0, BIT["DOOR"], BIT["MOTN"], BIT["DOOR"] | BIT["MOTN"]],
)
CASES: dict[str, tuple[Condition, list[bool]]] = {
    "state": (state_is(State.READY), [False, True, False, False]),
    "states": (state_is(State.READY, State.HOLDING), [False, True, False, True]),
    "mu": (mu_reaches(2.0), [False, False, True, True]),
    "cp": (control_point_reaches(0.5), [False, True, True, True]),
    "interlock": (interlock_up("DOOR"), [False, True, False, True]),
    "any": (any_of(state_is(State.IDLE), mu_reaches(2.5)), [True, False, False, True]),
    "any of none": (any_of(), [False] * 4),
}


@pytest.mark.parametrize(("condition", "flags"), CASES.values(), ids=CASES)
def test_flags(condition: Condition, flags: list[bool]) -> None:
    assert condition(FRAMES).tolist() == flags


@pytest.mark.parametrize(("condition", "flags"), CASES.values(), ids=CASES)
def test_a_tick_is_flagged_alone_as_in_its_block(condition: Condition, flags: list[bool]) -> None:
    assert [bool(condition(one)[0]) for one in ticks(FRAMES)] == flags


def ticks(frames: Frames) -> list[Frames]:
    return [part(frames, k, k + 1) for k in range(len(frames))]


def test_unknown_interlock_is_told_when_the_condition_is_tried() -> None:
    with pytest.raises(KeyError, match="MOTION"):
        interlock_up("MOTION")(FRAMES)
