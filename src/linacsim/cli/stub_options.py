"""Options that stubs share, and what they ask for."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from linacsim.model.findings import InputError

if TYPE_CHECKING:
    from linacsim.motion.source import Motion
    from linacsim.stubs.faults import Faults

FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="KIND@START[+SECONDS][=VALUE]",
        help="Go wrong on purpose, as dropout@10+2; may be given again.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="All chance in the stub comes from it.")]
Until = Annotated[
    float | None,
    typer.Option("--for", metavar="SECONDS", min=0.0, help="End by itself then."),
]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Move by this trace, again and again.")
]
Travel = Annotated[float, typer.Option("--travel-cm", min=0.0, help="Travel of a breath.")]
Period = Annotated[float, typer.Option("--period-s", min=0.1, help="Period of a breath.")]


@dataclass(frozen=True, slots=True)
class Chance:
    """What `--fault` and `--seed` ask for."""

    texts: Sequence[str] | None
    seed: int

    def faults(self) -> "Faults":
        """Return the faults for one part of a stub; each part keeps its own. Raises InputError."""
        from linacsim.stubs.faults import Faults, fault_of

        return Faults([fault_of(text) for text in self.texts or ()], self.seed)


def wanted_motion(trace: Path | None, travel_cm: float, period_s: float) -> "Motion":
    """Return what the options say of the motion."""
    from linacsim.stubs.bodies import breathing, recorded

    return recorded(trace) if trace is not None else breathing(travel_cm, period_s)


def start_within(start_mm: float, travel_mm: float) -> None:
    """Raise InputError where a stage would stand beyond its travel."""
    if start_mm > travel_mm:
        raise InputError(f"--start-mm {start_mm:g}: the travel is {travel_mm:g} mm")


def begin_ns(*, awaited: bool) -> int | None:
    """Return time zero on the monotonic clock: now, or as told on stdin if it is `awaited`.

    None: whoever was to tell it has gone.
    """
    if not awaited:
        return time.monotonic_ns()
    told = sys.stdin.readline()
    return int(told) if told else None


def until(for_s: float | None, *, owned: bool = False) -> Callable[[], bool]:
    """Return whether to go on; SIGTERM ends it as Ctrl-C does, so that links are taken away.

    A stub that is `owned` ends with the run that started it, however that ends.
    """
    ended = False
    owner = os.getppid()

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, end)
    began_s = time.monotonic()

    def running() -> bool:
        in_time = for_s is None or time.monotonic() - began_s < for_s
        return not ended and in_time and (not owned or os.getppid() == owner)

    return running
