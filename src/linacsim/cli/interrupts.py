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

AGAIN_S = 1.0


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


def insist_on_interrupts() -> None:
    """Let a Ctrl-C count that somebody drops.

    Python drops what is raised in callbacks of its own, such as those at the end of each import;
    libraries have places that catch everything. So one that has not ended the program is said
    again, until it has, or a run has taken charge of it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return

    def press(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(AGAIN_S, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()
        signal.default_int_handler(number, frame)

    tell = sys.unraisablehook

    def tell_others(dropped: "UnraisableHookArgs") -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            tell(dropped)

    signal.signal(signal.SIGINT, press)
    sys.unraisablehook = tell_others


def is_interrupt(error: BaseException | None) -> bool:
    """Return whether an exception is a Ctrl-C, or came of one.

    Python 3.11 wraps one in a RuntimeError that comes while a class is made; one that comes within
    an import may leave a module of which something is missing.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


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
