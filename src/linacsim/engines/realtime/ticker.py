"""Deadlines at a fixed period on the monotonic clock, told to an asyncio loop.

asyncio rounds its own timers up to whole milliseconds; a Linux timerfd in the same loop does not
(research/libraries.md section 9). Elsewhere the loop's timer is used and its rounding shows in the
recorded lateness. A deadline that passes unseen is never lost: ticks that are due are counted from
the clock, not from wake-ups.
"""

import asyncio
import ctypes
import os
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

NS_PER_S = 1_000_000_000
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_ABSOLUTE = 1


class Ticker(Protocol):
    """Calls back at or soon after each deadline."""

    def start(self, first_ns: int, period_ns: int, call: Callable[[], None]) -> None:
        """Call back from `first_ns` (monotonic clock) on, every `period_ns`."""
        ...

    def stop(self) -> None:
        """Call back no more."""
        ...


def make_ticker(loop: asyncio.AbstractEventLoop) -> Ticker:
    """Return the most punctual ticker that this system has."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            return TimerFdTicker(loop)
    return LoopTicker(loop)


class TimerFdTicker:
    """Linux: a timerfd in the loop. `os.timerfd_create` is there from Python 3.13 on only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Create the timer. Raises OSError or AttributeError where the system has none."""
        self._loop = loop
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")

    def start(self, first_ns: int, period_ns: int, call: Callable[[], None]) -> None:
        """Call back from `first_ns` (monotonic clock) on, every `period_ns`."""
        times = struct.pack("@llll", *divmod(period_ns, NS_PER_S), *divmod(first_ns, NS_PER_S))
        if self._libc.timerfd_settime(self._fd, _ABSOLUTE, times, None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        self._loop.add_reader(self._fd, self._ring, call)

    def stop(self) -> None:
        """Call back no more."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _ring(self, call: Callable[[], None]) -> None:
        with suppress(BlockingIOError):  # read only to make the descriptor quiet again
            os.read(self._fd, 8)
        call()


class LoopTicker:
    """Anywhere: the loop's own timers, up to a millisecond or two late."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use the timers of this loop."""
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def start(self, first_ns: int, period_ns: int, call: Callable[[], None]) -> None:
        """Call back from `first_ns` (monotonic clock) on, every `period_ns`."""
        # The loop's clock is the monotonic one, but need not have the same zero.
        offset_s = self._loop.time() - time.monotonic()

        def ring(due_ns: int) -> None:
            self._handle = None
            call()
            now_ns = time.monotonic_ns()
            # At once, where the next one has passed by now.
            after_ns = due_ns + max(1, (now_ns - due_ns) // period_ns) * period_ns
            if self._running:
                self._handle = self._loop.call_at(after_ns / NS_PER_S + offset_s, ring, after_ns)

        self._running = True
        self._handle = self._loop.call_at(first_ns / NS_PER_S + offset_s, ring, first_ns)

    def stop(self) -> None:
        """Call back no more."""
        self._running = False
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
