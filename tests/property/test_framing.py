"""Framers: chunking changes nothing, garbage neither raises nor grows, good frames get through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cobs", reason="needs the extra `devices`")

import itertools

from linacsim.devices.framing.cobs_blocks import CobsFramer, cobs_block
from linacsim.devices.framing.counters import Framer
from linacsim.devices.framing.lines import LineFramer
from linacsim.devices.framing.marked import MarkedFramer

LONGEST = 20
FRAMERS = {
    "lines": lambda: LineFramer(LONGEST),
    "cobs": lambda: CobsFramer(LONGEST),
    "marked": lambda: MarkedFramer(b"@", b"\n", LONGEST, shortest=2),
}
BYTES = st.lists(st.one_of(st.sampled_from(b"@\n\r\0a*"), st.integers(0, 255)), max_size=120).map(
    bytes
)
framers = pytest.mark.parametrize("make", FRAMERS.values(), ids=FRAMERS)


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@framers
@given(data=BYTES, cuts=st.lists(st.integers(0, 120), max_size=12))
def test_any_chunking_gives_the_same_frames_and_counts(
    make: type[Framer], data: bytes, cuts: list[int]
) -> None:
    at_once, in_parts = make(), make()
    frames = at_once.feed(data)
    parts = [frame for chunk in chunked(data, cuts) for frame in in_parts.feed(chunk)]
    assert parts == frames
    assert in_parts.counters == at_once.counters


def marked_by_automaton(data: bytes) -> tuple[list[bytes], int]:
    """Read byte by byte, as the specification of LLP/1 tells it."""
    frames, wrong, frame = [], 0, None
    for byte in data:
        if byte == ord("@"):
            wrong += frame is not None
            frame = b""
        elif frame is not None and byte == ord("\n"):
            if 2 <= len(frame) <= LONGEST:
                frames.append(frame.removesuffix(b"\r"))
            else:
                wrong += 1
            frame = None
        elif frame is not None:
            frame += bytes([byte])
            if len(frame) > LONGEST:
                wrong += 1
                frame = None
    return frames, wrong


@given(BYTES)
def test_marked_frames_are_those_of_the_automaton(data: bytes) -> None:
    framer = MarkedFramer(b"@", b"\n", LONGEST, shortest=2)
    assert (framer.feed(data), framer.counters.truncated) == marked_by_automaton(data)


@given(BYTES, st.binary(max_size=LONGEST - 2))
def test_a_block_after_garbage_and_an_end_mark_gets_through(noise: bytes, content: bytes) -> None:
    framer = CobsFramer(LONGEST)
    framer.feed(noise + b"\0")
    assert framer.feed(cobs_block(content)) == [content]


@given(BYTES)
def test_a_marked_frame_after_any_garbage_gets_through(noise: bytes) -> None:
    framer = MarkedFramer(b"@", b"\n", LONGEST)
    assert framer.feed(noise + b"@whole\r\n")[-1] == b"whole"


@given(st.lists(st.text("abc", min_size=1, max_size=5)), st.sampled_from(["\r", "\n", "\r\n"]))
def test_lines_end_by_any_convention(lines: list[str], end: str) -> None:
    data = "".join(line + end for line in lines).encode()
    assert LineFramer().feed(data) == [line.encode() for line in lines]


@framers
@given(st.sampled_from([b"@", b"a", b"\1", b"@a", b"\xff"]))
def test_what_never_ends_is_not_kept(make: type[Framer], unit: bytes) -> None:
    framer = make()
    for _ in range(50):
        assert framer.feed(unit * 1000) == []
        held = [getattr(framer, "_partial", b""), getattr(framer, "_blocks", framer)._partial]
        assert max(map(len, held)) <= LONGEST + 1
