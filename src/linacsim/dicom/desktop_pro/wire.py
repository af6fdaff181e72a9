"""The wire of one association, guarded: no PDU is too large or takes too long."""

import socket
import time
from typing import Any

from pynetdicom import evt
from pynetdicom.transport import AssociationSocket, RequestHandler

LARGEST_REQUEST = 64 * 1024
"""Bytes of an association request, before a size is negotiated; real ones have a few thousand."""
_CONNECTION_CLOSED = "Evt17"
_SLACK_BYTES = 6 + 1024
"""Header of a PDU and what is granted beyond the negotiated size."""


class GuardedSocket(AssociationSocket):
    """A socket that gives up a peer instead of waiting for ever."""

    def __init__(self, *args: Any, limit_bytes: int, patience_s: float, **kwargs: Any) -> None:
        """Take the largest PDU and the time that one may take."""
        super().__init__(*args, **kwargs)
        self._limit_bytes = limit_bytes
        self._patience_s = patience_s

    def recv(self, nr_bytes: int) -> bytearray:
        """Return so many bytes, or fewer where the connection ends; OSError for a bad peer."""
        if nr_bytes > self._limit_bytes + _SLACK_BYTES:
            raise OSError(f"a PDU of {nr_bytes} bytes is larger than was negotiated")
        assert self.socket is not None
        out = bytearray()
        until_s = time.monotonic() + self._patience_s
        try:
            while len(out) < nr_bytes:
                self.socket.settimeout(max(until_s - time.monotonic(), 0.001))
                _acknowledge_at_once(self.socket)
                part = self.socket.recv(min(nr_bytes - len(out), 65_536))
                if not part:
                    break
                out += part
        finally:
            if self.socket is not None and self.socket.fileno() >= 0:
                self.socket.settimeout(self._patience_s)
        return out

    def send(self, bytestream: bytes) -> None:
        """Send bytes; where the connection is gone already, tell so once more."""
        if self.socket is None:
            self.event_queue.put(_CONNECTION_CLOSED)
        else:
            super().send(bytestream)


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Keep a sender that waits for an acknowledgement before its next PDU from waiting 40 ms.

    The kernel forgets it again; only Linux knows it.
    """
    quickly = getattr(socket, "TCP_QUICKACK", None)
    if quickly is not None:
        connection.setsockopt(socket.IPPROTO_TCP, quickly, 1)


def tame(association: Any) -> None:
    """Let a peer that breaks the protocol at an odd moment end its own association only.

    pynetdicom lets such exceptions end one of an association's two threads and leaves the other
    waiting for its timeout.
    """
    provider = association.dul
    machine, step, run = provider.state_machine, provider.state_machine.do_action, association.run

    def end() -> None:
        provider.socket.close()
        machine.current_state = "Sta1"
        provider.kill_dul()
        provider.to_user_queue.put(None)

    def careful_step(event: str) -> None:
        try:
            step(event)
        except Exception:
            end()

    def careful_run() -> None:
        try:
            run()
        except Exception:
            end()

    machine.do_action, association.run = careful_step, careful_run


class Reception(RequestHandler):
    """Makes an association of a connection, on a guarded socket, without starting it."""

    association: Any = None

    def handle(self) -> None:
        """Make the association; who asked for it starts it."""
        association = self._create_association()
        server: Any = self.server
        guarded = GuardedSocket(
            association,
            client_socket=self.request,
            limit_bytes=max(self.ae.maximum_pdu_size, LARGEST_REQUEST),
            patience_s=server.patience_s,
        )
        # The socket that it replaces has told of the connection already; once is enough.
        association.dul.event_queue.get_nowait()
        association.dul.socket = guarded
        tame(association)
        evt.trigger(association, evt.EVT_CONN_OPEN, {"address": self.client_address})
        self.association = association
