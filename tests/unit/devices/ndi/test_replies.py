"""Replies read back as the stub writes them, and by the worked example."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.devices.ndi.replies import (
    BadReply,
    PortStatus,
    Pose,
    SystemStatus,
    error_text,
    parse_bx,
    parse_handles,
    parse_tx,
    parse_version,
)
from linacsim.stubs.ndi.tracking import REPORT_OUTSIDE, TRANSFORMS, Seen, bx, tx

GOOD = PortStatus.OCCUPIED | PortStatus.INITIALISED | PortStatus.ENABLED
EXAMPLE = "0101+10000+00000+00000+00000+001234+001000-150100+003210000003100000000\n0000"
"""The worked example of research/hil-protocols.md 1.7."""


def test_the_worked_example() -> None:
    (tool,) = parse_tx(EXAMPLE).tools
    assert tool.pose is not None
    assert tool.pose.quaternion == (1.0, 0.0, 0.0, 0.0)
    assert tool.pose.position_mm == pytest.approx((12.34, 10.0, -1501.0))
    assert tool.pose.error_mm == pytest.approx(0.0321)
    assert tool.status == GOOD
    assert tool.frame == 0


def place() -> st.SearchStrategy[Pose]:
    mm = st.floats(-900, 900).map(lambda value: round(value, 2))
    depth = st.floats(-2300, -1000).map(lambda value: round(value, 2))
    return st.builds(lambda x, y, z: Pose((0.5, 0.5, -0.5, 0.5), (x, y, z), 0.1234), mm, mm, depth)


SEEN = st.lists(
    st.builds(
        Seen,
        st.integers(1, 20),
        st.one_of(st.none(), place()),
        st.sampled_from([GOOD, GOOD | PortStatus.PARTLY_OUT]),
    ),
    max_size=4,
    unique_by=lambda seen: seen.handle,
)


@given(SEEN, st.integers(0, 2**32 - 1))
def test_what_the_stub_writes_is_read_back(seen: list[Seen], frame: int) -> None:
    mask = TRANSFORMS | REPORT_OUTSIDE
    for tracking in (parse_tx(tx(seen, frame, mask)), parse_bx(bx(seen, frame, mask))):
        assert tracking.system == SystemStatus(0)
        assert [tool.handle for tool in tracking.tools] == [tool.handle for tool in seen]
        for tool, wanted in zip(tracking.tools, seen, strict=True):
            assert (tool.frame, tool.status) == (frame, wanted.status)
            assert (tool.pose is None) == (wanted.pose is None)
            if tool.pose is not None and wanted.pose is not None:
                assert tool.pose.position_mm == pytest.approx(wanted.pose.position_mm, abs=0.006)


def test_out_of_volume_is_missing_unless_asked_for() -> None:
    far = [Seen(1, Pose((1, 0, 0, 0), (0.0, 0.0, -3000.0), 0.1), GOOD)]
    assert parse_bx(bx(far, 5, TRANSFORMS)).tools[0].pose is None
    assert parse_bx(bx(far, 5, TRANSFORMS | REPORT_OUTSIDE)).tools[0].pose is not None


def test_a_disabled_tool_has_no_place() -> None:
    (tool,) = parse_tx("0101DISABLED\n0000").tools
    assert tool.pose is None
    (tool,) = parse_bx(bytes([1, 1, 4, 0, 0])).tools
    assert tool.pose is None


def test_numbers_that_are_none_are_no_place() -> None:
    nan = [Seen(1, Pose((1, 0, 0, 0), (math.nan, 0.0, -1500.0), 0.1), GOOD)]
    assert parse_bx(bx(nan, 1, TRANSFORMS)).tools[0].pose is None


@given(st.binary(max_size=80))
def test_other_bytes_are_refused_by_name(data: bytes) -> None:
    for read in (lambda: parse_bx(data), lambda: parse_tx(data.decode("latin-1"))):
        with suppress(BadReply):  # and nothing else may come
            read()


def test_handles_versions_and_errors() -> None:
    assert parse_handles("0201001A2031") == (1, 0xA2)
    assert parse_handles("00") == ()
    identity = parse_version("Polaris Vega\nSerial Number: P7-1\n-\nFreeze Tag: Polaris Vega 008\n")
    assert (identity.serial, identity.version) == ("P7-1", "Polaris Vega 008")
    assert error_text("0C") == "ERROR0C (not possible in the present mode)"
    assert "unknown" in error_text("ZZ")
