"""A marker that prints bare lines, on a real pseudo terminal."""

import pytest

from linacsim.devices.csv.marker import CsvMarker, CsvSettings
from linacsim.devices.link import SerialLink
from linacsim.devices.llp.marker import AS_IN_THE_ROOM
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import DeviceReport, Message, Samples, Standing
from linacsim.model.time import NS_PER_S
from tests.hil.stubs import stub
from tests.hil.test_llp_link import during, until

LIMITS = Limits(NS_PER_S // 50, allowed=Mark.SIMULATED | Mark.UNPROTECTED)


def marker(allowed: Mark = LIMITS.allowed) -> CsvMarker:
    limits = Limits(LIMITS.period_ns, allowed=allowed)
    return CsvMarker("marker", CsvSettings(limits, AS_IN_THE_ROOM, ("t", "x", "y", "z"), 1.0))


def test_it_becomes_live_and_loses_nothing() -> None:
    driver = marker()

    async def look(link: SerialLink, posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        await until(lambda: sum(isinstance(message, Samples) for message in posted) > 100)

    with stub("csv-marker") as url:
        during(url, driver, look)
    assert driver.rows.counters.broken == 0


def test_unprotected_lines_release_nothing_by_themselves() -> None:
    async def look(link: SerialLink, posted: list[Message]) -> None:
        await until(lambda: sum(isinstance(message, Samples) for message in posted) > 30)
        assert not link.health().live
        assert "source without checksum" in link.health().text

    with stub("csv-marker") as url:
        during(url, marker(Mark.SIMULATED), look)


@pytest.mark.parametrize(
    ("fault", "named"),
    [("nan@2+60", "not a number (fault 10)"), ("dropout@2+60", "no samples (fault 2)")],
)
def test_bad_lines_hold_by_name(fault: str, named: str) -> None:
    async def look(link: SerialLink, posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        await until(lambda: not link.health().live)
        last = [message for message in posted if isinstance(message, DeviceReport)][-1]
        assert last.standing is Standing.HOLD
        assert named in last.text

    with stub("csv-marker", "--fault", fault) as url:
        during(url, marker(), look)
