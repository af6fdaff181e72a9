"""Live runs with a broker: absent at first, killed and started again; watched by a stranger.

Nothing here asserts how punctual this machine is.
"""

import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import jsonschema
import paho.mqtt.client as paho
import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.messages import DeviceReport, Samples
from tests.mosquitto import PASSWORD, Mosquitto, broker

PATIENCE_S = 60.0
BEAM = Path("scenarios/beams/beam-on.xml").resolve()
SCENARIO = """\
schema: 1
title: a broker that comes and goes
machine: truebeam-hd120
beam: short.xml
seed: 1
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5, power: 2}}
mqtt:
  url: {url}
  password_file: password
  {tls}
  telemetry_hz: 20
  markers:
    - name: belt
      url: stub
      allow_unprotected: true
      least_age_limit_ms: 500   # this computer may be busy
      stub: {{clock_ppm: 30}}
operator: [{{do: default}}, {{do: unload, at_s: 22}}]
real_time: {{wait_s: 60, late: {{hold_after: null, stop_ms: null}}}}
expect: {{state: {state}}}
"""


def write(folder: Path, made: Mosquitto, *, state: str = "IDLE") -> Path:
    folder.joinpath("short.xml").write_text(BEAM.read_text().replace("<Mu>100<", "<Mu>40<"))
    folder.joinpath("password").write_text(PASSWORD + "\n")
    tls = f"ca_file: {made.ca_file}" if made.tls else ""
    path = folder / "run.yaml"
    path.write_text(SCENARIO.format(url=made.url, tls=tls, state=state))
    return path


class Process:
    """`linacsim run --realtime` with what it has said so far."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-m", "linacsim", "run", "--realtime", "--out"]
        self.run = subprocess.Popen(
            [*command, str(path.parent), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.run.stdout is not None
        self.lines += iter(self.run.stdout.readline, "")

    @property
    def told(self) -> str:
        return "".join(self.lines)

    def ended(self) -> int:
        code = self.run.wait(PATIENCE_S)
        self._reader.join()
        return code


@contextmanager
def running(path: Path) -> Iterator[Process]:
    process = Process(path)
    try:
        yield process
    finally:
        if process.run.poll() is None:
            process.run.kill()
            process.ended()


def until(condition: Callable[[], object], process: Process, what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, f"{what} never came:\n{process.told}"
        assert process.run.poll() is None, f"ended before {what}:\n{process.told}"
        time.sleep(0.02)


class Stranger:
    """An independent client that hears all, and comes back when the broker does."""

    def __init__(self, made: Mosquitto) -> None:
        self.heard: list[paho.MQTTMessage] = []
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.username_pw_set("linac", PASSWORD)
        if made.tls:
            self.client.tls_set(str(made.ca_file))
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe("linacsim/v1/#", 2)
        self.client.on_message = lambda _client, _data, message: self.heard.append(message)
        self.client.connect("127.0.0.1", made.port)
        self.client.loop_start()

    def of(self, leaf: str) -> list[paho.MQTTMessage]:
        return [m for m in list(self.heard) if m.topic == f"linacsim/v1/lab/linac/{leaf}"]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_a_broker_absent_then_killed_then_back_and_the_journal_replays(tmp_path: Path) -> None:
    made = Mosquitto(tmp_path, tls=True, passwords=True)
    made.start().stop()
    try:
        with running(write(tmp_path, made)) as process:
            until(lambda: "no broker listens there (try 2)" in process.told, process, "a retry")
            made.start()
            stranger = Stranger(made)
            delivering = '"state":"DELIVERING"'
            until(
                lambda: any(delivering in m.payload.decode() for m in stranger.of("telemetry")),
                process,
                "telemetry of a delivery",
            )
            made.kill()
            time.sleep(1.0)
            made.start()
            assert process.ended() == 0, process.told
            stranger.close()
    finally:
        made.stop()
    assert PASSWORD not in process.told
    assert "held for belt: broker lost (fault 29)" in process.told
    assert "DEVICE_HOLD down" in process.told.rpartition("broker lost")[2], "it came back"

    telemetry = [json.loads(m.payload) for m in stranger.of("telemetry")]
    ticks = [one["tick"] for one in telemetry]
    assert ticks == sorted(set(ticks))
    assert min(b - a for a, b in itertools.pairwise(ticks)) <= 5, "20 Hz"
    assert {m.qos for m in stranger.of("telemetry")} == {0}
    assert {m.qos for m in stranger.of("state") + stranger.of("event")} == {1}
    states = [m.payload for m in stranger.of("state")]
    assert states[-1] == b"disconnected", "a retained farewell"
    assert states.count(b"ready") >= 2
    assert not any(m.retain for m in stranger.of("telemetry") + stranger.of("event"))

    desc = json.loads(stranger.of("desc")[-1].payload)
    assert desc["commands"] == []
    for one in telemetry:
        jsonschema.Draft202012Validator(desc["schemas"]["telemetry"]).validate(one)

    (journal_file,) = tmp_path.glob("*.journal")
    assert PASSWORD.encode() not in journal_file.read_bytes()
    journal = read_journal(journal_file)
    again = replay(journal)
    assert again.identical
    assert again.digest == journal.digest
    messages = [m for told in journal.inputs.values() for m in told]
    assert {m.device for m in messages if isinstance(m, DeviceReport)} >= {"belt"}
    assert sum(isinstance(m, Samples) for m in messages) > 300


def test_a_last_will_tells_of_a_machine_that_died(tmp_path: Path) -> None:
    with broker(tmp_path, passwords=True) as made:
        stranger = Stranger(made)
        with running(write(tmp_path, made)) as process:
            until(lambda: stranger.of("telemetry"), process, "telemetry")
            process.run.send_signal(signal.SIGKILL)
            process.ended()
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s and stranger.of("state")[-1].payload != b"lost":
            time.sleep(0.05)
        assert stranger.of("state")[-1].payload == b"lost"
        stranger.close()


@pytest.mark.parametrize("there", [False, True], ids=["no broker", "broker"])
def test_ctrl_c_is_obeyed_at_once(there: bool, tmp_path: Path) -> None:
    with broker(tmp_path, passwords=True) as made:
        if not there:
            made.stop()
        with running(write(tmp_path, made)) as process:
            text = "not live yet" if there else "no broker listens there"
            until(lambda: text in process.told, process, text)
            process.run.send_signal(signal.SIGINT)
            assert process.ended() == 130
        assert "Traceback" not in process.told


def test_a_frozen_broker_holds_the_beam_and_ctrl_c_works(tmp_path: Path) -> None:
    with broker(tmp_path, passwords=True) as made:
        assert made._process is not None
        with running(write(tmp_path, made)) as process:
            until(lambda: "mqtt: live" in process.told, process, "live")
            with suppress(ProcessLookupError):
                made._process.send_signal(signal.SIGSTOP)
            try:
                time.sleep(1.0)
                process.run.send_signal(signal.SIGINT)
                assert process.ended() == 130
            finally:
                made._process.send_signal(signal.SIGCONT)
        assert "Traceback" not in process.told
