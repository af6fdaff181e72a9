"""Simulated wires: bytes as late as the wire makes them, plugs pulled, time that gets on."""

import pytest

from linacsim.engines.simulated import SimulatedDevices
from linacsim.engines.wired import SimulatedWire
from linacsim.model.messages import DeviceReport, Standing
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.plug import Plug
from tests.peers import LineDriver, LineStub

MS = 1_000_000
BYTE_NS = 10**10 // 115_200


def test_bytes_take_their_time_each_way() -> None:
    driver, stub = LineDriver(), LineStub(after_ns=MS)
    SimulatedWire(driver, stub, latency_ns=MS // 2).advance(10 * MS)
    assert stub.asked == [(BYTE_NS + MS // 2, b"?")]
    assert driver.heard == [(2 * (BYTE_NS + MS // 2) + MS, b"!")]


def test_a_slow_wire_queues_bytes() -> None:
    driver, stub = LineDriver(period_ns=MS), LineStub(after_ns=0)
    wire = SimulatedWire(driver, stub, baud=2000, latency_ns=0)
    wire.advance(100 * MS)
    times = [time for time, _ in stub.asked]
    assert times[:4] == [5 * MS, 10 * MS, 15 * MS, 20 * MS], "5 ms a byte, one after the other"


@pytest.mark.parametrize("step_ms", [1, 7, 10, 200])
def test_how_far_it_is_advanced_at_once_changes_nothing(step_ms: int) -> None:
    driver, stub = LineDriver(), LineStub()
    wire = SimulatedWire(driver, stub)
    for now_ms in range(step_ms, 201, step_ms):
        wire.advance(now_ms * MS)
    once, other = LineDriver(), LineStub()
    SimulatedWire(once, other).advance(now_ms * MS)
    assert (driver.heard, stub.asked) == (once.heard, other.asked)


def test_a_pulled_plug_is_told_and_a_plug_put_back_opens_the_wire_again() -> None:
    driver, stub = LineDriver(), LineStub()
    plug = Plug(Faults([fault_of("unplug@0.05+0.04")]))
    wires = SimulatedDevices([SimulatedWire(driver, stub, plug=plug)])
    assert wires.due(40 * MS) == ()
    assert wires.due(50 * MS) == (DeviceReport("line", Standing.HOLD, "unplugged"),)
    assert wires.known_ns == 60 * MS
    wires.due(89 * MS)
    assert driver.openings == 1
    wires.due(200 * MS)
    assert driver.openings == 2
    silent = [time for time, _ in driver.heard if 52 * MS < time < 90 * MS]
    assert not silent


class Restless:
    """A peer that is always due."""

    def receive(self, data: bytes, now_ns: int) -> None: ...

    def wake(self, now_ns: int) -> None: ...

    def next_ns(self) -> int | None:
        return 0

    def take(self) -> bytes:
        return b""


def test_a_peer_that_is_always_due_does_not_stop_time() -> None:
    SimulatedWire(LineDriver(), Restless()).advance(MS)
