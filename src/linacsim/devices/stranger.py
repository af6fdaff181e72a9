"""What to say of whoever is on a port and has not said who it is: nobody, another, or noise."""

from typing import NamedTuple

from linacsim.devices.catalogue import Condition
from linacsim.model.time import NS_PER_S

UNKNOWN_NS = 3 * NS_PER_S
"""After this time it is said; boards that restart when their port is opened take two seconds."""
_KEPT_BYTES = 256
_SHOWN_CHARS = 40
_HINT = "is it another device, or the wrong baud rate?"
_TEXT_SHARE = 0.95
_TEXT_BYTES = frozenset(range(0x20, 0x7F)) | frozenset(b"\r\n\t")


class Verdict(NamedTuple):
    """Who it seems to be."""

    condition: Condition
    text: str


class Stranger:
    """Keeps the newest bytes of a device that is not known yet."""

    def __init__(self, hello: str, answer: str) -> None:
        """Take what it is asked with, and what it should say, both in words."""
        self._hello = hello
        self._answer = answer
        self._heard = b""

    def forget(self) -> None:
        """Begin anew, as when the port is opened."""
        self._heard = b""

    def hear(self, data: bytes) -> None:
        """Take bytes."""
        self._heard = (self._heard + data)[-_KEPT_BYTES:]

    def verdict(self, silence: Condition) -> Verdict:
        """Return who it seems to be; `silence` is what it is called that nobody answers."""
        if not self._heard:
            return Verdict(silence, f"no answer to {self._hello}: {_HINT}")
        text = sum(byte in _TEXT_BYTES for byte in self._heard)
        if text < _TEXT_SHARE * len(self._heard):
            return Verdict(Condition.BAUD, f"bytes, but no {self._answer}: {_HINT}")
        return Verdict(Condition.WRONG_TOOL, f"no {self._answer}; it says {self._said()!r}")

    def _said(self) -> str:
        """Return the line that tells the most of it."""
        lines = self._heard.decode("ascii", "replace").splitlines()
        return max(lines, key=len).strip()[:_SHOWN_CHARS]
