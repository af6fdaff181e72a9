"""An LLP/1 driver on a wire that brings anything: it never raises, grows or lets a beam go on."""

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cobs", reason="needs the extra `devices`")

from linacsim.devices.llp import messages as m
from linacsim.devices.llp import text
from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Kind
from tests.llp_wired import LIMITS, marker

PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            text.encode(m.Frame(body, seq, t_us, flags))
            for body in (
                m.Helo("LLP/1", "marker", "a", "b", "c", (m.Channel("z", "mm"),), 60.0, 256),
                m.Helo("LLP/9", "gate", "", "", "", (), 0.0, 0),
                m.Sample((1.0,)),
                m.Sample(()),
                m.ClockAnswer(1, 2, 3, 2),
                m.ClockAnswer(1, 2, 3, 4),
                m.Ack("c1"),
                m.Nak("helo", 3),
                m.Gate(0, True, True, False),
                m.DeviceBeat(60.0, 0, 0, 0.0),
            )
            for seq in (0, 1, 2, 500, 65_535)
            for t_us in (0, 2**32 - 1, 2**64 - 1)
            for flags in (m.Flag.NONE, m.Flag.VALID, m.Flag.BOOT)
        ]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 300), PIECES), max_size=40))
def test_whatever_comes_the_driver_goes_on_and_nothing_is_released(
    pieces: list[tuple[int, bytes]],
) -> None:
    driver = LlpMarker("marker", MarkerSettings(LIMITS))
    driver.opened(0)
    now_ns = 0
    for wait_ms, data in pieces:
        until_ns = now_ns + wait_ms * NS_PER_MS
        while (due_ns := driver.next_ns()) is not None and now_ns < due_ns <= until_ns:
            now_ns = due_ns
            driver.wake(now_ns)
        now_ns = until_ns
        driver.receive(data, now_ns)
        driver.take()
        driver.messages()
        assert "\n" not in driver.health().text
    assert not driver.health().live


INSTANT = (Kind.REBOOT, Kind.CLOCK_STEP)
LASTING = (
    Kind.DROPOUT,
    Kind.DROP,
    Kind.FREEZE,
    Kind.REPEAT,
    Kind.LATE,
    Kind.JITTER,
    Kind.DUPLICATE,
    Kind.REORDER,
    Kind.SPIKE,
    Kind.NAN,
    Kind.MISSING,
    Kind.RANGE,
    Kind.CRC,
    Kind.SILENT,
    Kind.CLOCK_DRIFT,
)
STARTS = st.integers(2, 6)
FAULTS = st.one_of(
    st.builds("{}@{}".format, st.sampled_from(INSTANT), STARTS),
    st.builds("{}@{}+{}".format, st.sampled_from(LASTING), STARTS, st.sampled_from([0.1, 0.5, 2])),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(FAULTS, max_size=4))
def test_no_sample_is_old_or_from_the_future_while_the_source_is_good(faults: list[str]) -> None:
    wired = marker(*faults).run_to(9.0)
    for _, message in wired.samples:
        for sample in message.samples:
            assert sample.measured_ns <= sample.received_ns
            assert (
                not sample.valid or sample.received_ns - sample.measured_ns <= LIMITS.age_limit_ns
            )
    standing, newest_ns = Standing.HOLD, 0
    for time_s, message in wired.messages:
        if hasattr(message, "standing"):
            standing = message.standing
        elif hasattr(message, "samples"):
            newest_ns = message.samples[-1].measured_ns
        if standing is Standing.GOOD:
            assert time_s * NS_PER_S - newest_ns <= LIMITS.age_limit_ns + 20 * NS_PER_MS


def test_minutes_of_garbage_leave_nothing_behind() -> None:
    driver = LlpMarker("marker", MarkerSettings(LIMITS))
    driver.opened(0)
    noise = random.Random(1)
    sizes = []
    for tick in range(12_000):
        driver.receive(noise.randbytes(200), tick * 10 * NS_PER_MS)
        driver.wake(tick * 10 * NS_PER_MS)
        driver.take()
        driver.messages()
        if tick % 3000 == 2999:
            receiver = driver.session.receiver
            sizes.append(sys.getsizeof(receiver._text._partial) + len(driver.guard._notices))
    assert max(sizes) < 2000
    assert not driver.health().live
