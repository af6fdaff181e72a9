"""`linacsim devices`: who is on a port, said in one line."""

import json
import os
import pty
import socket
import tty

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from tests.hil.stubs import stub

RUNNER = CliRunner()
LLP = "llp-marker, gate-box or llp-stage"


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("ndi-polaris", "ndi-polaris", "linacsim stub of an NDI Polaris, SIM"),
        ("llp-marker", LLP, "LLP/1,marker,linacsim-stub"),
        ("gate-box", LLP, "LLP/1,gate,linacsim-stub"),
        ("llp-stage", LLP, "LLP/1,stage,linacsim-stub"),
        ("grbl", "grbl-stage", "1.1h"),
        ("zaber", "zaber-stage", "@01 0"),
    ],
)
def test_stubs_are_found_by_their_protocol(name: str, kind: str, said: str) -> None:
    with stub(name) as where:
        ended = RUNNER.invoke(app, ["devices", "probe", where, "--json"])
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout)
    assert found["kind"] == kind
    assert said in found["said"], "who it is, not that it did not understand"


def test_silence_is_told_from_a_port_that_is_not_there() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    ended = RUNNER.invoke(app, ["devices", "probe", os.ttyname(slave)])
    os.close(master)
    os.close(slave)
    assert ended.exit_code == 1
    assert "silence" in ended.output
    ended = RUNNER.invoke(app, ["devices", "probe", "/dev/ttyNOWHERE"])
    assert ended.exit_code == 2
    assert "is it plugged in?" in ended.output


def test_a_closed_tcp_port_is_told() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    ended = RUNNER.invoke(app, ["devices", "probe", f"socket://127.0.0.1:{port}"])
    assert ended.exit_code == 2
    assert "nobody listens there" in ended.output


def test_ports_are_listed() -> None:
    ended = RUNNER.invoke(app, ["devices", "list", "--json"])
    assert ended.exit_code == 0
    assert isinstance(json.loads(ended.stdout), list)
