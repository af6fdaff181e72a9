"""Packets of the Combined API: published CRCs, any chunking, garbage between replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.devices.ndi.packets import (
    DAMAGED_NAME,
    LONGEST_NAME,
    LONGEST_REPLY,
    Reply,
    ReplyFramer,
    ReplyKind,
    ascii_reply,
    binary_reply,
    command,
    crc16,
    stream_packet,
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


PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)
REPLIES = st.lists(
    st.builds(
        Reply._replace,
        st.one_of(
            st.text(PRINTABLE, max_size=80).map(lambda text: Reply(ReplyKind.TEXT, text.encode())),
            st.binary(max_size=200).map(lambda data: Reply(ReplyKind.BINARY, data)),
        ),
        stream=st.just("") | st.text(PRINTABLE, max_size=LONGEST_NAME),
    ),
    max_size=6,
)


def wire_of(reply: Reply) -> bytes:
    text = reply.kind is ReplyKind.TEXT
    data = ascii_reply(reply.text) if text else binary_reply(reply.payload)
    return stream_packet(reply.stream, data) if reply.stream else data


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


def test_a_header_of_a_stream_whose_reply_was_lost_costs_no_other_reply() -> None:
    header = stream_packet("here", b"")
    whole = header + stream_packet("here", binary_reply(b"1")) + ascii_reply("OKAY")
    lost, streamed, answer = ReplyFramer().receive(whole)
    assert lost.kind is ReplyKind.BAD_CRC
    assert streamed == Reply(ReplyKind.BINARY, b"1", "here")
    assert answer == Reply(ReplyKind.TEXT, b"OKAY")


def test_a_flood_of_headers_is_taken_one_by_one() -> None:
    assert len(ReplyFramer().receive(stream_packet("here", b"") * 5000)) == 4999


@pytest.mark.parametrize("place", range(10))
def test_a_streamed_reply_with_a_damaged_header_is_no_answer(place: int) -> None:
    damaged = bytearray(stream_packet("here", binary_reply(b"1")))
    damaged[place] ^= 1
    heard = ReplyFramer().receive(bytes(damaged) + ascii_reply("OKAY"))
    assert Reply(ReplyKind.BINARY, b"1") not in heard or place < 2, "its start gone, it is one"
    assert heard[-1] == Reply(ReplyKind.TEXT, b"OKAY")
    assert all(reply.stream in ("", DAMAGED_NAME) for reply in heard)


def test_starts_of_streams_without_end_are_noise() -> None:
    framer = ReplyFramer()
    framer.receive(b"\xd4\xb5" * LONGEST_REPLY)
    framer.clear()
    assert framer.receive(ascii_reply("OKAY")) == [Reply(ReplyKind.TEXT, b"OKAY")]


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
