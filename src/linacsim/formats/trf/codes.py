"""Numbers that stand for words in a TRF log (research/log-formats.md 2.3)."""

from enum import IntEnum


class LinacState(IntEnum):
    """States of the Elekta control system, in the machine's own words."""

    CLOSED = 16
    UNKNOWN = 34
    """In real files, meaning not known."""
    MOVE_ONLY = 39
    PAUSE = 40
    INTERSEGMENT = 41
    RADIATION_ON = 42
    INTERRUPTED = 43
    INTERRUPTED_READY = 44
    TERMINATED_CHECKING = 45
    TERMINATED_OK = 46
    TERMINATED_FAULT = 47

    @property
    def words(self) -> str:
        """The name as people say it: `radiation on`."""
        return self.name.lower().replace("_", " ")


class Wedge(IntEnum):
    """Where the motorised wedge is."""

    MOVING = 0
    IN = 1
    OUT = 2
