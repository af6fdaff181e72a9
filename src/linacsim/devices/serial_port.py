"""A serial port by URL, read and written by threads of its own.

pyserial opens device names, `socket://`, `rfc2217://` and `loop://` alike. A thread that blocks in
`read` stamps bytes the moment they arrive, whatever the event loop is doing then, and a port that
does not take bytes holds up nobody but its own writer.
"""

import errno
import queue
import re
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import serial

from linacsim.devices.peer import LineOrder

READ_TIMEOUT_S = 0.1
"""How long a port that is closed may keep its reader."""
CHUNK_BYTES = 4096
UNREAD_CHUNKS = 16
"""Chunks on their way to whoever reads them; beyond, bytes wait in the system's own buffer."""
UNSENT_WRITES = 64
BREAK_S = 0.25

_ERRNO = re.compile(r"\[Errno (\d+)\]|\((\d+), ")
"""pyserial puts the system's error number in its text, and not always in `errno`."""
_BY_NETWORK = ("socket://", "rfc2217://")

_GONE = (errno.EIO, errno.ENXIO, errno.ENODEV)
_NO_DATA = "returned no data"
"""What pyserial says at the end of file."""

Received = Callable[[bytes, int], None]
Lost = Callable[[str], None]


class PortError(Exception):
    """A port cannot be opened; the text says why and what to do."""


class SerialPort:
    """An open port. `received` and `lost` are called from its reader thread."""

    def __init__(
        self, url: str, baud: int, now: Callable[[], int], received: Received, lost: Lost
    ) -> None:
        """Open the port; nothing moves before `start`. Raises PortError."""
        self._port = _open(url, baud)
        self._descriptor = _descriptor(self._port)
        self._port.timeout = READ_TIMEOUT_S if self._descriptor is None else 0
        self._now = now
        self._received = received
        self._lost = lost
        self._closing = threading.Event()
        self._room = threading.Semaphore(UNREAD_CHUNKS)
        self._unsent: queue.Queue[bytes | LineOrder | None] = queue.Queue(UNSENT_WRITES)
        self._threads = [
            threading.Thread(target=self._read, name=f"read {url}", daemon=True),
            threading.Thread(target=self._write, name=f"write {url}", daemon=True),
        ]

    def start(self) -> None:
        """Begin to read and write."""
        for thread in self._threads:
            thread.start()

    def send(self, data: bytes | LineOrder) -> bool:
        """Hand bytes or an order to the writer, who does one after the other.

        False: the port does not take them, and they are gone.
        """
        try:
            self._unsent.put_nowait(data)
        except queue.Full:
            return False
        return True

    def consumed(self) -> None:
        """Say that one received chunk has been dealt with, so that another may follow."""
        self._room.release()

    @property
    def idle(self) -> bool:
        """Whether all that was handed over has been taken by the port."""
        return self._unsent.empty()

    def close(self) -> None:
        """Close the port and end its threads."""
        self._closing.set()
        self._room.release()
        with suppress(queue.Full):
            self._unsent.put_nowait(None)
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(timeout=1.0)
        with suppress(OSError, serial.SerialException):
            self._port.close()

    def _read(self) -> None:
        try:
            while not self._closing.is_set():
                data = self._arrived()
                if data:
                    now_ns = self._now()
                    self._room.acquire()
                    self._received(data, now_ns)
        except (OSError, TypeError, serial.SerialException) as error:  # TypeError: pyserial, closed
            if not self._closing.is_set():
                self._lost(_reason(error))

    def _arrived(self) -> bytes:
        """Return what has arrived within the timeout, as soon as there is anything."""
        if self._descriptor is None:
            return self._port.read(max(1, min(self._port.in_waiting, CHUNK_BYTES)))
        ready, _, _ = select.select([self._descriptor], [], [], READ_TIMEOUT_S)
        return self._port.read(CHUNK_BYTES) if ready else b""

    def _write(self) -> None:
        try:
            while (data := self._unsent.get()) is not None and not self._closing.is_set():
                if isinstance(data, LineOrder):
                    self._order(data)
                else:
                    self._port.write(data)
        except (OSError, TypeError, serial.SerialException) as error:
            if not self._closing.is_set():
                self._lost(_reason(error))

    def _order(self, order: LineOrder) -> None:
        self._port.flush()
        if order.send_break:
            self._port.send_break(BREAK_S)
        if order.baud is not None:
            self._port.baudrate = order.baud


def _open(url: str, baud: int) -> serial.Serial:
    if url.startswith(_BY_NETWORK) and not _has_port(url):
        raise PortError(f"{url}: write {url.partition('//')[0]}//HOST:PORT")
    try:
        port = serial.serial_for_url(url, baudrate=baud, do_not_open=True)
        if isinstance(port, serial.Serial):
            port.exclusive = True
        port.open()
    except PermissionError as error:
        raise PortError(_denied(url)) from error
    except (OSError, ValueError, serial.SerialException) as error:
        raise PortError(_cannot(url, error)) from error
    return port


def _has_port(url: str) -> bool:
    try:
        return bool(urlsplit(url).port)
    except ValueError:  # no number, or too high
        return False


def _descriptor(port: serial.Serial) -> int | None:
    """Return what `select` can wait for; None: only the port itself can, as for RFC 2217."""
    try:
        return port.fileno()
    except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
        return None


def _cannot(url: str, error: Exception) -> str:
    text = str(error)
    number = _ERRNO.search(text)
    match int(number[1] or number[2]) if number else getattr(error, "errno", None):
        case errno.EACCES | errno.EPERM:
            return _denied(url)
        case errno.EAGAIN | errno.EBUSY:
            return f"{url} is in use by another program: close it there"
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return f"{url} is not there: is it plugged in? `linacsim devices list` shows all ports"
        case errno.ENOTTY | errno.EISDIR:
            return f"{url} is no serial port: `linacsim devices list` shows all ports"
        case errno.ECONNREFUSED:
            return f"{url}: nobody listens there: is the device, or its stub, running?"
    return f"{url} cannot be opened: {_reason(error)}"


def _denied(url: str) -> str:
    return f"{url}: permission denied: add yourself to the group that owns the port (often dialout)"


def _reason(error: Exception) -> str:
    if getattr(error, "errno", None) in _GONE or _NO_DATA in str(error):
        return "unplugged"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
