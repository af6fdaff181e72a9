"""Stubs of LLP/1 by command: what cannot be is refused in one line."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("cobs", reason="needs the extra `devices`")

from typer.testing import CliRunner

from linacsim.cli.app import app


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["llp-marker", "--fault", "smoke@1"], "there are babble"),
        (["llp-marker", "--fault", "dropout"], "write KIND@START"),
        (["gate-box", "--fault", "spike@1"], "the stand-in for gate-box cannot commit it"),
        (["grbl", "--fault", "crc@1"], "the stand-in for grbl-stage cannot commit it"),
        (["mqtt-marker", "--fault", "unplug@1"], "the stand-in for mqtt-marker cannot commit it"),
        (["gate-box", "--hold", "5"], "write START+SECONDS"),
        (["gate-box", "--hold", "5+1", "--every", "2"], "must end before they begin anew"),
        (["gate-box", "--hold", "5+0"], "times are positive"),
        (["gate-box", "--hold", "nan+1"], "times are positive"),
        (["gate-box", "--tcp", "0.0.0.0:0"], "--any-host"),
        (["gate-box", "--tcp", "127.0.0.1:0", "--pty"], "give one of"),
        (["gate-box", "--tcp", "127.0.0.1:0", "box"], "box: only a pseudo terminal gets a name"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["stub", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["grbl", "--travel-mm", "inf"],
        ["zaber", "--speed-mm-s", "inf"],
        ["llp-stage", "--speed-mm-s", "nan"],
        ["llp-marker", "--clock-ppm", "nan"],
        ["mqtt-marker", "--clock-ppm", "inf"],
    ],
)
def test_numbers_have_ends(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["stub", *arguments, "--for", "0"])
    assert result.exit_code == 2
    assert "is not in the range" in result.stderr or "should be" in result.stderr


@pytest.fixture
def sigterm() -> Iterator[None]:
    """A stub takes SIGTERM for itself; give it back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("sigterm")
@pytest.mark.parametrize("pty", [["--pty", "--for", "0"], ["--for", "0", "--pty"]])
def test_a_terminal_with_and_without_a_name(pty: list[str], tmp_path: Path) -> None:
    named = CliRunner().invoke(app, ["stub", "llp-marker", *pty, str(tmp_path / "marker")])
    assert f"llp-marker SIM at {tmp_path / 'marker'}" in named.stdout
    nameless = CliRunner().invoke(app, ["stub", "llp-marker", *pty])
    assert "llp-marker SIM at /dev/" in nameless.stdout


@pytest.mark.usefixtures("sigterm")
def test_a_stub_without_its_broker_says_so_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = ["--broker", f"mqtt://127.0.0.1:{port}", "--for", "0.6"]
    result = CliRunner().invoke(app, ["stub", "mqtt-marker", *where])
    assert result.exit_code == 0
    assert result.stderr.count("no broker listens there; it is tried again") == 1


@pytest.mark.usefixtures("sigterm")
def test_a_stub_says_where_it_is_and_ends_by_itself() -> None:
    result = CliRunner().invoke(app, ["stub", "llp-marker", "--tcp", "127.0.0.1:0", "--for", "0"])
    assert result.exit_code == 0
    assert "llp-marker SIM at socket://127.0.0.1:" in result.stdout
