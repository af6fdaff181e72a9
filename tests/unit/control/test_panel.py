"""The panel with several interlocks up, and what loading a beam forgets."""

from itertools import combinations

import pytest

from linacsim.control import interlocks as il
from linacsim.model.interlocks import Effect, Right


def panel_with(*names: str, rights: Right = Right.SERVICE) -> il.Panel:
    panel = il.Panel(rights)
    for name in names:
        panel.watch(name, "cause")
    return panel


@pytest.mark.parametrize(("one", "other"), list(combinations(il.ROWS, 2)))
def test_two_interlocks_have_the_effects_of_both(one: str, other: str) -> None:
    effects = il.ROWS[one].effects | il.ROWS[other].effects
    assert panel_with(one, other).effects == effects


def test_bits_are_the_places_in_the_table_for_good() -> None:
    assert [il.BIT[row.name] for row in il.TABLE] == [1 << k for k in range(len(il.TABLE))]
    assert il.TABLE[0].name == il.MLC_MODEL
    assert il.BIT[il.DOOR] == 1 << 11


def test_lamps_of_all_that_are_up_in_table_order() -> None:
    panel = panel_with(il.DOOR, il.MLC_MODEL, il.MOTN)
    assert il.names(panel.mask) == (il.MLC_MODEL, il.MOTN, il.DOOR)
    assert il.names(0) == ()


@pytest.mark.parametrize("name", il.ROWS)
def test_only_what_blocks_the_start_is_told_at_the_start(name: str) -> None:
    blocks = Effect.BLOCK_START in il.ROWS[name].effects
    assert (panel_with(name).blocking() != []) == blocks


def test_all_that_blocks_is_told_with_its_text() -> None:
    told = panel_with(il.DOOR, il.AXIS_LAG, il.ACCESSORY).blocking()
    assert told == ["DOOR: the door is open", "ACCESSORY: accessory cause"]


def test_clearing_forgets_latched_faults_that_are_over_and_no_others() -> None:
    panel = panel_with(il.MOTN, il.DOSE_MODEL, il.DOOR)
    panel.watch(il.MOTN, "")
    panel.clear()
    assert il.names(panel.mask) == (il.DOSE_MODEL, il.DOOR)


def test_clearing_forgets_overrides_of_what_stays() -> None:
    panel = panel_with(il.ACCESSORY)
    panel.override(il.ACCESSORY)
    assert panel.effects == Effect.NONE
    panel.clear()
    assert panel.effects == il.ROWS[il.ACCESSORY].effects


def test_acknowledging_clears_each_that_is_over_and_tells_it() -> None:
    panel = panel_with(il.MOTN, il.DOSE_MODEL, il.AXIS_MODEL)
    panel.watch(il.MOTN, "")
    panel.watch(il.AXIS_MODEL, "")
    assert panel.acknowledge() == ["MOTN down", "AXIS_MODEL down"]
    assert il.names(panel.mask) == (il.DOSE_MODEL,)


def test_the_text_follows_its_cause() -> None:
    panel = panel_with(il.MOTN)
    panel.watch(il.MOTN, "X1 (axis 7)")
    assert panel.text(il.MOTN) == "a frozen axis moved: X1 (axis 7)"


def test_what_was_never_up_goes_away_without_a_word() -> None:
    assert il.Panel(Right.BASIC).watch(il.DOOR, "") is None


def test_latching_faults_are_those_whose_cause_goes_with_the_state() -> None:
    assert set(il.FAULTS) <= {row.name for row in il.TABLE if row.latching}
    assert set(il.FAULTS) >= {il.MOTN, il.AXIS_MODEL, il.DOSE_MODEL, il.MAX_RAD_TIME}
