"""Threads for what may block for long and cannot be stopped: connecting to a host that is silent.

asyncio waits for the threads of its executor when its loop ends, and Python for those of any
executor when it ends itself: a Ctrl-C would last as long as a connection takes to fail. Nobody
waits for these. What they open is closed once they are done, since nobody holds it then.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class UnawaitedThreads(ThreadPoolExecutor):
    """An executor with a thread for each call; asyncio takes no other class than its base."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call in a thread of its own."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # told to whoever waits, if anybody does
                future.set_exception(error)

        threading.Thread(target=work, name="unawaited", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nobody."""


def await_no_thread() -> None:
    """Let the running loop have such threads for all that blocks."""
    asyncio.get_running_loop().set_default_executor(UnawaitedThreads())
