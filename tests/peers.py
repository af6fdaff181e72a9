"""A driver and a stub that exchange plain lines, for tests of what lies between them."""

from linacsim.devices.peer import Health
from linacsim.model.messages import DeviceReport, Message, Standing


class LineDriver:
    """Asks `?` every 20 ms and reports each answer with its time."""

    def __init__(self, period_ns: int = 20_000_000) -> None:
        self.period_ns = period_ns
        self.heard: list[tuple[int, bytes]] = []
        self.closings: list[str] = []
        self.openings = 0
        self._next_ns: int | None = None
        self._out = b""
        self._messages: list[Message] = []

    def opened(self, now_ns: int) -> None:
        self.openings += 1
        self._next_ns = now_ns

    def closed(self, now_ns: int, reason: str) -> None:
        self.closings.append(reason)
        self._next_ns = None
        self._messages.append(DeviceReport("line", Standing.HOLD, reason))

    def receive(self, data: bytes, now_ns: int) -> None:
        self.heard.append((now_ns, data))

    def wake(self, now_ns: int) -> None:
        if self._next_ns is not None and self._next_ns <= now_ns:
            self._out += b"?"
            self._next_ns = now_ns + self.period_ns

    def next_ns(self) -> int | None:
        return self._next_ns

    def take(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def leave(self, now_ns: int) -> None:
        self._out += b"bye"

    def messages(self) -> tuple[Message, ...]:
        out, self._messages = tuple(self._messages), []
        return out

    def health(self) -> Health:
        return Health(bool(self.heard), f"{len(self.heard)} answers")


class LineStub:
    """Answers each `?` with `!` after a while."""

    def __init__(self, after_ns: int = 1_000_000) -> None:
        self.after_ns = after_ns
        self.asked: list[tuple[int, bytes]] = []
        self._due: list[int] = []
        self._out = b""

    def receive(self, data: bytes, now_ns: int) -> None:
        self.asked.append((now_ns, data))
        self._due += [now_ns + self.after_ns] * data.count(b"?")

    def wake(self, now_ns: int) -> None:
        while self._due and self._due[0] <= now_ns:
            self._due.pop(0)
            self._out += b"!"

    def next_ns(self) -> int | None:
        return self._due[0] if self._due else None

    def take(self) -> bytes:
        out, self._out = self._out, b""
        return out
