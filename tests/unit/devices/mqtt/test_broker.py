"""Where a broker is, and what is said when it cannot be reached."""

from pathlib import Path

import pytest

from linacsim.devices.mqtt.broker import Broker
from linacsim.devices.mqtt.link import MqttLink, MqttSettings
from linacsim.model.findings import InputError
from linacsim.model.messages import Action


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("mqtt://127.0.0.1", Broker()),
        ("mqtt://broker.lab:1999/", Broker("broker.lab", 1999)),
        ("mqtts://broker.lab", Broker("broker.lab", 8883, tls=True)),
        ("mqtts://a%40b@[::1]:1", Broker("::1", 1, "a@b", tls=True)),
    ],
)
def test_urls(url: str, broker: Broker) -> None:
    assert Broker.of(url) == broker


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1", "http://x", "mqtt://", "mqtt://x:99999", "mqtt://x/y", "mqtt://[::1"]
)
def test_what_is_no_url_is_told_how_to_write_one(url: str) -> None:
    with pytest.raises(InputError, match="mqtt://HOST:PORT"):
        Broker.of(url)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError, match="does not belong in its URL") as error:
        Broker.of("mqtts://linac:hush@broker.lab")
    assert "hush" not in str(error.value)


def test_a_password_is_in_no_text() -> None:
    broker = Broker(username="linac", password="hush", tls=True)
    assert "hush" not in f"{broker} {broker!r} {broker.why_not(OSError('broken'))}"


TLS, PLAIN = Broker(tls=True, port=8883), Broker()
UNTRUSTED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get (_ssl.c:1)"


@pytest.mark.parametrize(
    ("broker", "said", "told"),
    [
        (PLAIN, "[Errno 111] Connection refused", "no broker listens there"),
        (PLAIN, "[code:135] Not authorized", "refuses user or password"),
        (PLAIN, "[code:134] Bad user name or password", "refuses user or password"),
        (PLAIN, "[code:132] Unsupported protocol version", "set version: 3.1.1"),
        (PLAIN, "Operation timed out", "write mqtts://"),
        (PLAIN, "[Errno -2] Name or service not known", "no such host"),
        (PLAIN, "[code:142] Session taken over", "two machines of the same site and device"),
        (TLS, "Operation timed out", "does not answer"),
        (TLS, "[Errno 104] Connection reset by peer", "does not speak TLS there"),
        (TLS, UNTRUSTED, "is not trusted (unable to get); is ca_file right?"),
        (PLAIN, "something else\nand more", "mqtt://127.0.0.1:1883: something else"),
    ],
)
def test_reasons_are_one_line_for_people(broker: Broker, said: str, told: str) -> None:
    text = broker.why_not(Exception(said))
    assert told in text
    assert "\n" not in text


def test_the_innermost_reason_counts() -> None:
    error = OSError("Disconnected")
    error.__cause__ = OSError("[code:142] Session taken over")
    assert "another client has this name" in PLAIN.why_not(error)


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("none", "no certific")])
def test_a_ca_file_that_is_none(content: str | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=reason):
        Broker(tls=True, ca_file=file).tls_context()


def test_commands_need_a_password() -> None:
    with pytest.raises(InputError, match="need a broker with user and password"):
        MqttLink("mqtt", MqttSettings(PLAIN, commands=frozenset({Action.BEAM_OFF})))
