"""A first Ctrl-C that ends things in order, and a second that ends them at once."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_S = 0.05


class Watcher(Protocol):
    """Looks for `stopped` between two steps."""

    stopped: bool

    def close(self) -> None:
        """Take what it shows away."""
        ...


def obey_polite_kills() -> None:
    """Let SIGTERM and the end of the terminal stop a command as Ctrl-C does.

    Services, containers and remote shells end programs that way; logs, links and devices must then
    be left in order, too. A signal that is ignored, as under nohup, stays ignored; a job that a
    shell has put in the background ignores Ctrl-C alone.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
    for number in (signal.SIGTERM, hang_up):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)


def lose_no_interrupt() -> None:
    """Let a Ctrl-C count that Python would drop.

    Exceptions in callbacks of the interpreter's own, such as those at the end of each import, are
    told and forgotten. A KeyboardInterrupt among them is raised again a moment later.
    """
    tell = sys.unraisablehook

    def again(dropped: "UnraisableHookArgs") -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            tell(dropped)
            return
        timer = threading.Timer(AGAIN_S, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()

    sys.unraisablehook = again


def is_interrupt(error: BaseException) -> bool:
    """Return whether an exception is a Ctrl-C.

    Python 3.11 wraps one in a RuntimeError that comes while a class is made.
    """
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)


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
