"""The wire of one association, guarded: no PDU is too large or takes too long."""

import time
from typing import Any

from pynetdicom import evt
from pynetdicom.transport import AssociationSocket, RequestHandler

LARGEST_REQUEST = 64 * 1024
"""Bytes of an association request, before a size is negotiated; real ones have a few thousand."""
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
                part = self.socket.recv(min(nr_bytes - len(out), 65_536))
                if not part:
                    break
                out += part
        finally:
            if self.socket is not None and self.socket.fileno() >= 0:
                self.socket.settimeout(self._patience_s)
        return out


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
        evt.trigger(association, evt.EVT_CONN_OPEN, {"address": self.client_address})
        self.association = association
