"""The line before the node: one association is served at a time, others wait (3.1.1.2).

A connection is in line only when its association request has arrived whole, so that one that
sends nothing, or a byte now and then, keeps nobody waiting. Those are dropped after a time.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pynetdicom.ae import ApplicationEntity as AE
from pynetdicom.transport import AssociationServer

from linacsim.dicom.desktop_pro.wire import LARGEST_REQUEST, Reception

Say = Callable[[str], None]

MOST_SILENT = 200
"""Connections without a whole request that are held open at once."""
_ASSOCIATE_RQ = 1
_POLL_S = 0.01
_BACKLOG = 128
_REJECT_FULL = struct.pack(">BBLBBBB", 3, 0, 4, 0, 2, 3, 2)
"""A-ASSOCIATE-RJ: transient, by the presentation service, local limit exceeded (PS3.8 9.3.4)."""


@dataclass(slots=True)
class Caller:
    """A connection that is not served yet."""

    connection: socket.socket
    address: Any
    since_s: float

    @property
    def ready(self) -> bool | None:
        """Whether its first PDU is here whole; None: it never will be."""
        try:
            head = self.connection.recv(6, socket.MSG_PEEK)
            if len(head) < 6:
                return None if not head else False
            kind, _, length = struct.unpack(">BBL", head)
            if kind != _ASSOCIATE_RQ or length > LARGEST_REQUEST:
                return None
            whole: bool = len(self.connection.recv(6 + length, socket.MSG_PEEK)) == 6 + length
            return whole
        except BlockingIOError:
            return False
        except OSError:
            return None


class WaitingServer(AssociationServer):
    """Accepts connections in the background and serves them one after another."""

    request_queue_size = _BACKLOG

    def __init__(
        self,
        entity: AE,
        address: tuple[str, int],
        handlers: list[Any],
        *,
        pending: int,
        reject: bool,
        knock_s: float,
        patience_s: float,
        say: Say,
        serve: Callable[[Any], None],
    ) -> None:
        """Listen; `serve` runs an association, which has been made but not started, to its end.

        `knock_s` is the time for an association request, `patience_s` for any other PDU.
        """
        super().__init__(
            entity,
            address,
            entity.ae_title,
            entity.supported_contexts,
            evt_handlers=handlers,
            request_handler=Reception,
        )
        self.patience_s = patience_s
        self._pending = pending
        self._reject = reject
        self._knock_s = knock_s
        self._say = say
        self._serve = serve
        self._silent: list[Caller] = []
        self._line: list[Caller] = []
        self._stopping = threading.Event()
        self._busy = False
        # Of pynetdicom's server only its address, handlers and making of associations are used.
        assert self.socket is not None
        self._door: socket.socket = self.socket
        self._door.settimeout(_POLL_S)

    def run(self) -> None:
        """Serve until `stop`; the accepting of connections has a thread of its own."""
        door = threading.Thread(target=self._watch_door, name="node-door", daemon=True)
        door.start()
        while not self._stopping.is_set():
            caller = self._next()
            if caller is None:
                time.sleep(_POLL_S)
                continue
            try:
                self._admit(caller)
            finally:
                self._busy = False
        door.join()
        for caller in (*self._silent, *self._line):
            caller.connection.close()
        self._door.close()

    def stop(self) -> None:
        """End `run` after the association that is being served."""
        self._stopping.set()

    def _next(self) -> Caller | None:
        if not self._line:
            return None
        self._busy = True
        return self._line.pop(0)

    def _admit(self, caller: Caller) -> None:
        connection = caller.connection
        try:
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            handler = Reception(connection, caller.address, self)
        except OSError as error:
            self._say(f"association from {caller.address[0]} lost: {error}")
            connection.close()
            return
        self._serve(handler.association)

    def _watch_door(self) -> None:
        while not self._stopping.is_set():
            self._sort()
            self._accept()

    def _accept(self) -> None:
        """Take the next connection, unless as many wait as may."""
        full = len(self._line) >= max(self._pending, 1) and not self._reject
        if full or len(self._silent) >= MOST_SILENT:
            time.sleep(_POLL_S)
            return
        try:
            connection, address = self._door.accept()
        except OSError:
            return
        connection.setblocking(False)
        self._silent.append(Caller(connection, address, time.monotonic()))

    def _sort(self) -> None:
        """Put callers with a whole request in line, and drop those who take too long."""
        silent = []
        for caller in self._silent:
            ready = caller.ready
            late = time.monotonic() - caller.since_s > self._knock_s
            if ready:
                self._put_in_line(caller)
            elif ready is None or late:
                why = "no association request" if late else "is no DICOM association request"
                self._say(f"connection from {caller.address[0]} dropped: {why}")
                caller.connection.close()
            else:
                silent.append(caller)
        self._silent = silent

    def _put_in_line(self, caller: Caller) -> None:
        waiting = len(self._line) + (1 if self._busy else 0)
        if self._reject and waiting > self._pending:
            self._say(f"association from {caller.address[0]} rejected: too many are pending")
            _turn_away(caller.connection)
        else:
            self._line.append(caller)


def _turn_away(connection: socket.socket) -> None:
    try:
        connection.setblocking(True)
        connection.settimeout(1.0)
        connection.recv(LARGEST_REQUEST)
        connection.sendall(_REJECT_FULL)
        connection.shutdown(socket.SHUT_WR)
        # Closing with unread bytes would reset the connection and lose the answer.
        connection.recv(1)
    except OSError:
        pass
    finally:
        connection.close()
