"""Wires whose other end is not ours: pyserial's RFC 2217 server, a serial line through socat."""

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

import serial
from serial.rfc2217 import PortManager

from linacsim.devices.link import SerialLink, Wire
from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import Message, Samples
from linacsim.model.time import NS_PER_S
from tests.hil.stubs import needs, stub

LIMITS = Limits(NS_PER_S // 60, allowed=Mark.SIMULATED, least_age_ns=NS_PER_S)
PATIENCE_S = 20.0


class Rfc2217Server:
    """Offers a serial port to one client, as `rfc2217_server.py` of pyserial's examples does."""

    def __init__(self, port: serial.SerialBase) -> None:
        self._port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}"
        self._client: socket.socket | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def write(self, data: bytes) -> None:
        """Send to the client; `PortManager` calls this."""
        with suppress(OSError):
            assert self._client is not None
            self._client.sendall(data)

    def close(self) -> None:
        self._server.close()
        if self._client is not None:
            self._client.close()
        self._port.close()

    def _serve(self) -> None:
        with suppress(OSError):
            self._client, _ = self._server.accept()
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            manager = PortManager(self._port, self)
            threading.Thread(target=self._to_client, args=(manager,), daemon=True).start()
            while data := self._client.recv(1024):
                self._port.write(b"".join(manager.filter(data)))

    def _to_client(self, manager: PortManager) -> None:
        with suppress(OSError, TypeError, serial.SerialException):
            while True:
                if data := self._port.read(self._port.in_waiting or 1):
                    self.write(b"".join(manager.escape(data)))


class WithoutModemLines(serial.Serial):
    """A pseudo terminal has none, and a remote client asks for them."""

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass

    cts = dsr = ri = cd = False


def samples_from(url: str) -> int:
    """Return how many samples a marker at a URL has sent by the time it is live."""
    posted: list[Message] = []

    async def main() -> None:
        link = SerialLink("marker", Wire(url), LlpMarker("marker", MarkerSettings(LIMITS)))
        began = time.monotonic_ns()
        await link.start(posted.append, lambda: time.monotonic_ns() - began)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(posted) < 60 or not link.health().live:
                    await asyncio.sleep(0.01)
        finally:
            await link.stop()

    asyncio.run(main())
    return sum(isinstance(message, Samples) for message in posted)


def test_a_marker_behind_an_rfc2217_server_becomes_live() -> None:
    with stub("llp-marker") as where:
        server = Rfc2217Server(WithoutModemLines(where, 115_200, timeout=0.05))
        try:
            assert samples_from(server.url) > 0
        finally:
            server.close()


@contextmanager
def serial_line(folder: Path) -> Iterator[tuple[str, str]]:
    """Join two terminals by socat; yield their names."""
    needs("socat", "socat")
    ends = str(folder / "one"), str(folder / "other")
    process = subprocess.Popen(["socat", *(f"pty,raw,echo=0,link={end}" for end in ends)])
    try:
        deadline_s = time.monotonic() + PATIENCE_S
        while not all(Path(end).exists() for end in ends) and time.monotonic() < deadline_s:
            time.sleep(0.01)
        yield ends
    finally:
        process.terminate()
        process.wait()


def test_a_stub_on_a_real_port_is_reached_through_a_serial_line(tmp_path: Path) -> None:
    with serial_line(tmp_path) as (one, other), stub("llp-marker", "--serial", one):
        assert samples_from(other) > 0
