"""A host that talks LLP/1 to whatever is at a URL, for tests of devices: simple and impatient."""

import time
from collections.abc import Callable
from typing import Any, Self

import serial

from linacsim.devices.llp import binary, text
from linacsim.devices.llp import messages as m

PATIENCE_S = 20.0
"""Ends a test that would hang; no test waits for it when all is well."""


class Talker:
    """Sends frames and waits for what it wants to hear."""

    def __init__(self, url: str) -> None:
        self._port = serial.serial_for_url(url, baudrate=115_200, timeout=0.02)
        self._text, self._binary = text.text_framer(), binary.binary_framer()
        self._is_binary = self._just_switched = False
        self.heard: list[m.Frame] = []
        self._seq = 0
        self._commands = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._port.close()

    @property
    def is_binary(self) -> bool:
        return self._is_binary

    @is_binary.setter
    def is_binary(self, value: bool) -> None:
        self._is_binary, self._just_switched = value, True

    def say(self, body: m.Body) -> None:
        self.say_bytes(text.encode(m.Frame(body, self._seq)))
        self._seq = (self._seq + 1) & 0xFFFF

    def say_bytes(self, data: bytes) -> None:
        self._port.write(data)

    def say_fields(self, frame_type: str, *fields: str) -> None:
        """Send a frame that may be against the grammar, with a right checksum."""
        self.say_bytes(text.encode_fields(frame_type, self._seq, 0, 0, fields))

    def listen(self) -> list[m.Frame]:
        """Return what came within a moment."""
        data = self._port.read(256)
        lines, blocks = self._text.feed(data), self._binary.feed(data)
        received = blocks if self.is_binary else lines
        frames = [frame for one in received if (frame := self._decoded(one)) is not None]
        self.heard += frames
        return frames

    def _decoded(self, received: bytes) -> m.Frame | None:
        """Return the frame; None for what runs from one form of frames into the other."""
        switched, self._just_switched = self._just_switched, False
        try:
            return (binary if self.is_binary else text).decode(received)
        except (text.WrongChecksum, text.WrongSyntax):
            if not switched:
                raise
            return None

    def listen_for(self, seconds: float) -> list[m.Frame]:
        """Return what came in a time."""
        until = time.monotonic() + seconds
        frames: list[m.Frame] = []
        while time.monotonic() < until:
            frames += self.listen()
        return frames

    def hear(self, wanted: Callable[[m.Frame], bool]) -> m.Frame:
        """Return the next frame that is wanted."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for frame in self.listen():
                if wanted(frame):
                    return frame
        raise AssertionError(f"not heard; the last were {self.heard[-5:]}")

    def hear_a(self, kind: type[Any]) -> m.Frame:
        """Return the next frame of a kind."""
        return self.hear(lambda frame: isinstance(frame.body, kind))

    def hear_many(self, kind: type[Any], n: int) -> list[m.Frame]:
        """Return the next frames of a kind."""
        frames: list[m.Frame] = []
        until = time.monotonic() + PATIENCE_S
        while len(frames) < n and time.monotonic() < until:
            frames += [frame for frame in self.listen() if isinstance(frame.body, kind)]
        assert len(frames) >= n
        return frames[:n]

    def answer(self, command: str) -> m.Ack | m.Nak:
        """Return the answer to a command."""
        frame = self.hear(
            lambda frame: isinstance(frame.body, m.Ack | m.Nak) and frame.body.command == command
        )
        assert isinstance(frame.body, m.Ack | m.Nak)
        return frame.body

    def new_id(self) -> str:
        """Return an id not used within the last eight."""
        self._commands += 1
        return f"t{time.monotonic_ns() % 1000}n{self._commands}"[:8]

    def command(self, make: Callable[[str], m.Body]) -> m.Ack | m.Nak:
        """Give a command and return its answer."""
        command = self.new_id()
        self.say(make(command))
        return self.answer(command)

    def greet(self) -> m.Helo:
        """Ask who is there, be known, and let it be quiet."""
        self.say(m.HostHelo("LLP/1"))
        helo = self.hear_a(m.Helo).body
        assert isinstance(helo, m.Helo)
        self.say(m.Ack("helo"))
        assert isinstance(self.command(m.Stop), m.Ack)
        return helo
