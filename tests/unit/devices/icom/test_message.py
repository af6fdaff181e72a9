"""Messages of the iCom stream, and records made of frames."""

import struct
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from linacsim.devices.icom.frames import EVERY_TICKS, IcomSink, Loaded, strips
from linacsim.devices.icom.message import ITEMS_AT, MARK, encode_message, plain
from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.model.signals import Frames, State
from tests.frames import make_frames
from tests.icom_records import LEAVES, record

WHEN = datetime(2026, 5, 4, 9, 30, 1)
Item = tuple[int, int, str, str, str]


def items(message: bytes) -> list[Item]:
    """Take a message apart by its lengths, without patterns."""
    at, found = ITEMS_AT, []
    while at < len(message):
        group, element, kind, zero, flag, length = struct.unpack_from("<HH2sBcI", message, at)
        assert zero == 0
        at += 12
        text = message[at : at + length].decode("ascii")
        assert len(text) == length
        found.append((group, element, kind.decode(), flag.decode(), text))
        at += length
    return found


def test_a_message_has_date_counter_and_length() -> None:
    message = encode_message(record(), WHEN, 257)
    assert message[:4] == MARK
    assert struct.unpack_from("<I", message, 4) == (len(message),)
    assert message[8:26] == b"2026-05-0409:30:01"
    assert message[26] == 1
    assert 2_500 < len(message) < 3_500


def test_items_are_those_that_are_known() -> None:
    found = {
        (group, element): text
        for group, element, _, _, text in items(encode_message(record(), WHEN, 0))
    }
    assert found[0x0010, 0x0020] == "EMULATOR"
    assert found[0x3008, 0x0032] == "12.34"
    assert found[0x300A, 0x011E] == "-90.0"
    assert found[0x300A, 0x0125] == "-3"
    assert found[0x3009, 0x1007] == "3"


def test_leaves_follow_their_name_at_once_in_pairs_from_minus_y() -> None:
    found = items(encode_message(record(), WHEN, 0))
    names = [text for *_, text in found]
    start = names.index("MLCX") + 1
    leaves = [float(text) for text in names[start : start + 160]]
    assert np.allclose(np.reshape(leaves, (80, 2)), LEAVES, atol=0.005)
    assert names[start + 160] == "ASYMY"
    assert names[start + 161 : start + 163] == ["4.50", "-0.50"]
    assert len(names) > start + 163


def test_nothing_of_a_field_is_told_when_none_is_loaded() -> None:
    groups = [group for group, *_ in items(encode_message(record(field=None), WHEN, 0))]
    assert 0x0010 not in groups
    assert 0x300A in groups


def test_what_a_listener_stumbles_over_is_not_sent() -> None:
    odd = record(interlocks=("AXIS_LAG::3", "ten_chars!!", ""), energy="0123456789")
    found = items(encode_message(odd, WHEN, 0))
    texts = [text for *_, text in found]
    assert "AXIS LAG 3 " in texts
    assert "0123456789 " in texts
    assert all(len(text) not in (0, 10) for text in texts)
    assert plain("a^b/2026-01-0112:00:00") == "a b 2026-01-0112 00 00"
    dose = encode_message(record(delivered_mu=float("nan"), gantry_deg=-0.01), WHEN, 0)
    found_by_tag = {item[:2]: item[4] for item in items(dose)}
    assert found_by_tag[0x3008, 0x0032] == "-32767"
    assert found_by_tag[0x300A, 0x011E] == "0.0"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"leaves_cm": np.zeros((60, 2))}, "80 x 2 leaf positions, given are 60 x 2"),
        ({"diaphragms_cm": np.zeros(4)}, "two diaphragms"),
        ({"leaves_cm": np.full((80, 2), np.nan)}, "no number"),
    ],
)
def test_other_leaves_are_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        record(**change)


def test_leaves_of_other_heads_are_told_where_5_mm_fit() -> None:
    assert strips(load_machine("agility").mlc.leaf_widths_cm).tolist() == list(range(80))
    m120 = strips(load_machine("truebeam-m120").mlc.leaf_widths_cm).tolist()
    assert m120[:4] == [0, 0, 1, 1]
    assert m120[19:23] == [9, 10, 11, 12]
    assert strips(load_machine("precise-mlc").mlc.leaf_widths_cm).tolist()[-2:] == [39, 39]
    with pytest.raises(InputError, match=r"covers Y -20 to -19\.5 cm"):
        strips(load_machine("truebeam-hd120").mlc.leaf_widths_cm)
    with pytest.raises(InputError, match="no leaf of this MLC"):
        strips(load_machine("precise-beam-modulator").mlc.leaf_widths_cm)


MACHINE = load_machine("agility")


def frames_in(*states: State) -> Frames:
    shape = (len(states), MACHINE.layout.n_axes)
    made = make_frames(len(states), state=np.array(states))
    return replace(made, expected=np.zeros(shape), actual=np.zeros(shape))


def test_frames_become_a_record_each_quarter_second_and_at_each_change_of_state() -> None:
    sink = IcomSink(Loaded(MACHINE, "6x", 10.0))
    states = [State.IDLE] * 10 + [State.LOADED] * 30 + [State.DELIVERING] * 30
    sink.write(frames_in(*states))
    found = sink.take()
    assert len(found) == 5
    assert [one.field is None for one in found] == [True] + [False] * 4
    assert sink.take() == []
    assert EVERY_TICKS == 25


def test_positions_are_those_of_an_elekta_console() -> None:
    frames = frames_in(State.DELIVERING)
    frames.actual[0, Axis.GANTRY_RTN] = 90.0
    frames.actual[0, Axis.Y1], frames.actual[0, Axis.Y2] = 3.0, 4.0
    frames.actual[0, MACHINE.layout.bank_a] = np.arange(80) / 10
    frames.actual[0, MACHINE.layout.bank_b] = np.arange(80) / 20
    sink = IcomSink(Loaded(MACHINE, "12e", 10.0))
    sink.write(frames)
    (found,) = sink.take()
    assert found.gantry_deg == 90.0
    assert found.radiation == "ELECTRON"
    assert found.diaphragms_cm.tolist() == [3.0, 4.0]
    assert np.allclose(found.leaves_cm[:, 0], -np.arange(80) / 20)
    assert np.allclose(found.leaves_cm[:, 1], np.arange(80) / 10)
