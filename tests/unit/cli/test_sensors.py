"""`linacsim sensors list`."""

import json
from collections.abc import Callable
from typing import Any

from linacsim.motion.presets import sensor_names

Run = Callable[..., Any]


def test_list_for_people(linacsim: Run) -> None:
    result = linacsim("sensors", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(sensor_names())
    assert any("NDI" in line and "25 Hz" in line for line in lines)


def test_list_for_programs(linacsim: Run) -> None:
    records = json.loads(linacsim("sensors", "list", "--json").stdout)
    elekta = next(record for record in records if record["name"] == "elekta-response")
    assert elekta["source"] == "NDI"
    assert elekta["beam_on_ms"] > 1000
    camera = next(record for record in records if record["name"] == "NDI")
    assert camera["beam_on_ms"] is None
