"""The room: accessories, beam-hold devices, MLC model, kV collimation, door."""

import math

import pytest

from linacsim.control import interlocks as il
from linacsim.control.room import Room
from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError
from linacsim.model.gating import HIGHEST_ID, BeamHoldDevice
from linacsim.model.messages import REAL_TIME, DeviceNote, DeviceReport, Standing
from tests.beams import make_beam

PLAIN = make_beam({"Mu": 0}, {"Mu": 1})
CONDITIONS = {
    il.MLC_MODEL,
    il.ACCESSORY,
    il.BEAM_HOLD_NOT_READY,
    il.BEAM_HOLD_UNPLANNED,
    il.KV_COLLIMATION,
    il.DOOR,
    il.DEVICE_HOLD,
    il.DEVICE_FAULT,
    il.LATE,
}


@pytest.fixture
def room(machine: MachineSpec) -> Room:
    return Room(machine)


def test_an_empty_room_has_no_condition(room: Room) -> None:
    for beam in (None, PLAIN):
        conditions = room.conditions(beam)
        assert set(conditions) == CONDITIONS
        assert set(conditions.values()) == {""}


@pytest.mark.parametrize("slot", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("wanted", "mounted", "told"),
    [
        (None, 0, None),
        (None, 4001, None),
        (0, 0, None),
        (0, 4001, "the beam needs none, code 4001 is mounted"),
        (4001, 4001, None),
        (4001, 0, "the beam needs code 4001, none is mounted"),
        (4001, 4002, "the beam needs code 4001, code 4002 is mounted"),
    ],
)
def test_accessories_by_slot(
    slot: int, wanted: int | None, mounted: int, told: str | None, room: Room
) -> None:
    slots: list[int | None] = [None] * 4
    slots[slot - 1] = wanted
    room.mount(str(slot), mounted)
    detail = room.conditions(make_beam({"Mu": 0}, {"Mu": 1}, accessories=tuple(slots)))[
        il.ACCESSORY
    ]
    assert detail == (f"slot {slot}: {told}" if told else "")


def test_all_wrong_slots_are_told(room: Room) -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 1}, accessories=(0, 4001, None, 4003))
    room.mount("1", 5)
    detail = room.conditions(beam)[il.ACCESSORY]
    assert [part.split(":")[0] for part in detail.split("; ")] == ["slot 1", "slot 2", "slot 4"]


def test_an_accessory_can_be_taken_off(room: Room) -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 1}, accessories=(0, 0, 0, 0))
    room.mount("3", 4001)
    assert room.conditions(beam)[il.ACCESSORY]
    room.mount("3", 0)
    assert not room.conditions(beam)[il.ACCESSORY]


def test_without_a_beam_accessories_do_not_matter(room: Room) -> None:
    room.mount("1", 4001)
    assert not room.conditions(None)[il.ACCESSORY]


@pytest.mark.parametrize("slot", ["", "0", "5", "one", "-1", "1.0", " 1"])
def test_there_are_four_slots(slot: str, room: Room) -> None:
    with pytest.raises(InputError, match="slots are 1 to 4"):
        room.mount(slot, 4001)


@pytest.mark.parametrize("code", [-1, 0.5, math.nan, math.inf, -math.inf])
def test_codes_are_whole_numbers(code: float, room: Room) -> None:
    with pytest.raises(InputError, match="codes whole numbers"):
        room.mount("1", code)


LISTS = {
    "neither listed nor ready": ([], [], "", ""),
    "listed and ready": ([4], [4], "", ""),
    "listed, not ready": ([4, 7], [7], "4", ""),
    "ready, not listed": ([4], [4, 15, 0], "", "0, 15"),
    "both": ([1, 2], [3], "1, 2", "3"),
    "one without id": ([None], [], "", ""),
}


@pytest.mark.parametrize(("listed", "ready", "missing", "extra"), LISTS.values(), ids=LISTS)
def test_devices_listed_and_ready(
    listed: list[int | None], ready: list[int], missing: str, extra: str, room: Room
) -> None:
    beam = make_beam(
        {"Mu": 0}, {"Mu": 1}, beam_hold_devices=tuple(BeamHoldDevice(id) for id in listed)
    )
    for device in ready:
        room.set_device(str(device), ready=True)
    conditions = room.conditions(beam)
    assert conditions[il.BEAM_HOLD_NOT_READY] == missing
    assert conditions[il.BEAM_HOLD_UNPLANNED] == extra


def test_a_ready_device_is_nothing_without_a_beam(room: Room) -> None:
    room.set_device("4", ready=True)
    assert not room.conditions(None)[il.BEAM_HOLD_UNPLANNED]


def test_a_device_may_change_its_mind(room: Room) -> None:
    room.set_device("4", ready=True)
    room.set_device("4", ready=False)
    room.set_device("4", ready=False)
    assert not room.conditions(PLAIN)[il.BEAM_HOLD_UNPLANNED]


@pytest.mark.parametrize("device", ["", "-1", "16", "gate", "1.5"])
def test_device_ids_end_at_15(device: str, room: Room) -> None:
    assert HIGHEST_ID == 15
    with pytest.raises(InputError, match="ids are 0 to 15"):
        room.set_device(device, ready=True)


@pytest.mark.parametrize("device", ["0", "15"])
def test_first_and_last_device(device: str, room: Room) -> None:
    room.set_device(device, ready=True)
    assert room.conditions(PLAIN)[il.BEAM_HOLD_UNPLANNED] == device


def test_the_mlc_model_must_be_the_fitted_one(room: Room) -> None:
    beam = make_beam({"Mu": 0}, {"Mu": 1}, mlc_model="NDS120HD")
    assert room.conditions(beam)[il.MLC_MODEL] == "NDS120HD, this machine has NDS120"


def test_door_and_kv_collimation(room: Room) -> None:
    room.door_open = room.kv_mismatch = True
    for beam in (None, PLAIN):
        assert room.conditions(beam)[il.DOOR]
        assert room.conditions(beam)[il.KV_COLLIMATION]


def test_devices_say_how_they_stand(room: Room) -> None:
    room.change(DeviceReport("camera", Standing.HOLD, "no sample for 120 ms"))
    room.change(DeviceReport("stage", Standing.FAULT, "ALARM:1"))
    conditions = room.conditions(None)
    assert conditions[il.DEVICE_HOLD] == "camera: no sample for 120 ms"
    assert conditions[il.DEVICE_FAULT] == "stage: ALARM:1"
    assert not conditions[il.LATE]
    room.change(DeviceReport("camera", Standing.GOOD))
    assert not room.conditions(None)[il.DEVICE_HOLD]


def test_what_a_device_was_seen_to_do_is_told_and_changes_nothing(room: Room) -> None:
    before = room.conditions(None)
    assert room.change(DeviceNote("camera", "sample dropped (fault 1)")) == (
        "camera: sample dropped (fault 1)"
    )
    assert room.conditions(None) == before
    assert room.change(DeviceReport("camera", Standing.HOLD, "no samples")) == ""


def test_lateness_of_the_loop_is_an_interlock_of_its_own(room: Room) -> None:
    room.change(DeviceReport(REAL_TIME, Standing.HOLD, "3 ticks"))
    conditions = room.conditions(None)
    assert conditions[il.LATE] == "3 ticks"
    assert not conditions[il.DEVICE_HOLD]
