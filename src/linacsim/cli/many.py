"""Many things done one by one: a bar on a terminal, and a Ctrl-C that ends them in order."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class ManyWatcher:
    """Told as each is done; knows whether Ctrl-C was pressed."""

    def __init__(self, total: int, *, visible: bool) -> None:
        """Show a bar if `visible` and stderr is a terminal."""
        self.stopped = False
        self._bar = _new_bar(total) if visible and sys.stderr.isatty() else None

    def stop(self) -> bool:
        """Return whether the user has had enough."""
        return self.stopped

    def done(self, what: str) -> None:
        """Say that one is done."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1, description=what)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def _new_bar(total: int) -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task("", total=total)
    bar.start()
    return bar


@contextmanager
def many(total: int, *, visible: bool) -> Iterator[ManyWatcher]:
    """Watch `total` things; the first Ctrl-C ends them in order, the second at once."""
    watcher = ManyWatcher(total, visible=visible)

    def stop(number: int, frame: FrameType | None) -> None:
        if watcher.stopped:
            signal.default_int_handler(number, frame)
        watcher.stopped = True

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if in_main else None
    try:
        yield watcher
    finally:
        watcher.close()
        if in_main:
            signal.signal(signal.SIGINT, before)
