"""Ports by URL: opened, lost, opened again; bytes stamped; nothing left behind."""

import asyncio
import os
import pty
import socket
import threading
import time
import tty
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.devices.link import SerialLink, Wire
from linacsim.devices.serial_port import SerialPort
from linacsim.model.messages import Message
from tests.peers import LineDriver


def during(
    url: str, then: Callable[[SerialLink, LineDriver, list[Message]], Awaitable[None]]
) -> None:
    """Run a link to `url` while `then` lasts."""

    async def main() -> None:
        driver, posted = LineDriver(), []
        link = SerialLink("line", Wire(url), driver)
        began = time.monotonic_ns()
        await link.start(posted.append, lambda: time.monotonic_ns() - began)
        try:
            await then(link, driver, posted)
        finally:
            await link.stop()

    asyncio.run(main())
    left = [t.name for t in threading.enumerate() if t.name.startswith(("read ", "write "))]
    assert not left


async def until(condition: Callable[[], object], limit_s: float = 10.0) -> None:
    """Wait for a condition; a limit is there only to end a test that would hang."""
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.005)


class PtyEcho:
    """The far end of a pseudo terminal that sends back what it gets."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.url = os.ttyname(self.slave)
        self.got = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            while data := os.read(self.master, 1024):
                self.got += data
                os.write(self.master, data)
        except OSError:
            pass

    def unplug(self) -> None:
        os.close(self.slave)
        os.close(self.master)


def test_a_pty_is_read_and_written_and_hears_the_last_words() -> None:
    echo = PtyEcho()

    async def talk(link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: len(driver.heard) >= 3)
        assert link.health().live
        times = [time_ns for time_ns, _ in driver.heard]
        assert times == sorted(times)

    during(echo.url, talk)
    deadline = time.monotonic() + 5
    while not echo.got.endswith(b"bye") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert echo.got.endswith(b"bye")
    echo.unplug()


def test_nothing_comes_after_the_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    echo = PtyEcho()
    awaited = SerialLink._sent

    async def slowly(link: SerialLink, port: SerialPort) -> None:
        await asyncio.sleep(0.1)  # the driver would ask five times more
        await awaited(link, port)

    async def talk(_link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: driver.heard)

    monkeypatch.setattr(SerialLink, "_sent", slowly)
    during(echo.url, talk)
    echo.unplug()
    assert echo.got.endswith(b"bye")


def test_a_loop_needs_no_hardware() -> None:
    async def talk(_link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: b"?" in b"".join(data for _, data in driver.heard))

    during("loop://", talk)


def test_what_comes_back_on_another_port_is_found_by_its_serial_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = PtyEcho(), PtyEcho()
    there = [(first.url, "an adapter", "USB VID:PID=0403:6001 SER=A10K3XYZ")]
    asked: list[str] = []

    def grep(serial_number: str) -> list[tuple[str, str, str]]:
        asked.append(serial_number)
        return there

    monkeypatch.setattr("serial.tools.list_ports.grep", grep)

    async def talk(link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: driver.heard)
        there.clear()
        first.unplug()
        await until(lambda: "no ports found" in link.health().text)
        there.append((second.url, "an adapter", "USB VID:PID=0403:6001 SER=A10K3XYZ"))
        before = len(driver.heard)
        await until(lambda: len(driver.heard) > before)

    during("hwgrep://A10K3XYZ", talk)
    assert set(asked) == {"A10K3XYZ"}
    assert second.got
    second.unplug()


def serve_once(server: socket.socket, answers: int) -> None:
    connection, _ = server.accept()
    with connection:
        for _ in range(answers):
            if data := connection.recv(100):
                connection.sendall(data)


class SlowPort(SerialPort):
    """A port that is handed over a while after it was opened, as on a busy computer."""

    def __init__(self, *wire: Any) -> None:
        super().__init__(*wire)
        time.sleep(0.3)


def test_a_flood_from_the_first_moment_on_does_not_make_it_deaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("linacsim.devices.link.SerialPort", SlowPort)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(bytes(100_000))

    threading.Thread(target=serve, daemon=True).start()

    async def talk(_link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: sum(len(data) for _, data in driver.heard) > 1_000_000)

    during(f"socket://127.0.0.1:{server.getsockname()[1]}", talk)


def test_a_socket_that_closes_is_lost_and_opened_again() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: [serve_once(server, 3) for _ in range(2)], daemon=True)
    thread.start()

    async def talk(link: SerialLink, driver: LineDriver, posted: list[Message]) -> None:
        await until(lambda: driver.closings)
        assert posted, "the driver's report reaches the machine"
        await until(lambda: driver.openings >= 2)
        assert link.retries >= 1

    during(f"socket://127.0.0.1:{server.getsockname()[1]}", talk)
    server.close()


def trouble(url: str) -> str:
    """Return what the health of a link to `url` says after its first try."""
    said = []

    async def look(link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: driver.closings)
        assert not link.health().live
        said.append(link.health().text)

    during(url, look)
    return said[0]


def test_what_is_wrong_with_a_port_is_said_in_one_line(tmp_path: Path) -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    assert "is it plugged in?" in trouble(str(tmp_path / "ttyNONE"))
    assert "nobody listens there" in trouble(f"socket://127.0.0.1:{port}")
    assert "\n" not in trouble("nonsense://x")
    for url in ("socket://127.0.0.1", "rfc2217://127.0.0.1:99999", "socket://127.0.0.1:one"):
        assert "://HOST:PORT" in trouble(url)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path):
        assert "is no serial port" in trouble(str(place))


def test_a_port_in_use_is_refused() -> None:
    echo = PtyEcho()

    async def hold(link: SerialLink, driver: LineDriver, _posted: list[Message]) -> None:
        await until(lambda: driver.heard)
        second = LineDriver()
        other = SerialLink("second", Wire(echo.url), second)
        await other.start(lambda _message: None, time.monotonic_ns)
        await until(lambda: second.closings)
        assert "in use by another program" in other.health().text
        await other.stop()

    during(echo.url, hold)
    echo.unplug()
