"""What a wire has carried, and what was wrong with it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class Counters:
    """Counts since the wire was opened. `frames` are those handed on by the framer."""

    bytes: int = 0
    frames: int = 0
    truncated: int = 0
    """Frames cut off, run together or longer than allowed."""
    undecodable: int = 0
    """Frames whole by their marks, but not by their coding."""
    crc_errors: int = 0
    syntax_errors: int = 0
    """Frames with a right checksum and a content that no grammar allows."""
    unknown: int = 0
    """Frames of a type, or with fields, that this version does not know; they are ignored."""
    missed: int = 0
    """Gaps in the sequence numbers, in frames."""
    duplicates: int = 0
    out_of_order: int = 0
    babble: int = 0
    """Bytes thrown away unread, since far too many came."""

    @property
    def broken(self) -> int:
        """Frames that arrived damaged."""
        return self.truncated + self.undecodable + self.crc_errors


class Framer(Protocol):
    """Cuts a stream into frames."""

    counters: Counters

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in whatever chunks; return the frames that are now whole, without marks."""
        ...

    def reset(self) -> None:
        """Forget what is half received, as after the wire was opened anew."""
        ...
