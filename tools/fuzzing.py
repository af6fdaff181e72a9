"""What the fuzzers of log readers share: the loop, how a reading ended, and how much it took.

Only a log or an `InputError` of one line may come out, and memory must stay within a few times
the size of the file. Exit code 1 names the seed and the run of the first failure.
"""

import argparse
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from linacsim.model.findings import InputError

MEMORY_LIMIT = 2_000_000
EVERY = 1000
"""Memory is watched in one run of so many, since watching takes time."""

Log = TypeVar("Log")


def fuzz(what: str, prepare: Callable[[np.random.Generator], Callable[[int], str]]) -> int:
    """Run what `prepare` returns with the number of each run, and tell; 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=f"Fuzz the reader of {what}.")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    attempt = prepare(np.random.default_rng(arguments.seed))
    outcomes = {"read": 0, "read with problems": 0, "refused": 0}
    start = time.perf_counter()
    for run in range(arguments.runs):
        try:
            outcomes[_watched(attempt, run) if run % EVERY == 0 else attempt(run)] += 1
        except Exception as error:  # the finding of this tool is any other exception
            print(f"seed {arguments.seed}, run {run}: {type(error).__name__}: {error}")
            return 1
    seconds = time.perf_counter() - start
    print(f"{arguments.runs} damaged logs in {seconds:.0f} s, seed {arguments.seed}: {outcomes}")
    return 0


def outcome(read: Callable[[bool], Log], use: Callable[[Log], object]) -> str:
    """Return how reading ended, strictly (True) and leniently, and use what came out."""
    strict, lenient = _log_or_none(read, strict=True), _log_or_none(read, strict=False)
    if lenient is None:
        if strict is not None:
            raise AssertionError("a lenient reading refused what a strict one took")
        return "refused"
    use(lenient)
    return "read with problems" if strict is None else "read"


def _log_or_none(read: Callable[[bool], Log], *, strict: bool) -> Log | None:
    try:
        return read(strict)
    except InputError as error:
        if not str(error).isprintable():
            raise AssertionError(f"not one printable line: {str(error)!r}") from error
        return None


def _watched(attempt: Callable[[int], str], run: int) -> str:
    tracemalloc.start()
    try:
        ended = attempt(run)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > MEMORY_LIMIT:
        raise MemoryError(f"a damaged log took {peak} bytes")
    return ended
