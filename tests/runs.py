"""Runs recorded in journals, for tests of replay and of the whole machine."""

from collections.abc import Callable, Sequence
from pathlib import Path

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import RunResult, run_batch
from linacsim.engines.journal import JournalWriter
from linacsim.machine.linac import Linac
from linacsim.machines.spec import MachineSpec
from linacsim.model.interlocks import Right
from linacsim.model.joints import FrameSink
from linacsim.model.time import NS_PER_S

Actor = Callable[[Agenda], Steps]


def record_run(
    path: Path,
    machine: MachineSpec,
    actors: Sequence[Actor],
    *sinks: FrameSink,
    seed: int = 1,
    rights: Right = Right.BASIC,
    limit_s: float = 120,
) -> RunResult:
    """Run actors on a machine, with a journal that is closed at the end."""
    linac = Linac(machine, seed=seed, rights=rights)
    agenda = Agenda()
    for actor in actors:
        agenda.start(actor)
    journal = JournalWriter(path, machine, seed, rights)
    result = run_batch(
        linac,
        agenda,
        [journal, *sinks],
        limit_ns=round(limit_s * NS_PER_S),
        record=journal.record,
    )
    journal.close()
    return result
