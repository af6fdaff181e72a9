"""The watch: a block is cut at the first tick whose reading, looked at alone, is due."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.control import interlocks as il
from linacsim.control.watch import Asked, Watch, first_true
from linacsim.machines import load_machine
from linacsim.model.arrays import Bools
from linacsim.model.axes import Axis
from linacsim.model.signals import Readings

MACHINE = load_machine("truebeam-m120")
N_AXES = MACHINE.layout.n_axes
MOVING = (Axis.GANTRY_RTN, Axis.X1, 20)
STILL = (Axis.COUCH_LNG, Axis.Y2, 90)


def dynamic() -> Bools:
    out = np.zeros(N_AXES, dtype=bool)
    out[list(MOVING)] = True
    return out


def watch() -> Watch:
    return Watch(MACHINE, dynamic(), MACHINE.start)


@dataclass
class Block:
    """What was asked and read in n ticks; all is well until a test changes it."""

    asked: Asked
    readings: Readings

    def tick(self, k: int) -> "Block":
        one = slice(k, k + 1)
        asked = Asked(self.asked.position[one], self.asked.mu[one])
        read = self.readings
        return Block(asked, Readings(read.position[one], read.mu[one], read.moving[one]))


def block(n: int) -> Block:
    asked = Asked(np.repeat(MACHINE.start[None], n, axis=0), np.linspace(0, 1, n))
    readings = Readings(asked.position.copy(), asked.mu.copy(), np.zeros((n, N_AXES), dtype=bool))
    return Block(asked, readings)


def due(made: Block) -> bool:
    """Whether anything said of one tick alone calls for a decision."""
    w = watch()
    slow = made.asked.mu[-1] - made.readings.mu[-1] > MACHINE.dose.lag_slow_mu
    return bool(w.lagging(made.asked, made.readings) or w.standing(made.readings)[il.MOTN] or slow)


OFF = st.tuples(
    st.integers(0, 11),
    st.sampled_from([*MOVING, *STILL, None]),
    st.sampled_from([0.0, 0.05, 0.0999, 0.1, 0.1001, 0.3, 0.3001, 0.5, 0.5001, 2.0]),
    st.sampled_from([-1, 1]),
)


@settings(max_examples=200, deadline=None)
@given(n=st.integers(1, 12), offs=st.lists(OFF, max_size=4))
def test_a_block_is_cut_at_the_first_tick_that_is_due(
    n: int, offs: list[tuple[int, int | None, float, int]]
) -> None:
    made = block(n)
    for tick, column, by, sign in offs:
        if column is None:
            made.readings.mu[tick % n] -= by
        else:
            made.readings.position[tick % n, column] += sign * by
    first = next((k + 1 for k in range(n) if due(made.tick(k))), n)
    assert watch().cut(made.asked, made.readings) == first


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 12), offs=st.lists(OFF, max_size=4))
def test_standing_is_cut_by_frozen_axes_only(
    n: int, offs: list[tuple[int, int | None, float, int]]
) -> None:
    made = block(n)
    for tick, column, by, sign in offs:
        if column is not None:
            made.readings.position[tick % n, column] += sign * by
    moved = [bool(watch().standing(made.tick(k).readings)[il.MOTN]) for k in range(n)]
    first = moved.index(True) + 1 if any(moved) else n
    assert watch().cut_standing(made.readings) == first


def single(column: int, by: float) -> Block:
    made = block(1)
    made.readings.position[0, column] += by
    return made


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("axis", MOVING)
def test_a_moving_axis_may_lag_up_to_its_following_tolerance(axis: int, sign: int) -> None:
    tolerance = float(MACHINE.axes.follow_tolerance[axis])
    near, far = single(axis, 0.99 * sign * tolerance), single(axis, 1.01 * sign * tolerance)
    assert watch().lagging(near.asked, near.readings) == ""
    assert MACHINE.layout.label(axis) in watch().lagging(far.asked, far.readings)
    assert watch().standing(far.readings)[il.MOTN] == ""


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("axis", STILL)
def test_a_frozen_axis_must_stay_within_a_tenth(axis: int, sign: int) -> None:
    near, far = single(axis, 0.099 * sign), single(axis, 0.101 * sign)
    assert watch().standing(near.readings)[il.MOTN] == ""
    assert MACHINE.layout.label(axis) in watch().standing(far.readings)[il.MOTN]
    assert watch().lagging(far.asked, far.readings) == ""


def test_frozen_axes_are_held_against_where_they_were_frozen_not_what_was_asked() -> None:
    made = block(1)
    made.asked.position[0, Axis.COUCH_LNG] += 5.0
    assert watch().cut(made.asked, made.readings) == 1
    assert watch().standing(made.readings)[il.MOTN] == ""


@pytest.mark.parametrize(
    ("behind", "starved", "told"),
    [
        (0.0, False, ""),
        (0.9, False, ""),
        (1.1, False, "1.10 MU behind"),
        (0.57, True, "0.57 MU behind"),
        (-2.0, False, ""),
    ],
)
def test_a_dose_deficit_is_a_fault_when_large_or_when_it_lasts(
    behind: float, starved: bool, told: str
) -> None:
    made = block(1)
    made.readings.mu[0] = made.asked.mu[0] - behind
    assert watch().dose(made.asked, made.readings, starved=starved) == told


def test_too_much_dose_never_cuts_a_block() -> None:
    made = block(5)
    made.readings.mu[2] += 3.0
    assert watch().cut(made.asked, made.readings) == 5


def conditions(made: Block) -> tuple[str, str]:
    return (
        watch().lagging(made.asked, made.readings),
        watch().standing(made.readings)[il.MOTN],
    )


def test_only_the_last_tick_is_told() -> None:
    made = block(3)
    made.readings.position[1, [Axis.GANTRY_RTN, Axis.COUCH_LNG]] += 3.0
    assert conditions(made) == ("", "")
    assert all(conditions(made.tick(1)))


@pytest.mark.parametrize(
    ("flags", "count"),
    [([True], 1), ([False], 1), ([False, True, True], 2), ([False, False], 2), ([True, False], 1)],
)
def test_first_true(flags: list[bool], count: int) -> None:
    assert first_true(np.array(flags)) == count


def test_nothing_moves_in_a_static_field() -> None:
    still = Watch(MACHINE, np.zeros(N_AXES, dtype=bool), MACHINE.start)
    made = block(4)
    assert still.cut(made.asked, made.readings) == 4
    assert still.lagging(made.asked, made.readings) == ""
