"""Sends messages to whoever listens; what it says and when, it is told.

The public listener forgives little (research/hil-protocols.md 5.3): its counter must never skip,
it spins where the stream ends, and it comes again after 10 s of silence and then wants to go on
where it was. So there is one counter for all, who comes again gets what was missed, and the end is
a reset, which the listener reports, not an end of file.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from linacsim.devices.icom.message import COUNTS, encode_message
from linacsim.devices.icom.record import IcomRecord
from linacsim.model.findings import InputError, os_reason

PORT = 1706
"""Fixed in the public listener."""
KEPT = 240
"""Messages kept for whoever comes again: a minute of them, and fewer than the counter has."""
MOST_UNSENT_BYTES = 4 << 20
"""A listener that takes nothing is dropped at this: over twenty minutes of messages."""
END_S = 0.3
"""From the last message to the reset, so that it arrives."""
_RESET = struct.pack("ii", 1, 0)


class IcomServer:
    """A TCP server in an asyncio loop."""

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        """`now` is the clock on the wall, whose time messages carry."""
        self._now = now
        self._server: asyncio.Server | None = None
        self._sent = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: dict[asyncio.Transport, str] = {}
        self._had: dict[str, int] = {}
        """How many messages a host had when it left."""

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port. Raises InputError where that is refused."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Listener(self), host, port)
        except (OSError, OverflowError) as error:
            reason = os_reason(error) if isinstance(error, OSError) else str(error)
            raise InputError(f"cannot listen on {host}:{port}: {reason}") from error
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def send(self, record: IcomRecord) -> None:
        """Tell a record to all who listen."""
        message = encode_message(record, self._now(), self._sent % COUNTS)
        self._sent += 1
        self._kept.append((self._sent, message))
        for transport in tuple(self._listeners):
            self._write(transport, message)

    async def stop(self) -> None:
        """Let what was sent arrive, then reset connections and close the port."""
        if self._server is None:
            return
        self._server.close()
        if self._listeners:
            await asyncio.sleep(END_S)
        for transport in tuple(self._listeners):
            _reset(transport)
        self._server = None

    def came(self, transport: asyncio.Transport) -> None:
        """Take a listener; one of a host that was here gets what it missed."""
        host = str((transport.get_extra_info("peername") or ("",))[0])
        self._listeners[transport] = host
        had = self._had.get(host)
        if had is not None:
            for number, message in self._kept:
                if number > had:
                    self._write(transport, message)

    def left(self, transport: asyncio.Transport) -> None:
        """Forget a listener."""
        self._had[self._listeners.pop(transport)] = self._sent

    def _write(self, transport: asyncio.Transport, message: bytes) -> None:
        if transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            _reset(transport)
        elif not transport.is_closing():
            transport.write(message)


class _Listener(asyncio.Protocol):
    """One connection; what comes in is not looked at."""

    def __init__(self, server: IcomServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.came(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio calls it so
        self._server.left(self._transport)


def _reset(transport: asyncio.Transport) -> None:
    wire = transport.get_extra_info("socket")
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
