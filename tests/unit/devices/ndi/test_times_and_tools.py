"""Frame numbers as times, tool definitions, calibration."""

import math
import random
from itertools import pairwise

import pytest

from linacsim.devices.ndi.calibration import AT_THE_FOOT, Calibration
from linacsim.devices.ndi.frame_clock import FRAME_HZ, FrameClock
from linacsim.devices.ndi.tool_file import (
    BLOCK_MARKERS,
    SIZE,
    check_tool_file,
    make_tool_file,
    part_number,
    upload_blocks,
)
from linacsim.model.findings import InputError
from linacsim.model.time import NS_PER_S

MS = 1_000_000
LATENCY = 14 * MS


@pytest.mark.parametrize("drift_ppm", [-80, 0, 80])
def test_jitter_of_arrival_does_not_reach_the_times(drift_ppm: int) -> None:
    chance, clock = random.Random(3), FrameClock(LATENCY)
    errors = []
    for frame in range(0, 60 * 120, 1):
        taken_ns = round(frame * NS_PER_S / FRAME_HZ * (1 + drift_ppm * 1e-6))
        arrived_ns = taken_ns + LATENCY + round(chance.expovariate(1 / (4 * MS)))
        errors.append(clock.measured_ns(frame, arrived_ns) - taken_ns)
    late = errors[120:]
    assert max(map(abs, late)) < 1.2 * MS
    assert max(late) - min(late) < 1.5 * MS


def test_times_rise_and_never_lie_ahead_of_the_arrival() -> None:
    chance, clock, before = random.Random(4), FrameClock(0), -1
    now_ns = 0
    for frame in range(500):
        now_ns += round(chance.uniform(0, 40 * MS))
        measured_ns = clock.measured_ns(frame, now_ns)
        assert before < measured_ns <= now_ns or measured_ns == now_ns
        before = measured_ns


def test_the_tool_of_the_stub_is_a_good_definition() -> None:
    rom = make_tool_file()
    check_tool_file(rom)
    assert len(rom) == SIZE
    assert part_number(rom) == "BLOCK-1"
    distances = sorted(
        math.dist(a, b) for k, a in enumerate(BLOCK_MARKERS) for b in BLOCK_MARKERS[k + 1 :]
    )
    assert all(far - near > 5.0 for near, far in pairwise(distances))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda rom: b"XYZ" + rom[3:], "must begin with NDI"),
        (lambda rom: rom[:700], "752 bytes"),
        (lambda rom: rom[:80] + b"\x01" + rom[81:], "checksum"),
    ],
)
def test_a_damaged_definition_is_refused(damage, told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_tool_file(damage(make_tool_file()))


def test_a_tool_has_three_to_twenty_markers() -> None:
    with pytest.raises(InputError, match="2 markers"):
        make_tool_file(BLOCK_MARKERS[:2])


def test_an_upload_is_sixteen_blocks_of_sixty_four_bytes() -> None:
    blocks = upload_blocks(make_tool_file())
    assert [address for address, _ in blocks] == list(range(0, 1024, 64))
    assert all(len(digits) == 128 for _, digits in blocks)


def test_a_camera_looks_at_the_isocentre() -> None:
    x, y, z = AT_THE_FOOT.to_camera_mm((0.0, 0.0, 0.0))
    assert (x, y) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert z == pytest.approx(-1788.85, abs=0.01)
    there = (1.5, -2.0, 3.0)
    assert AT_THE_FOOT.to_room_cm(AT_THE_FOOT.to_camera_mm(there)) == pytest.approx(there)


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        (((1, 0, 0), (0, 1, 0), (0, 0, 1.01)), "not orthonormal"),
        (((1, 0, 0), (0, 1, 0), (0, 0, -1)), "left-handed"),
        (((1, 0, 0), (0, 1, 0)), "3 axes of 3 numbers"),
        (((1, 0, 0), (0, 1, 0), (0, 0, math.nan)), "not orthonormal"),
    ],
)
def test_axes_that_are_none_are_refused(axes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Calibration.of((0, 0, 0), axes)
