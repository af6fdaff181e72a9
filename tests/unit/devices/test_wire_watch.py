"""The wire judged by its counters."""

import pytest

from linacsim.devices.catalogue import Condition, Reaction
from linacsim.devices.framing.counters import Counters
from linacsim.devices.health import SampleGuard
from linacsim.devices.sample import Limits
from linacsim.devices.wire_watch import EVERY_NS, WireWatch
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_S


class Wire:
    """A wire with so many frames, good and broken, in each tenth of a second."""

    def __init__(self) -> None:
        self.guard = SampleGuard("wire", Limits(NS_PER_S // 60))
        self.counters = Counters()
        self.watch = WireWatch(self.guard, self.counters, 4000.0)
        self.watch.opened(0)
        self.now_ns = 0

    def carry(self, tenths: int, good: int, broken: int, nbytes: int = 300) -> frozenset[Condition]:
        for _ in range(tenths):
            self.now_ns += EVERY_NS
            self.watch.admit(bytes(nbytes), self.now_ns)
            self.counters.bytes += nbytes
            self.counters.frames += good
            self.counters.crc_errors += broken
            self.watch.wake(self.now_ns)
        return self.guard.conditions


def test_a_clean_wire_is_not_spoken_of() -> None:
    wire = Wire()
    assert wire.carry(50, good=6, broken=0) == frozenset()
    assert wire.guard.notices() == ()


def test_row_24_wrong_checksums_are_warned_of_above_one_percent() -> None:
    wire = Wire()
    wire.carry(20, good=6, broken=0)
    assert wire.carry(1, good=5, broken=1) == {Condition.CRC}
    assert wire.guard.notices()[0].reaction is Reaction.WARN
    assert wire.carry(15, good=6, broken=0) == frozenset()


def test_row_24_above_five_percent_they_are_a_fault_until_two_clean_seconds() -> None:
    wire = Wire()
    wire.carry(20, good=6, broken=0)
    wire.carry(5, good=5, broken=1)
    assert wire.guard.standing is Standing.FAULT
    wire.carry(19, good=6, broken=0)
    assert Condition.CRC in wire.guard._lasting
    wire.carry(2, good=6, broken=0)
    assert Condition.CRC not in wire.guard._lasting


def test_row_26_bytes_that_are_never_a_frame_name_the_baud_rate() -> None:
    wire = Wire()
    wire.carry(19, good=0, broken=2)
    assert Condition.BAUD not in wire.guard.conditions
    wire.carry(2, good=0, broken=2)
    assert wire.guard.text == "nothing readable (fault 26): is the baud rate right?"
    wire.carry(1, good=1, broken=0)
    assert Condition.BAUD not in wire.guard._lasting


def test_row_27_babbling_is_a_fault_until_it_ends() -> None:
    wire = Wire()
    wire.carry(12, good=6, broken=0, nbytes=5000)
    assert wire.guard.standing is Standing.FAULT
    wire.carry(12, good=6, broken=0)
    assert Condition.BABBLE not in wire.guard._lasting


@pytest.mark.parametrize("nbytes", [0, 700])
def test_a_wire_as_busy_as_can_be_expected_does_not_babble(nbytes: int) -> None:
    assert Condition.BABBLE not in Wire().carry(50, good=6, broken=0, nbytes=nbytes)
