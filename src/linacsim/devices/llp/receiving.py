"""From bytes to frames in order: text or binary, whatever a device has been set to."""

from enum import Enum, auto

from linacsim.devices.framing.counters import Counters
from linacsim.devices.llp import binary, text
from linacsim.devices.llp.layout import WrongSyntax
from linacsim.devices.llp.messages import Ack, Frame, Unknown

_SPAN = 1 << 16
_LATE = 64
"""A frame further behind than this is not late: the sender has begun anew."""


class Sequence(Enum):
    """Where a frame stands among the others."""

    NEXT = auto()
    TWICE = auto()
    LATE = auto()
    ANEW = auto()


class SequenceCheck:
    """The numbers of one direction."""

    def __init__(self) -> None:
        """Take the first frame as it comes."""
        self._last: int | None = None

    def judge(self, seq: int) -> Sequence:
        """Return where a frame stands; nothing is changed."""
        if self._last is None:
            return Sequence.NEXT
        ahead = (seq - self._last) % _SPAN
        if ahead == 0:
            return Sequence.TWICE
        if ahead < _SPAN // 2:
            return Sequence.NEXT
        return Sequence.LATE if _SPAN - ahead <= _LATE else Sequence.ANEW

    def accept(self, seq: int) -> int:
        """Take a frame as the newest; return how many are missing before it."""
        missing = 0 if self._last is None else (seq - self._last - 1) % _SPAN
        self._last = seq
        return missing


class Receiver:
    """Frames of a device. `counters` are those of the wire as a whole."""

    def __init__(self) -> None:
        """Begin with text, as every device does."""
        self.counters = Counters()
        self._text = text.text_framer()
        self._binary = binary.binary_framer()
        self._text.counters = self._binary.counters = self.counters
        self._is_binary = False
        self._awaited: str | None = None

    def reset(self) -> None:
        """Forget what is half received; expect text."""
        self._text = text.text_framer()
        self._binary = binary.binary_framer()
        self._text.counters = self._binary.counters = self.counters
        self._is_binary, self._awaited = False, None

    def expect_binary(self, command: str | None) -> None:
        """Change to binary behind the ACK of a command; None: of none."""
        self._awaited = command

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are now whole and right."""
        if self._is_binary:
            return self._decoded(self._binary.feed(data))
        if self._awaited is None:
            return self._decoded(self._text.feed(data))
        return self._feed_until_changed(data)

    def _feed_until_changed(self, data: bytes) -> list[Frame]:
        """Read line by line, since what follows the answer is binary."""
        frames: list[Frame] = []
        lines = data.splitlines(keepends=True)
        for number, line in enumerate(lines):
            frames += self._decoded(self._text.feed(line))
            if any(isinstance(f.body, Ack) and f.body.command == self._awaited for f in frames):
                self._is_binary, self._awaited = True, None
                return frames + self.feed(b"".join(lines[number + 1 :]))
        return frames

    def _decoded(self, pieces: list[bytes]) -> list[Frame]:
        decode = binary.decode if self._is_binary else text.decode
        frames = []
        for piece in pieces:
            try:
                frame = decode(piece)
            except text.WrongChecksum:
                self.counters.frames -= 1
                self.counters.crc_errors += 1
            except WrongSyntax:
                self.counters.syntax_errors += 1
            else:
                self.counters.unknown += isinstance(frame.body, Unknown)
                frames.append(frame)
        return frames
