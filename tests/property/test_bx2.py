"""BX2 replies: what the stub writes is read back, and nothing else does harm."""

import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.devices.ndi import gbf
from linacsim.devices.ndi.gbf import offers_bx2, parse_bx2
from linacsim.devices.ndi.replies import BadReply, PortStatus, Pose
from linacsim.stubs.ndi.tracking import Seen, bx2

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
poses = st.builds(
    Pose, st.tuples(*[numbers] * 4), st.tuples(*[numbers] * 3), st.floats(0, 9, width=32)
)
outside = st.sampled_from([gbf.USED, gbf.USED | PortStatus.OUT_OF_VOLUME])
tools = st.lists(
    st.builds(Seen, st.integers(1, 0xFFFF), st.none() | poses, outside),
    max_size=6,
    unique_by=lambda seen: seen.handle,
)
frames = st.integers(0, 0xFFFFFFFF)


def item(code: int, pose: Pose | None) -> bytes:
    """Return a reply of one tool with a status of its own."""
    payload = bytearray(bx2([Seen(1, pose, gbf.USED)], 7, 0))
    at = payload.index(struct.pack("<HH", 1, 0 if pose else 0x100 | 31), 4 + 12 + 16 + 4 + 12)
    struct.pack_into("<H", payload, at + 2, code if pose else 0x100 | code)
    return bytes(payload)


@given(tools, frames)
def test_what_is_written_is_read(seen: list[Seen], frame: int) -> None:
    tracking = parse_bx2(bx2(seen, frame, 1_500_000_000))
    assert [tool.handle for tool in tracking.tools] == [tool.handle for tool in seen]
    for tool, wanted in zip(tracking.tools, seen, strict=True):
        assert tool.pose == wanted.pose
        assert tool.frame == frame
        assert wanted.pose is None or tool.status == wanted.status


@given(tools, frames, st.data())
def test_a_reply_cut_short_is_refused(seen: list[Seen], frame: int, data: st.DataObject) -> None:
    whole = bx2(seen, frame, 0)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(BadReply):
        parse_bx2(whole[:cut])
    with pytest.raises(BadReply):
        parse_bx2(whole + b"\0")


@given(tools, frames, st.data())
def test_damage_does_no_harm(seen: list[Seen], frame: int, data: st.DataObject) -> None:
    damaged = bytearray(bx2(seen, frame, 0))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadReply):  # and nothing else may come
        parse_bx2(bytes(damaged))


@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda data: b"\1\0\1\0" + data))
def test_garbage_is_refused_by_name(data: bytes) -> None:
    with suppress(BadReply):
        parse_bx2(data)


def test_a_reply_without_a_new_frame_has_no_tools() -> None:
    assert parse_bx2(gbf.FORMAT.pack(gbf.VERSION, 0)).tools == ()


def test_the_newest_of_several_frames_counts_and_other_components_are_passed_over() -> None:
    def frame(number: int) -> bytes:
        alerts = gbf.COMPONENT.pack(0x12, gbf.COMPONENT.size + 3, 0, 1) + b"abc"
        one = gbf.SIX_D.pack(1, gbf.MISSING | 31)
        six_d = gbf.COMPONENT.pack(gbf.TOOLS_6D, gbf.COMPONENT.size + len(one), 0, 1) + one
        head = gbf.FRAME_ITEM.pack(2, 0, 0, number, 0, 0)
        return head + gbf.FORMAT.pack(gbf.VERSION, 2) + alerts + six_d

    items = frame(8) + frame(9)
    component = gbf.COMPONENT.pack(gbf.FRAME, gbf.COMPONENT.size + len(items), 0, 2) + items
    (tool,) = parse_bx2(gbf.FORMAT.pack(gbf.VERSION, 1) + component).tools
    assert tool.frame == 9


HERE = Pose((1.0, 0.0, 0.0, 0.0), (1.0, 2.0, -1500.0), 0.125)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0, PortStatus(0)),
        (3, PortStatus.PARTLY_OUT),
        (9, PortStatus.OUT_OF_VOLUME),
        (14, PortStatus.IR_INTERFERENCE),
    ],
)
def test_codes_are_told_as_bx_tells_them(code: int, status: PortStatus) -> None:
    (tool,) = parse_bx2(item(code, HERE)).tools
    assert (tool.pose, tool.status) == (HERE, gbf.USED | status)


@pytest.mark.parametrize("code", [13, 17, 20, 21, 22, 31, 99])
def test_a_place_with_any_other_code_is_not_used(code: int) -> None:
    (tool,) = parse_bx2(item(code, HERE)).tools
    assert (tool.pose, tool.frame) == (None, 7)


@pytest.mark.parametrize("code", [32, 33])
def test_a_tool_that_is_off_is_as_with_bx(code: int) -> None:
    (tool,) = parse_bx2(item(code, None)).tools
    assert (tool.pose, tool.status, tool.frame) == (None, PortStatus(0), 0)


def test_what_is_no_number_is_no_place() -> None:
    nowhere = HERE.__class__(HERE.quaternion, (math.nan, 0.0, 0.0), 0.125)
    (tool,) = parse_bx2(bx2([Seen(1, nowhere, gbf.USED)], 7, 0)).tools
    assert tool.pose is None


@pytest.mark.parametrize(
    ("revision", "offers"),
    [("G.003.002", True), ("G.004.000", True), ("G.002.009", False), ("D.003.001", False)],
)
def test_which_cameras_offer_it(revision: str, offers: bool) -> None:
    assert offers_bx2(revision) is offers
