"""Streams: what a camera sends with each frame, asked for once (hil-protocols 1.4 and 1.9).

    STREAM [--interval=FRAMES] [--id=NAME] COMMAND
    STREAM --cmd="COMMAND" [--id=NAME]

are both written by the vendor's published examples. Restrictions: the stub has no streams by UDP or
TLS, and of commands only those that tell places.
"""

import shlex
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from linacsim.stubs.ndi.tools import Refused

_BAD_VALUE = "36"


class Due(NamedTuple):
    """One frame to be sent."""

    frame: int
    stream: str
    command: str
    """Name and arguments."""


@dataclass(slots=True)
class _Stream:
    command: str
    every: int
    frame: int
    """The next one."""


class Streams:
    """Those that clients have started and not stopped."""

    def __init__(self, streamed: Container[str]) -> None:
        """Take the names of the commands that can be streamed, and start with no stream."""
        self._streamed = streamed
        self._streams: dict[str, _Stream] = {}

    def start(self, arguments: str, frame: int, step: int) -> None:
        """Begin behind this frame; frames are `step` apart. Raises Refused."""
        options, command = _understood(arguments)
        name = options.get("id", command)
        interval = options.get("interval", "1")
        if command.partition(" ")[0].upper() not in self._streamed or name in self._streams:
            raise Refused(_BAD_VALUE)
        if not (interval.isascii() and interval.isdigit() and int(interval)):
            raise Refused(_BAD_VALUE)
        every = step * int(interval)
        self._streams[name] = _Stream(command, every, frame + every)

    def stop(self, arguments: str) -> None:
        """End one, `--id=NAME` to the end of the line. Raises Refused where there is none."""
        if self._streams.pop(arguments.removeprefix("--id="), None) is None:
            raise Refused(_BAD_VALUE)

    def clear(self) -> None:
        """End all."""
        self._streams.clear()

    def next_frame(self) -> int | None:
        """Return the next frame that somebody wants."""
        return min((stream.frame for stream in self._streams.values()), default=None)

    def due(self, newest: int) -> Iterator[Due]:
        """Pass over all frames up to the newest, each once and in order."""
        while (frame := self.next_frame()) is not None and frame <= newest:
            for name, stream in self._streams.items():
                if stream.frame == frame:
                    stream.frame += stream.every
                    yield Due(frame, name, stream.command)


def _understood(arguments: str) -> tuple[dict[str, str], str]:
    """Return options and command. Raises Refused."""
    options: dict[str, str] = {}
    try:
        words = shlex.split(arguments)
    except ValueError as error:  # a quotation mark too many
        raise Refused(_BAD_VALUE) from error
    while words and words[0].startswith("--"):
        name, _, value = words.pop(0)[2:].partition("=")
        options[name] = value
    if options.keys() - {"id", "interval", "cmd", "protocol"}:
        raise Refused(_BAD_VALUE)
    if options.get("protocol", "TCP") != "TCP":
        raise Refused(_BAD_VALUE)
    return options, options.get("cmd", " ".join(words))
