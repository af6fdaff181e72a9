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


def obey_polite_kills() -> None:
    """Let SIGTERM and the end of the terminal stop a command as Ctrl-C does.

    Services, containers and remote shells end programs that way; logs, links and devices must then
    be left in order, too. A signal that is ignored, as under nohup, stays ignored.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
    for number in (signal.SIGTERM, hang_up):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)


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
