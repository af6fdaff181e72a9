"""Messages that reach a live run from devices, in the order in which they came."""

from collections import deque

from linacsim.model.messages import Message
from linacsim.model.time import TICK_NS


class Inbox:
    """Filled from any thread, emptied once a tick."""

    def __init__(self) -> None:
        """Start empty."""
        self._messages: deque[Message] = deque()
        self.known_ns = 0
        """Up to when nothing more can arrive: the end of the tick that was asked for."""

    def post(self, message: Message) -> None:
        """Take a message; it is seen at the next tick."""
        self._messages.append(message)

    def due(self, now_ns: int) -> tuple[Message, ...]:
        """Return and forget the messages so far."""
        self.known_ns = now_ns + TICK_NS
        return tuple(self._messages.popleft() for _ in range(len(self._messages)))
