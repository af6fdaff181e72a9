"""Progress of a run on a terminal, and a Ctrl-C that ends it between two blocks of ticks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from linacsim.cli.interrupts import interrupts

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_S = 0.4
"""A run that is over sooner shows no bar, and need not load one."""
_REFRESH_S = 0.1


class RunWatcher:
    """Told about progress after each block; stops the run there once Ctrl-C was pressed."""

    def __init__(self, what: str, total_mu: float, *, visible: bool) -> None:
        """Show a bar for `what` if `visible` and stderr is a terminal."""
        self.stopped = False
        self._what = what
        self._total_mu = total_mu
        self._visible = visible and sys.stderr.isatty()
        self._bar: Progress | None = None
        self._start_s = time.monotonic()
        self._next_s = self._start_s + PATIENCE_S

    def __call__(self, time_ns: int, mu: float) -> None:
        """Take simulated time and MU; raises KeyboardInterrupt after Ctrl-C."""
        if self.stopped:
            raise KeyboardInterrupt
        if self._visible and time.monotonic() >= self._next_s:
            self._show(time_ns / 1e9, mu)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def _show(self, simulated_s: float, mu: float) -> None:
        now_s = time.monotonic()
        self._next_s = now_s + _REFRESH_S
        if self._bar is None:
            self._bar = _new_bar()
            self._bar.add_task(self._what, total=self._total_mu or None, times="")
            self._bar.start()
        wall_s = now_s - self._start_s
        times = f"simulated {simulated_s:.0f} s, wall {wall_s:.1f} s"
        self._bar.update(self._bar.task_ids[0], completed=mu, times=times)


def _new_bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[times]}"),
        console=Console(stderr=True),
        transient=True,
    )


@contextmanager
def watched(what: str, total_mu: float, *, visible: bool) -> Iterator[RunWatcher]:
    """Watch a run; the first Ctrl-C ends it in order, the second at once."""
    watcher = RunWatcher(what, total_mu, visible=visible)
    with interrupts(watcher):
        yield watcher
