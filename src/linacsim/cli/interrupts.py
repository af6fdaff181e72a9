"""A first Ctrl-C that ends things in order, and a second that ends them at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Watcher(Protocol):
    """Looks for `stopped` between two steps."""

    stopped: bool

    def close(self) -> None:
        """Take what it shows away."""
        ...


@contextmanager
def interrupts(watcher: Watcher) -> Iterator[None]:
    """Let Ctrl-C stop a watcher, which is closed at the end in any case."""

    def stop(number: int, frame: FrameType | None) -> None:
        if watcher.stopped:
            signal.default_int_handler(number, frame)
        watcher.stopped = True

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if in_main else None
    try:
        yield
    finally:
        watcher.close()
        if in_main:
            signal.signal(signal.SIGINT, before)
