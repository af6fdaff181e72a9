"""The batch engine: runs a machine headless, as fast as it goes, under an agenda."""

from collections.abc import Callable, Sequence

from linacsim.engines.agenda import Agenda
from linacsim.engines.feed import Feed, Feeder
from linacsim.engines.run import (
    DEFAULT_LIMIT_NS,
    NO_PROGRESS_NS,
    Arrivals,
    Limits,
    Record,
    Run,
)
from linacsim.engines.tally import RunResult
from linacsim.machine.linac import Linac
from linacsim.model.joints import FrameSink
from linacsim.model.time import TICK_NS

__all__ = ["DEFAULT_LIMIT_NS", "NO_PROGRESS_NS", "Progress", "RunResult", "run_batch"]

Progress = Callable[[int, float], None]
"""Told after each block: simulated time in ns, MU delivered."""


def run_batch(
    linac: Linac,
    agenda: Agenda,
    sinks: Sequence[FrameSink],
    *,
    feeds: Sequence[Feed] = (),
    arrivals: Sequence[Arrivals] = (),
    limit_ns: int = DEFAULT_LIMIT_NS,
    no_progress_ns: int = NO_PROGRESS_NS,
    progress: Progress | None = None,
    record: Record | None = None,
) -> RunResult:
    """Run until agenda and machine have nothing left to do, or until `limit_ns`.

    `feeds` are the sensors that look at motion, `arrivals` whatever else reaches the machine. A
    beam that has not got on for `no_progress_ns`, such as one whose gate never opens for long
    enough, ends the run.

    Sinks get every frame but are not closed. `record` is told the inputs of each tick that has
    any. An exception from a sink, or Ctrl-C, ends the run at a tick boundary and goes up.
    """
    limits = Limits(limit_ns, no_progress_ns)
    feeder = Feeder(feeds)
    run = Run(linac, agenda, (*sinks, feeder), (feeder, *arrivals), limits, record)
    while (frames := run.step()) is not None:
        if progress is not None:
            progress(linac.supervisor.tick * TICK_NS, float(frames.mu_actual[-1]))
    return run.result()
