"""The `mqtt` section of a scenario: what it must not ask for, and where passwords come from."""

import subprocess
import sys
from pathlib import Path

import pytest

from linacsim.model.findings import InputError
from linacsim.motion.waveforms import Uniform
from linacsim.scenario.mqtt import MqttSide
from linacsim.scenario.mqtt_keys import MqttKeys
from linacsim.stubs.mqtt.broker import run_broker

URL = "mqtts://linac@broker.lab"


def side(folder: Path, **keys: object) -> MqttSide:
    return MqttSide(MqttKeys.model_validate(keys), Uniform(), 0, folder / "scenario.yaml")


def test_the_password_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("correct horse\nnot this\n")
    assert side(tmp_path, url=URL, password_file="secret").broker().password == "correct horse"


def test_the_password_may_be_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", "battery")
    assert side(tmp_path, url=URL, password_env="A_PASSWORD").broker().password == "battery"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_password_that_is_not_to_be_had(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(InputError, match="password") as error:
        side(tmp_path, url=URL, password_file="secret").broker()
    assert str(error.value).startswith(str(tmp_path / "secret"))


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="NO_SUCH_THING is not set"):
        side(tmp_path, url=URL, password_env="NO_SUCH_THING").broker()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"url": "mqtt://a:hush@b"}, "does not belong in its URL"),
        ({"url": "http://b"}, "mqtt://HOST:PORT"),
        ({"password_env": "X"}, "a password needs a user"),
        ({"url": URL, "password_env": "X", "password_file": "y"}, "not both"),
        ({"ca_file": "ca.pem"}, "write mqtts://"),
        ({"url": "embedded", "commands": ["beam_off"]}, "takes no commands"),
        ({"markers": [{"name": "linac"}]}, "two devices are called linac"),
        ({"faults": ["dropout@1+1"]}, "there is silent@START"),
        ({"commands": ["launch"]}, "beam_off"),
    ],
)
def test_what_cannot_be_is_refused(keys: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told) as error:
        MqttKeys.model_validate(keys)
    assert "hush" not in str(error.value).replace(str(keys.get("url")), "")


def test_commands_without_a_password_are_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="need a broker with user and password"):
        side(tmp_path, commands=["beam_off"]).link()


def test_a_real_device_is_not_run_headless(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--realtime"):
        side(tmp_path, markers=[{"name": "a"}]).simulated()


def test_the_embedded_broker_serves_this_computer_only() -> None:
    with pytest.raises(InputError, match="serves this computer only"):
        run_broker("0.0.0.0", 1883, lambda: False, lambda: None)


def test_headless_runs_do_not_import_an_mqtt_client() -> None:
    code = "import linacsim.scenario.mqtt, sys; sys.exit('aiomqtt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
