"""Journals of live runs replay bit by bit: for the kinds of devices that no other test records.

The others are in test_fault_catalogue.py, test_closed_loop.py and test_mqtt_run.py.
"""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.messages import DeviceReport, HeartBeats, Message, Samples
from linacsim.scenario.live import run_live
from linacsim.scenario.running import prepare
from tests.closed_loop import changed


def brief(data: dict[str, Any]) -> None:
    data["limit_s"] = 5.0
    data["real_time"] = {"wait_s": 60.0, "late": {"hold_after": None, "stop_ms": None}}
    data["expect"] = {"state": "READY"}


@pytest.mark.parametrize(
    ("name", "device", "kind"),
    [
        ("live-csv-marker", "sensor", Samples),
        ("live-camera-stream", "camera", Samples),
        ("live-mqtt-gate-box", "box", HeartBeats),
    ],
)
def test_a_live_journal_replays(
    name: str, device: str, kind: type[Message], tmp_path: Path
) -> None:
    run_live(prepare(changed(tmp_path, brief, name=name)), tmp_path)
    (file,) = tmp_path.glob("*.journal")
    journal = read_journal(file)
    messages = [message for told in journal.inputs.values() for message in told]
    assert sum(isinstance(message, kind) for message in messages) > 10
    assert device in {m.device for m in messages if isinstance(m, DeviceReport)}
    again = replay(journal)
    assert again.identical
    assert again.digest == journal.digest
