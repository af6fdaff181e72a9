"""Packets of the Combined API: published CRCs, any chunking, garbage between replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.devices.ndi.packets import (
    LONGEST_REPLY,
    Reply,
    ReplyFramer,
    ReplyKind,
    ascii_reply,
    binary_reply,
    command,
    crc16,
)

PUBLISHED = {
    "INIT:": "E3A5",
    "VER:0": "65EE",
    "PHRQ:*********1****": "A4C1",
    "PHSR:01": "E03E",
    "PINIT:01": "31EA",
    "PENA:01D": "6D3B",
    "TSTART:": "5423",
    "TX:0001": "031A",
    "BX:0801": "00EC",
    "TSTOP:": "2C14",
    "GETINFO:Features.Firmware.Version": "0492",
    "OKAY": "A896",
    "RESET": "BE6F",
    "ERROR0C": "4E42",
    "00": "1414",
}
"""Real clients' own (research/hil-protocols.md 1.1)."""


@pytest.mark.parametrize(("text", "digits"), PUBLISHED.items())
def test_checksums_are_those_that_clients_send(text: str, digits: str) -> None:
    assert f"{crc16(text.encode()):04X}" == digits


def test_a_command_carries_its_checksum() -> None:
    assert command("INIT") == b"INIT:E3A5\r"
    assert command("PENA", "01D") == b"PENA:01D6D3B\r"


REPLIES = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80).map(
            lambda text: Reply(ReplyKind.TEXT, text.encode())
        ),
        st.binary(max_size=200).map(lambda data: Reply(ReplyKind.BINARY, data)),
    ),
    max_size=6,
)


def wire_of(reply: Reply) -> bytes:
    if reply.kind is ReplyKind.TEXT:
        return ascii_reply(reply.text)
    return binary_reply(reply.payload)


@given(REPLIES, st.data())
def test_any_chunking_gives_the_same_replies(replies: list[Reply], data: st.DataObject) -> None:
    stream = b"".join(map(wire_of, replies))
    framer, heard = ReplyFramer(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        heard += framer.receive(stream[:size])
        stream = stream[size:]
    assert heard == replies
    assert framer.counters.crc_errors == framer.dropped_bytes == 0


@given(st.binary(min_size=1, max_size=40), st.integers(0, 300), st.integers(1, 255))
def test_a_damaged_reply_is_never_taken_for_a_good_one(
    payload: bytes, place: int, flip: int
) -> None:
    damaged = bytearray(binary_reply(payload))
    damaged[place % len(damaged)] ^= flip
    heard = ReplyFramer().receive(bytes(damaged))
    assert Reply(ReplyKind.BINARY, payload) not in heard


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_garbage_neither_raises_nor_piles_up(chunks: list[bytes]) -> None:
    framer = ReplyFramer()
    for chunk in chunks:
        framer.receive(chunk)
    framer.receive(b"\xff" * (2 * LONGEST_REPLY))
    framer.clear()
    assert framer.receive(ascii_reply("OKAY")) == [Reply(ReplyKind.TEXT, b"OKAY")]


def test_errors_are_told_by_their_code() -> None:
    (reply,) = ReplyFramer().receive(ascii_reply("ERROR0C"))
    assert reply.error == "0C"
    (reply,) = ReplyFramer().receive(ascii_reply("OKAY"))
    assert reply.error == ""
