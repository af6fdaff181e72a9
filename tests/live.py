"""Tests that live by the clock, beside others that only compute."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

AHEAD = -10


@contextmanager
def ahead() -> Iterator[None]:
    """Let this thread and the programs it starts run before others, where the system allows it."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, AHEAD)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)
