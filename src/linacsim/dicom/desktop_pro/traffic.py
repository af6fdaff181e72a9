"""What happens on the association that is being served: for its line in the log, and its limits."""

import time
from typing import Any

_P_DATA = 0x04


class Traffic:
    """Counts of one association after another; written by its threads, read by the node's."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.begin()

    def begin(self) -> None:
        """Forget the association before."""
        self.echoes = self.stores = 0
        self._fate = ""
        self._bytes = 0
        self._since_s: float | None = None

    def pdu(self, event: Any) -> None:
        """Count what belongs to a message that is not whole yet."""
        if event.pdu.pdu_type == _P_DATA:
            if self._since_s is None:
                self._since_s = time.monotonic()
            self._bytes += event.pdu.pdu_length

    def message(self, _event: Any) -> None:
        """Start counting again: a message is whole."""
        self._bytes, self._since_s = 0, None

    def accepted(self, _event: Any) -> None:
        """Note that the association stands."""
        self._fate = "ended without release"

    def released(self, _event: Any) -> None:
        """Note that the peer ended it in order."""
        self._fate = "released"

    def rejected(self, _event: Any) -> None:
        """Note that it was rejected."""
        self._fate = "rejected"

    def wrong(self, most_bytes: int, most_s: float) -> str:
        """Return what is wrong with a message that is not whole yet; empty for nothing."""
        if self._bytes > most_bytes:
            return f"a message has more than {most_bytes} bytes"
        since_s = self._since_s
        if since_s is not None and time.monotonic() - since_s > most_s:
            return f"a message is not whole after {most_s:g} s"
        return ""

    def told(self, association: Any, ae_title: str) -> str:
        """Return the line about an association that is over."""
        requestor = association.requestor
        fate = self._fate or "no valid association request"
        if self._fate == "rejected":
            wrong = str(requestor.primitive.called_ae_title).strip()
            known = wrong == ae_title
            fate += ": unknown calling AE title" if known else f": called AE title {wrong!r}"
        who = str(requestor.ae_title).strip() or "?"
        return (
            f"association from {who!r} at {requestor.address}: {fate}; "
            f"{self.stores} stores, {self.echoes} echoes"
        )
