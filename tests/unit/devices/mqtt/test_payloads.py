"""The published schemas are those of the code, and what we and our stubs say fits them."""

import json
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from linacsim.devices.mqtt.payloads import SCHEMAS, Sample, schemas, why_not
from linacsim.devices.mqtt.telemetry import TelemetrySink
from linacsim.model.signals import State
from linacsim.motion.waveforms import Uniform
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import GateLines, Script
from linacsim.stubs.llp.marker import Marker
from linacsim.stubs.mqtt.box import MqttBox
from tests.frames import make_frames
from tools.mqtt_schemas import FOLDER, texts


def test_published_schemas_are_up_to_date() -> None:
    assert set(FOLDER.iterdir()) == set(texts())
    for path, text in texts().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m tools.mqtt_schemas"


VALIDATORS = {leaf: jsonschema.Draft202012Validator(one) for leaf, one in schemas().items()}


def fits(leaf: str, payload: bytes) -> dict[str, Any]:
    data = json.loads(payload)
    VALIDATORS[leaf].validate(data)
    SCHEMAS[leaf].model_validate_json(payload)
    assert isinstance(data, dict)
    return data


def test_telemetry_fits_and_says_what_it_is() -> None:
    sink = TelemetrySink(5)
    for tick in range(12):
        sink.write(make_frames(1, tick))
    telemetry = sink.take()
    assert telemetry is not None
    data = fits("telemetry", telemetry.model_dump_json().encode())
    assert data["tick"] == 10, "the newest of each five"
    assert "never a real machine" in data["notice"]
    assert sink.take() is None


def test_telemetry_counts_holds_and_time_with_beam() -> None:
    sink = TelemetrySink(1)
    held = [False, True, True, False, False, True]
    for tick, hold in enumerate(held):
        state = State.HOLDING if hold else State.DELIVERING
        sink.write(make_frames(1, tick, state=state, beam_on=not hold))
    telemetry = sink.take()
    assert telemetry is not None
    assert (telemetry.holds, telemetry.beam_on_s) == (2, 0.03)


@pytest.mark.parametrize("clock", [None, DeviceClock(ppm=30)])
@pytest.mark.parametrize("fault", ["missing@0", "range@0", "repeat@0", "reboot@0.5", ""])
def test_what_a_stub_says_fits(clock: DeviceClock | None, fault: str) -> None:
    faults = Faults([fault_of(fault)] if fault else [])
    for instrument in (Marker(Uniform(), faults), GateLines(Script(7), faults)):
        box = MqttBox(instrument, faults, clock)
        box.wake(0)
        box.wake(1_000_000_000)
        said = [fits(box.leaf, payload) for payload in box.said(1_000_000_000)]
        assert len(said) > 20
        answer = box.answer(b'{"id": 3}', 0)
        assert (answer is None) == (clock is None)
        if answer is not None:
            assert fits("t", answer)["id"] == 3


GOOD = {"v": 1, "seq": 1, "f": 1, "d": [1, 2, 3]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seq": -1}, "seq: "),
        ({"seq": 1.5}, "seq: "),
        ({"seq": 2**70}, "seq: "),
        ({"v": 2}, "v: "),
        ({"d": [1, 2]}, "d: "),
        ({"d": ["1", "b", 3]}, "d.1: "),
        ({"d": None}, "payload: "),
        ({"f": 256}, "f: "),
        ({"more": 1}, "more: "),
    ],
)
def test_samples_that_do_not_fit_are_told_in_one_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        Sample.model_validate_json(json.dumps(GOOD | changes))
    text = why_not(error.value)
    assert text.startswith(told)
    assert "\n" not in text
