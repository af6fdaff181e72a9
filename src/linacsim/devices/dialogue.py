"""Request and reply with a device that speaks when asked: one question at a time, asked again.

A driver writes its dialogue as a generator that yields questions and is sent their answers, so
that a sequence of commands reads as one. What is below, time and bytes, is here.
"""

from collections.abc import Generator
from typing import Generic, NamedTuple, TypeVar

from linacsim.model.time import NS_PER_MS

Answer = TypeVar("Answer")


class Ask(NamedTuple):
    """A question."""

    data: bytes
    """Empty: only wait for `after_ns`."""
    timeout_ns: int = 1000 * NS_PER_MS
    tries: int = 3
    after_ns: int = 0
    """Pause before it is asked."""


class Unanswered(Exception):
    """A question was asked as often as it may be, and nobody answered."""

    def __init__(self, ask: Ask) -> None:
        """Take the question."""
        name = ask.data.split(b"\r")[0][:24].decode("ascii", "replace")
        super().__init__(f"no answer to {name} in {ask.timeout_ns / 1e6:g} ms, {ask.tries} times")


Script = Generator[Ask, Answer | None, None]
"""Yields questions; is sent the answer, or None after a mere wait."""


class Dialogue(Generic[Answer]):
    """Runs a script: asks, waits, asks again."""

    def __init__(self, script: "Script[Answer]", now_ns: int) -> None:
        """Begin."""
        self._script = script
        self._out = b""
        self._ask: Ask | None = None
        self._tries = 0
        self._due_ns: int | None = None
        self._asked = False
        self._advance(None, now_ns)

    @property
    def awaits(self) -> bool:
        """Whether a question has been asked and not yet answered."""
        return self._asked

    def answer(self, answer: Answer, now_ns: int) -> bool:
        """Take an answer; False: nobody asked. Raises what the script raises."""
        if not self._asked:
            return False
        self._advance(answer, now_ns)
        return True

    def wake(self, now_ns: int) -> None:
        """Ask what is due, again if need be. Raises `Unanswered` into the script."""
        if self._due_ns is None or now_ns < self._due_ns or self._ask is None:
            return
        if not self._asked and not self._ask.data:
            self._advance(None, now_ns)
        elif self._tries == self._ask.tries:
            self._take(self._script.throw(Unanswered(self._ask)), now_ns)
        else:
            self._tries += 1
            self._asked = True
            self._out += self._ask.data
            self._due_ns = now_ns + self._ask.timeout_ns

    def next_ns(self) -> int | None:
        """Return when it must be woken next."""
        return self._due_ns

    def take(self) -> bytes:
        """Return and forget the bytes to send."""
        out, self._out = self._out, b""
        return out

    def _advance(self, answer: Answer | None, now_ns: int) -> None:
        self._take(self._script.send(answer), now_ns)

    def _take(self, ask: Ask, now_ns: int) -> None:
        self._ask, self._tries, self._asked = ask, 0, False
        self._due_ns = now_ns + ask.after_ns
        self.wake(now_ns)
