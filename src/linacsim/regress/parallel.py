"""Many cases at once, each in one of several processes."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NamedTuple

from linacsim.model.findings import InputError, os_reason
from linacsim.regress.baseline import Baseline
from linacsim.regress.cases import Case, deliver_case
from linacsim.scenario.compose import Stopped
from linacsim.scenario.reader import ScenarioError

_LOOK_S = 0.1
"""How long Ctrl-C may go unnoticed."""

Stop = Callable[[], bool]
"""Whether the user has had enough."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a case could not be delivered."""

    reasons: tuple[str, ...]


Result = Baseline | Unusable
_Timed = tuple[Result, float]


class Done(NamedTuple):
    """A case with what it came to."""

    case: Case
    result: Result
    wall_s: float


def default_jobs(cases: int) -> int:
    """Return as many processes as there are cores to use, but no more than cases."""
    return max(1, min(cases, os.cpu_count() or 1))


def deliver_all(
    cases: Sequence[Case], machine: str | None, *, jobs: int, stop: Stop
) -> Iterator[Done]:
    """Yield each case with what it came to, in the order in which they are done.

    Raises KeyboardInterrupt soon after `stop` says so, once all processes have ended. Results do
    not depend on `jobs`.
    """
    if jobs == 1:
        for case in cases:
            yield Done(case, *_timed(case.path, machine, stop))
        return
    yield from _pooled(cases, machine, jobs, stop)


def _pooled(cases: Sequence[Case], machine: str | None, jobs: int, stop: Stop) -> Iterator[Done]:
    context = multiprocessing.get_context("spawn")
    ending = context.Event()
    with ProcessPoolExecutor(jobs, context, _begin, (ending,)) as pool:
        with _ctrl_c_later():
            futures = {pool.submit(_work, case.path, machine): case for case in cases}
        try:
            yield from _as_done(futures, stop)
        finally:
            ending.set()
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Put Ctrl-C off: processes started here do not see it even before they are prepared."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_done(futures: dict[Future[_Timed], Case], stop: Stop) -> Iterator[Done]:
    left = set(futures)
    while left:
        done, left = wait(left, _LOOK_S, FIRST_COMPLETED)
        for future in done:
            yield Done(futures[future], *_taken(future, futures[future]))
        if stop():
            raise KeyboardInterrupt


def _taken(future: Future[_Timed], case: Case) -> _Timed:
    try:
        return future.result()
    except BrokenProcessPool:
        reason = "a process ended before its time, perhaps for want of memory: try fewer --jobs"
        return Unusable((f"{case.path}: {reason}",)), 0.0


_ending: Event | None = None
"""In a process of the pool: set when the user has had enough."""


def _begin(ending: Event) -> None:
    """Prepare a process: Ctrl-C is for the one that started it."""
    global _ending  # the only way to hand an event to the processes of a pool
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ending = ending


def _work(path: Path, machine: str | None) -> _Timed:
    assert _ending is not None
    return _timed(path, machine, _ending.is_set)


def _timed(path: Path, machine: str | None, stop: Stop) -> _Timed:
    started_s = time.perf_counter()
    try:
        result = _result(path, machine, stop)
    except Exception as error:  # a defect of ours: say with which case
        raise RuntimeError(f"{path}: {type(error).__name__}: {error}") from error
    return result, time.perf_counter() - started_s


def _result(path: Path, machine: str | None, stop: Stop) -> Result:
    def progress(*_: float) -> None:
        if stop():
            raise KeyboardInterrupt

    try:
        return deliver_case(path, machine, progress).baseline
    except ScenarioError as error:
        return Unusable(tuple(str(problem) for problem in error.problems))
    except InputError as error:
        return Unusable((str(error),))
    except OSError as error:
        return Unusable((f"{error.filename or path}: {os_reason(error)}",))
    except Stopped:
        raise KeyboardInterrupt from None
