"""Rows of the fault catalogue for devices behind a broker, in simulated time (live: tests/hil)."""

import pytest

from linacsim.model.messages import DeviceReport, Standing
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.scenario.running import prepare
from tests.mqtt_faults import AT_S, ENDS_S, ROWS, Row, Told, scenario, standings


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Told]]:
    """What each device reported."""
    side = prepare(scenario(tmp_path_factory.mktemp("mqtt"), "embedded")).mqtt
    assert side is not None
    broker = side.simulated()
    out: dict[str, list[Told]] = {name: [] for name in ROWS}
    for now_ns in range(0, round(ENDS_S * NS_PER_S), TICK_NS):
        for message in broker.due(now_ns):
            if isinstance(message, DeviceReport):
                out[message.device].append(Told(now_ns / NS_PER_S, message))
    return out


@pytest.mark.parametrize(
    ("name", "row"),
    [(name, row) for name, (_, row) in ROWS.items()],
    ids=[f"{name[0]}-{fault}" for name, (fault, _) in ROWS.items()],
)
def test_each_fault_has_its_reaction(name: str, row: Row, told: dict[str, list[Told]]) -> None:
    before = [one for one in told[name] if one.time_s < AT_S]
    assert before[-1].report.standing is Standing.GOOD
    assert standings(told[name]) == row.standings
    if row.first:
        first = next(one for one in told[name] if one.time_s >= AT_S)
        assert row.first in first.report.text
        assert first.time_s <= AT_S + row.within_s
