"""Commands over MQTT: allow-listed, once, in time, never retained."""

import json
from typing import Any

import pytest

from linacsim.devices.mqtt.commands import Console
from linacsim.model.messages import Action, Operator

NOW_MS = 1_795_000_000_000


def obey(console: Console, name: str = "beam_off", *, retained: bool = False, **members: Any):
    said = {"id": "c1", "exp_ms": NOW_MS + 1000} | members
    return console.obey(name, json.dumps(said).encode(), retained=retained, unix_ms=NOW_MS)


@pytest.fixture
def console() -> Console:
    return Console(frozenset({Action.BEAM_OFF, Action.MOVE}))


def test_an_allowed_command_is_obeyed_once(console: Console) -> None:
    told, ack = obey(console)
    assert told == Operator(Action.BEAM_OFF)
    assert (ack.id, ack.code) == ("c1", 0)
    told, ack = obey(console)
    assert told is None
    assert ack.code == 4


def test_arguments_reach_the_machine(console: Console) -> None:
    told, _ = obey(console, "move", args={"argument": "X1", "value": 2.5})
    assert told == Operator(Action.MOVE, "X1", 2.5)


@pytest.mark.parametrize(
    ("name", "members", "code"),
    [
        ("beam_on", {}, 1),
        ("no-such-thing", {}, 1),
        ("beam_off", {"args": {"more": 1}}, 2),
        ("beam_off", {"args": {"value": "x"}}, 2),
        ("beam_off", {"id": ""}, 2),
        ("beam_off", {"exp_ms": "soon"}, 2),
        ("beam_off", {"exp_ms": NOW_MS - 1}, 3),
        ("beam_off", {"retained": True}, 3),
    ],
)
def test_what_is_refused_and_why(
    console: Console, name: str, members: dict[str, Any], code: int
) -> None:
    told, ack = obey(console, name, **members)
    assert told is None
    assert ack.code == code
    assert ack.text


def test_nothing_is_allowed_unless_named() -> None:
    told, ack = obey(Console(frozenset()))
    assert told is None
    assert "allowed: none" in ack.text


def test_what_is_no_command_is_answered(console: Console) -> None:
    told, ack = console.obey("beam_off", b"\xff\x00", retained=False, unix_ms=NOW_MS)
    assert told is None
    assert (ack.id, ack.code) == ("?", 2)
