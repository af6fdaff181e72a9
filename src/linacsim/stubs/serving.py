"""A stub on a pseudo terminal, a TCP port or a real serial port: moves its bytes in one thread.

A stub is a process of its own: some clients hold the interpreter while they wait for an answer
(research/hil-protocols.md 0.2).
"""

import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from linacsim.devices.peer import Peer
from linacsim.model.findings import InputError
from linacsim.stubs.plug import Plug

CHUNK_BYTES = 4096
LONGEST_SLEEP_S = 0.2
LOOK_S = 0.002
"""How often a wire is looked at that cannot be waited for."""
FOREVER_NS = 1 << 62


class Wire(Protocol):
    """One way to be reached."""

    @property
    def where(self) -> str:
        """The URL for whoever wants to connect."""
        ...

    def fileno(self) -> int | None:
        """Return what to wait for; None: look by time alone."""
        ...

    def read(self) -> bytes:
        """Return what has arrived, without waiting."""
        ...

    def write(self, data: bytes) -> None:
        """Send; what nobody takes is gone, as on a real wire."""
        ...

    def close(self) -> None:
        """Leave nothing behind; whoever is connected notices."""
        ...

    def open(self) -> None:
        """Be there again after `close`, at the same place."""
        ...


class Served(NamedTuple):
    """A stub and how it is reached."""

    peer: Peer
    wire: Wire
    plug: Plug


def serve(served: Served, running: Callable[[], bool]) -> None:
    """Move bytes until `running` says no; time for the stub starts at zero."""
    serve_all([served], running, time.monotonic_ns())


def serve_all(served: Sequence[Served], running: Callable[[], bool], epoch_ns: int) -> None:
    """Move the bytes of several stubs that share a world; their time is zero at `epoch_ns`.

    The epoch is one of the monotonic clock, which all processes of a machine share.
    """
    ends = [_End(one) for one in served]
    while running():
        now_ns = time.monotonic_ns() - epoch_ns
        due_ns = min(end.due_ns() for end in ends)
        sleep_s = min(max(0.0, (due_ns - now_ns) / 1e9), LONGEST_SLEEP_S)
        _wait([end.wire.fileno() for end in ends if end.is_in], sleep_s)
        for end in ends:
            end.turn(time.monotonic_ns() - epoch_ns)


class _End:
    """One stub on its wire."""

    def __init__(self, served: Served) -> None:
        self._peer, self.wire, self._plug = served
        self.is_in = True

    def due_ns(self) -> int:
        """Return when something is to be done even if no byte comes."""
        due = (self._peer.next_ns(), self._plug.next_ns())
        return min((time_ns for time_ns in due if time_ns is not None), default=FOREVER_NS)

    def turn(self, now_ns: int) -> None:
        """Move bytes and plug."""
        was_in, self.is_in = self.is_in, self._plug.is_in(now_ns)
        if self.is_in != was_in:
            (self.wire.open if self.is_in else self.wire.close)()
        if self.is_in and (data := self.wire.read()):
            self._peer.receive(data, now_ns)
        self._peer.wake(now_ns)
        if (data := self._peer.take()) and self.is_in:
            self.wire.write(data)


def _wait(descriptors: Sequence[int | None], longest_s: float) -> None:
    known = [descriptor for descriptor in descriptors if descriptor is not None]
    blind = len(known) < len(descriptors)
    select.select(known, [], [], min(longest_s, LOOK_S) if blind else longest_s)


class Pty:
    """A pseudo terminal; `link` is a name for it that does not change from run to run."""

    def __init__(self, link: Path | None = None) -> None:
        """Open it. Raises InputError where the link's name is taken by something else."""
        self._link = link
        self.open()

    def open(self) -> None:
        """Be a terminal, another one than before, with the same link."""
        import pty
        import tty

        # The slave stays open here too, so that clients may come and go.
        self._master, self._slave = pty.openpty()
        self._is_open = True
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._terminal = Path(os.ttyname(self._slave))
        if self._link is not None:
            self._make(self._link)

    @property
    def where(self) -> str:
        """The URL for whoever wants to connect."""
        return str(self._link or self._terminal)

    def fileno(self) -> int:
        """Return the master's descriptor."""
        return self._master

    def read(self) -> bytes:
        """Return what has arrived."""
        try:
            return os.read(self._master, CHUNK_BYTES)
        except (BlockingIOError, OSError):
            return b""

    def write(self, data: bytes) -> None:
        """Send; a terminal that nobody reads is full at some time."""
        with suppress(BlockingIOError):
            os.write(self._master, data)

    def close(self) -> None:
        """Close both ends and take the link away."""
        if not self._is_open:
            return
        self._is_open = False
        os.close(self._master)
        os.close(self._slave)
        link = self._link
        if link is not None and link.is_symlink() and link.readlink() == self._terminal:
            link.unlink()  # unless it is another's by now

    def _make(self, link: Path) -> None:
        """Make the link; one that a terminal has left behind is replaced, and no other."""
        try:
            if link.is_symlink() and link.readlink().parent == self._terminal.parent:
                link.unlink()
            link.symlink_to(self._terminal)
        except OSError as error:
            self.close()
            raise InputError(f"cannot make the link {link}: {error.strerror}") from error


class Tcp:
    """A TCP port for one client at a time; the next is served when that one is gone."""

    def __init__(self, host: str, port: int) -> None:
        """Listen. Raises InputError where that is refused."""
        self._place = (host, port)
        self._client: socket.socket | None = None
        self.open()

    def open(self) -> None:
        """Listen, again at the port that it had."""
        host, port = self._place
        try:
            self._server = socket.create_server(self._place)
        except OSError as error:
            raise InputError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._place = (host, self._server.getsockname()[1])
        self._server.setblocking(False)

    @property
    def where(self) -> str:
        """The URL for whoever wants to connect."""
        host, port = self._server.getsockname()[:2]
        return f"socket://{host}:{port}"

    def fileno(self) -> int:
        """Return the client's descriptor, or the server's while there is none."""
        return (self._client or self._server).fileno()

    def read(self) -> bytes:
        """Return what has arrived, after taking a client who waits."""
        if self._client is None:
            with suppress(BlockingIOError):
                self._client, _ = self._server.accept()
                self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._client.setblocking(False)
            return b""
        try:
            data = self._client.recv(CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop()
        return data

    def write(self, data: bytes) -> None:
        """Send to the client, if there is one."""
        if self._client is not None:
            try:
                self._client.sendall(data)
            except OSError:
                self._drop()

    def close(self) -> None:
        """Close client and server."""
        self._drop()
        self._server.close()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class SerialWire:
    """A real serial port, or anything that pyserial opens by URL."""

    def __init__(self, url: str, baud: int) -> None:
        """Open it. Raises InputError."""
        self._url, self._baud = url, baud
        self.open()

    def open(self) -> None:
        """Open it. Raises InputError."""
        import serial

        try:
            self._port = serial.serial_for_url(self._url, baudrate=self._baud, timeout=0)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot open {self._url}: {error}") from error

    @property
    def where(self) -> str:
        """The other end of the cable; what its name is, only its user knows."""
        return f"the other end of {self._url}"

    def fileno(self) -> int | None:
        """Return None: not every kind of port can be waited for."""
        return None

    def read(self) -> bytes:
        """Return what has arrived."""
        return bytes(self._port.read(CHUNK_BYTES))

    def write(self, data: bytes) -> None:
        """Send."""
        self._port.write(data)

    def close(self) -> None:
        """Close the port."""
        self._port.close()
