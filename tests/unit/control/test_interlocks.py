"""Interlock rows and the panel."""

import pytest

from linacsim.control import interlocks as il
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Effect, Right

EFFECTS = {
    il.MLC_MODEL: Effect.BLOCK_START,
    il.ACCESSORY: Effect.BLOCK_START | Effect.INTERRUPT,
    il.INITIAL_POSITION: Effect.BLOCK_START,
    il.AXIS_POSITION: Effect.BLOCK_START,
    il.MOTN: Effect.BLOCK_START | Effect.INTERRUPT,
    il.BEAM_HOLD: Effect.HOLD,
    il.AXIS_LAG: Effect.HOLD,
    il.AXIS_MODEL: Effect.BLOCK_START | Effect.INTERRUPT,
    il.DOSE_MODEL: Effect.BLOCK_START | Effect.INTERRUPT,
    il.BEAM_HOLD_NOT_READY: Effect.BLOCK_START | Effect.INTERRUPT,
    il.BEAM_HOLD_UNPLANNED: Effect.BLOCK_START,
    il.KV_COLLIMATION: Effect.BLOCK_START,
    il.DOOR: Effect.BLOCK_START | Effect.INTERRUPT,
    il.MAX_RAD_TIME: Effect.TERMINATE,
    il.GATE_FAULT: Effect.BLOCK_START | Effect.INTERRUPT,
    il.DEVICE_HOLD: Effect.BLOCK_START | Effect.HOLD,
    il.DEVICE_FAULT: Effect.BLOCK_START | Effect.INTERRUPT,
    il.LATE: Effect.HOLD,
    il.HOLD_LINE_CHATTER: Effect.BLOCK_START | Effect.INTERRUPT,
    il.HOLD_LINE_SILENT: Effect.BLOCK_START | Effect.INTERRUPT,
    il.HOLD_LINE_STUCK: Effect.BLOCK_START | Effect.INTERRUPT,
    il.HOLD_LINE_UNTESTED: Effect.BLOCK_START,
    il.MV_HOLD: Effect.NONE,
    il.SYNC_STOP: Effect.NONE,
    il.DOSE_CHANNELS: Effect.TERMINATE,
}
LATCHING = {
    il.MOTN,
    il.AXIS_MODEL,
    il.DOSE_MODEL,
    il.MAX_RAD_TIME,
    il.GATE_FAULT,
    il.DEVICE_FAULT,
    il.HOLD_LINE_CHATTER,
    il.HOLD_LINE_SILENT,
    il.HOLD_LINE_STUCK,
    il.DOSE_CHANNELS,
}
NEVER_OVERRIDDEN = {
    il.MLC_MODEL,
    il.BEAM_HOLD,
    il.AXIS_LAG,
    il.AXIS_MODEL,
    il.DOSE_MODEL,
    il.DOOR,
    il.MAX_RAD_TIME,
    il.GATE_FAULT,
    il.DEVICE_HOLD,
    il.DEVICE_FAULT,
    il.LATE,
    il.HOLD_LINE_CHATTER,
    il.HOLD_LINE_SILENT,
    il.HOLD_LINE_STUCK,
    il.MV_HOLD,
    il.SYNC_STOP,
    il.DOSE_CHANNELS,
}


def test_table_is_the_agreed_one() -> None:
    assert {row.name: row.effects for row in il.TABLE} == EFFECTS
    assert {row.name for row in il.TABLE if row.latching} == LATCHING
    assert {row.name for row in il.TABLE if row.override is None} == NEVER_OVERRIDDEN
    assert all(row.source and row.text for row in il.TABLE)


@pytest.mark.parametrize("name", il.ROWS)
def test_comes_up_with_its_cause_and_says_what_it_is(name: str) -> None:
    panel = il.Panel(Right.BASIC)
    line = panel.watch(name, "GantryRtn (axis 1)")
    assert line is not None
    assert line.startswith(f"{name} up: ")
    assert panel.effects == EFFECTS[name]
    assert il.names(panel.mask) == (name,)
    assert panel.watch(name, "still") is None


@pytest.mark.parametrize("name", il.ROWS)
def test_goes_with_its_cause_unless_it_latches(name: str) -> None:
    panel = il.Panel(Right.BASIC)
    panel.watch(name, "cause")
    line = panel.watch(name, "")
    if name in LATCHING:
        assert line is None
        assert panel.effects == EFFECTS[name]
        assert panel.acknowledge() == [f"{name} down"]
    else:
        assert line == f"{name} down"
    assert panel.mask == 0


@pytest.mark.parametrize("name", sorted(LATCHING))
def test_acknowledging_does_not_clear_what_still_has_its_cause(name: str) -> None:
    panel = il.Panel(Right.BASIC)
    panel.watch(name, "cause")
    assert panel.acknowledge() == []
    assert panel.mask


@pytest.mark.parametrize("name", il.ROWS)
def test_basic_rights_never_override(name: str) -> None:
    panel = il.Panel(Right.BASIC)
    panel.watch(name, "cause")
    with pytest.raises(InputError, match=name):
        panel.override(name)
    assert panel.effects == EFFECTS[name]


@pytest.mark.parametrize("name", sorted(set(il.ROWS) - NEVER_OVERRIDDEN))
def test_service_overrides_and_the_lamp_stays_on(name: str) -> None:
    panel = il.Panel(Right.SERVICE)
    panel.watch(name, "cause")
    assert "Service" in panel.override(name)
    assert panel.effects == Effect.NONE
    assert il.names(panel.mask) == (name,)
    assert panel.blocking() == []


@pytest.mark.parametrize("name", sorted(NEVER_OVERRIDDEN))
def test_some_nobody_overrides(name: str) -> None:
    panel = il.Panel(Right.SERVICE)
    panel.watch(name, "cause")
    with pytest.raises(InputError, match="nobody"):
        panel.override(name)


def test_an_override_ends_with_its_interlock() -> None:
    panel = il.Panel(Right.SERVICE)
    panel.watch(il.ACCESSORY, "cause")
    panel.override(il.ACCESSORY)
    panel.watch(il.ACCESSORY, "")
    panel.watch(il.ACCESSORY, "again")
    assert Effect.BLOCK_START in panel.effects


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="MOTN"):
        il.Panel(Right.SERVICE).override("MOTION")


def test_what_is_not_up_is_not_overridden_beforehand() -> None:
    with pytest.raises(InputError, match="not up"):
        il.Panel(Right.SERVICE).override(il.ACCESSORY)
