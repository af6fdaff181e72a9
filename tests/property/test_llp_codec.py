"""LLP/1: what is encoded is decoded, what is damaged is told, nothing else ever happens."""

import contextlib
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cobs", reason="needs the extra `devices`")

from linacsim.devices.llp import binary, text
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.layout import WrongSyntax

WORDS = st.text(max_size=12).filter(lambda word: all(ord(c) < 256 for c in word))
IDS = st.text("abc0123456789", min_size=1, max_size=8)
WHOLE = st.integers(0, 2**32)
NUMBERS = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
SINGLES = st.floats(-1e6, 1e6, width=32)
NAMES = st.text("abcxyz", min_size=1, max_size=4)
CHANNELS = st.lists(st.builds(m.Channel, NAMES, NAMES), max_size=6).map(tuple)
VERSION = st.sampled_from(["LLP/1", "LLP/1.4", "LLP/2"])
BODIES = st.one_of(
    st.builds(
        m.Helo,
        VERSION,
        NAMES,
        WORDS,
        WORDS,
        WORDS,
        CHANNELS,
        NUMBERS,
        WHOLE,
        st.sampled_from([(), ("t32",), ("t32", "bin")]),
    ),
    st.builds(m.HostHelo, VERSION),
    st.builds(m.Sample, st.lists(NUMBERS, max_size=10).map(tuple)),
    st.builds(m.DeviceBeat, NUMBERS, WHOLE, WHOLE, NUMBERS),
    st.builds(m.HostBeat, st.sampled_from("IABHF")),
    st.builds(m.ClockAsk, WHOLE, WHOLE),
    st.builds(m.ClockAnswer, WHOLE, WHOLE, WHOLE, WHOLE),
    st.builds(m.Configure, IDS, WORDS, WORDS),
    st.builds(m.Run, IDS),
    st.builds(m.Stop, IDS),
    st.builds(m.Ack, IDS, WHOLE, WORDS),
    st.builds(m.Nak, IDS, WHOLE, WORDS),
    st.builds(m.Gate, WHOLE, st.booleans(), st.booleans(), st.booleans()),
    st.builds(m.Outputs, WHOLE, WHOLE),
    st.builds(m.Move, IDS, WHOLE, NUMBERS, NUMBERS),
    st.builds(m.Jog, IDS, WHOLE, NUMBERS, WHOLE),
    st.builds(m.SetPoints, IDS, WHOLE, WHOLE, st.lists(NUMBERS, max_size=6).map(tuple)),
    st.builds(m.Home, IDS, WHOLE),
    st.just(m.EmergencyStop()),
    st.builds(m.StagePosition, WHOLE, NUMBERS, NUMBERS, st.sampled_from("IRHAF")),
    st.builds(m.DeviceEvent, WHOLE, WHOLE, WORDS),
    st.builds(m.Unknown, st.just("ZZ"), st.lists(WORDS, max_size=5).map(tuple)),
)
FLAGS = st.integers(0, 255).map(m.Flag)
FRAMES = st.builds(m.Frame, BODIES, st.integers(0, 0xFFFF), st.integers(0, 2**64 - 1), FLAGS)


@given(FRAMES)
def test_text_comes_back_as_it_was(frame: m.Frame) -> None:
    framer = text.text_framer()
    assert [text.decode(found) for found in framer.feed(text.encode(frame))] == [frame]
    assert framer.counters.truncated == 0


@given(FRAMES)
def test_what_has_no_binary_form_goes_as_text_in_a_block(frame: m.Frame) -> None:
    if isinstance(frame.body, m.Sample | m.DeviceBeat | m.Gate | m.StagePosition):
        return
    blocks = binary.binary_framer().feed(binary.encode(frame))
    assert [binary.decode(block) for block in blocks] == [frame]


@given(st.lists(SINGLES, max_size=20), FLAGS)
def test_binary_samples_come_back_to_the_last_bit(values: list[float], flags: m.Flag) -> None:
    frame = m.Frame(m.Sample(tuple(values)), 65_535, 2**64 - 1, flags)
    (block,) = binary.binary_framer().feed(binary.encode(frame))
    assert binary.decode(block) == frame


@given(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 15))
def test_binary_gates_come_back(ready: bool, enable: bool, fault: bool, device: int) -> None:
    frame = m.Frame(m.Gate(device, ready, enable, fault), 1, 2, m.Flag.VALID)
    (block,) = binary.binary_framer().feed(binary.encode(frame))
    assert binary.decode(block) == frame


ANYTHING = st.one_of(
    st.binary(max_size=80),
    st.lists(st.sampled_from("@S,0.*HELOG1%AFnainf-"), max_size=60).map(
        lambda c: "".join(c).encode()
    ),
)


def with_right_crc(body: bytes) -> bytes:
    return body + b"*%04X" % text.crc(body)


@given(ANYTHING)
def test_garbage_in_text_is_told_and_nothing_else(garbage: bytes) -> None:
    for between in (garbage, with_right_crc(garbage), with_right_crc(b"S,1,2,00," + garbage)):
        with contextlib.suppress(text.WrongChecksum, WrongSyntax):
            text.decode(between)


@given(ANYTHING, st.integers(0, 255))
def test_garbage_in_binary_is_told_and_nothing_else(garbage: bytes, letter: int) -> None:
    head = struct.pack("<BBHQB", letter, 1, 2, 3, len(garbage) // 4)
    for plain in (garbage, head + garbage, head + garbage[: len(garbage) // 4 * 4]):
        for content in (plain, plain + struct.pack("<H", text.crc(plain))):
            with contextlib.suppress(text.WrongChecksum, WrongSyntax):
                binary.decode(content)


@given(FRAMES, st.data())
def test_one_changed_byte_never_passes(frame: m.Frame, data: st.DataObject) -> None:
    sent = bytearray(text.encode(frame)[1:-1])
    place = data.draw(st.integers(0, len(sent) - 1))
    sent[place] ^= data.draw(st.integers(1, 255))
    try:
        came = text.decode(bytes(sent))
    except (text.WrongChecksum, WrongSyntax):
        return
    assert came == frame, "the case of a hex digit is all that may differ"


def test_nan_reaches_the_guard_and_is_no_syntax_error() -> None:
    came = text.decode(with_right_crc(b"S,1,2,01,nan,-inf,,1"))
    assert isinstance(came.body, m.Sample)
    assert [math.isfinite(value) for value in came.body.values] == [False, False, False, True]
