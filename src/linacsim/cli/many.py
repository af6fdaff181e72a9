"""Many things done one by one: a bar on a terminal, and a Ctrl-C that ends them in order."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from linacsim.cli.interrupts import interrupts

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
    with interrupts(watcher):
        yield watcher
