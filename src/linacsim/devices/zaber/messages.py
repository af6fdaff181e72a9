"""Lines of the Zaber ASCII protocol (research/hil-protocols.md, section 2.3)."""

import re
from enum import StrEnum
from typing import NamedTuple

SPEED_UNIT = 1.6384
"""Speeds are told in microsteps a second times this; zaber.com, ASCII protocol manual, units."""
ACCELERATION_UNIT = 1.6384e-4
"""Accelerations in microsteps a second squared times this; same place."""
NO_FLAG = "--"
NOT_REFERENCED = frozenset({"WR", "WH"})
LONGEST = 255
_REPLY = re.compile(r"@(\d{2}) (\d)(?: (\d{2}))? (OK|RJ) (IDLE|BUSY) (\S{2}) ?(.*)")
_ALERT = re.compile(r"!(\d{2}) (\d)(?: (\d{2}))? (IDLE|BUSY) (\S{2})(?: .*)?")


class Kind(StrEnum):
    """What a line of a device is, by its first character."""

    REPLY = "@"
    ALERT = "!"


class Heard(NamedTuple):
    """A line of a device."""

    kind: Kind
    device: int
    axis: int
    ident: int | None
    accepted: bool
    busy: bool
    flag: str
    """The most urgent warning flag; `--` for none."""
    data: str

    @property
    def is_fault(self) -> bool:
        """Whether the flag is one of those that stop an axis."""
        return self.flag.startswith("F")


def checksum(body: bytes) -> int:
    """Return the LRC of what stands between the first character and the colon."""
    return -sum(body) & 0xFF


def command(words: str, device: int, axis: int = 0, ident: int | None = None) -> bytes:
    """Return a command with its checksum."""
    head = f"{device:02d} {axis}" + ("" if ident is None else f" {ident:02d}")
    body = f"{head} {words}".rstrip()
    return f"/{body}:{checksum(body.encode()):02X}\n".encode()


def parse(line: bytes) -> Heard | None:
    """Return a reply or alert; None for anything else, and for a wrong checksum."""
    text = checked(line)
    if text is None:
        return None
    if (form := _REPLY.fullmatch(text)) is not None:
        device, axis, ident, verdict, state, flag, data = form.groups()
        number = None if ident is None else int(ident)
        busy = state == "BUSY"
        accepted = verdict == "OK"
        return Heard(Kind.REPLY, int(device), int(axis), number, accepted, busy, flag, data)
    if (form := _ALERT.fullmatch(text)) is not None:
        device, axis, ident, state, flag = form.groups()
        number = None if ident is None else int(ident)
        return Heard(Kind.ALERT, int(device), int(axis), number, True, state == "BUSY", flag, "")
    return None


def checked(line: bytes) -> str | None:
    """Return a line without its checksum; None where that is wrong or the line is no text."""
    if not line.isascii() or len(line) > LONGEST:
        return None
    body, colon, digits = line.rstrip().partition(b":")
    if colon:
        try:
            right = len(digits) == 2 and int(digits, 16) == checksum(body[1:])
        except ValueError:
            right = False
        if not right:
            return None
    return body.decode()
