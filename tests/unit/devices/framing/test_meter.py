"""The budget of bytes: what is expected passes, what babbles is thrown away and told."""

from linacsim.devices.framing.meter import Meter
from linacsim.model.time import NS_PER_MS, NS_PER_S


def test_what_is_expected_passes_untouched() -> None:
    meter = Meter(3000.0)
    for tick in range(300):
        data = bytes(30)
        assert meter.admit(data, tick * 10 * NS_PER_MS) == data
    assert not meter.babbling(3 * NS_PER_S)
    assert meter.thrown == 0


def test_ten_megabytes_a_second_cost_a_few_kilobytes_and_are_told_within_a_second() -> None:
    meter = Meter(3000.0)
    looked_at = sum(len(meter.admit(bytes(100_000), tick * 10 * NS_PER_MS)) for tick in range(100))
    assert looked_at <= 1.3 * 4 * 3000
    assert meter.thrown == 10_000_000 - looked_at
    assert meter.babbling(NS_PER_S)


def test_the_newest_of_too_much_is_kept() -> None:
    meter = Meter(100.0)
    assert meter.admit(bytes(range(256)) * 4, 0) == (bytes(range(256)) * 4)[-512:]


def test_one_burst_is_no_babbling() -> None:
    meter = Meter(1000.0)
    meter.admit(bytes(4096), 0)
    assert not meter.babbling(NS_PER_S)


def test_babbling_ends_a_second_after_it_stopped() -> None:
    meter = Meter(1000.0)
    for tick in range(100):
        meter.admit(bytes(100), tick * 10 * NS_PER_MS)
    assert meter.babbling(NS_PER_S)
    assert not meter.babbling(3 * NS_PER_S)
