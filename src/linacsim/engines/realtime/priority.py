"""What a live run asks of the system, and what it got. Everything works without any of it."""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FIFO_PRIORITY = 50
SWITCH_S = 0.0005
"""How long another thread may keep the interpreter while a tick is due."""
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
"""Of <sys/mman.h> of Linux; with the last, a page is locked once it is touched, so that the stacks
of threads do not cost their full size (mlockall(2))."""


@contextmanager
def quiet_interpreter() -> Iterator[None]:
    """Keep garbage collection and other threads from holding up ticks; undone at the end."""
    before = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.enable()
        gc.unfreeze()


def ask_system() -> tuple[str, ...]:
    """Ask for real-time scheduling and locked memory; return a line for each.

    Threads made later have that priority too. All of a run must: whichever has the interpreter
    lets the loop wait until it gets a processor itself.
    """
    return (_fifo(), _locked_memory())


def _fifo() -> str:
    if not hasattr(os, "sched_setscheduler"):
        return "SCHED_FIFO: not on this system"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(FIFO_PRIORITY))
    except OSError as error:
        return f"SCHED_FIFO: refused ({error.strerror}); needs an rtprio limit or CAP_SYS_NICE"
    return f"SCHED_FIFO: priority {FIFO_PRIORITY}"


def _locked_memory() -> str:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        refused = libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0
    except (OSError, AttributeError, TypeError):
        return "mlockall: not on this system"
    if refused:
        return f"mlockall: refused ({os.strerror(ctypes.get_errno())}); needs a memlock limit"
    return "mlockall: memory locked"


def stay_on_one_processor() -> str:
    """Keep this thread, and threads made later, on one processor; return a line that tells."""
    if not hasattr(os, "sched_getaffinity"):
        return "processor affinity: not on this system"
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return f"processor affinity: only processor {allowed[0]} is allowed, left as it is"
    try:
        os.sched_setaffinity(0, {allowed[-1]})
    except OSError as error:
        return f"processor affinity: refused ({error.strerror})"
    return f"processor affinity: the loop stays on processor {allowed[-1]}"
