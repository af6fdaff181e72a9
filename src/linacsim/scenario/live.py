"""A job run in real time, with its devices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from linacsim.devices.device import Device
from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.feed import Feeder
from linacsim.engines.operator import DefaultOperator
from linacsim.engines.realtime.engine import Live, LiveResult, RealTimeOptions, run_realtime
from linacsim.engines.run import Limits
from linacsim.engines.tally import RunResult
from linacsim.machine.linac import Linac
from linacsim.model.joints import FrameSink
from linacsim.model.time import NS_PER_S
from linacsim.scenario.compose import Job, Parts

WARM_UP_NS = 20 * NS_PER_S
"""Simulated: long enough to reach beam-on, a tenth of a second of work."""


@dataclass(slots=True)
class RealTime:
    """An engine that keeps to the clock."""

    options: RealTimeOptions
    devices: Sequence[Device] = ()
    watchers: Sequence[FrameSink] = ()
    """Sinks in the loop, such as telemetry."""
    tell: Callable[[str], None] = field(default=lambda _line: None)
    ended: LiveResult | None = None
    """How the last run went."""

    def __call__(self, parts: Parts) -> RunResult:
        """Run the parts to their end. Raises as `run_realtime` does."""
        job = parts.job
        warm_up(job)
        self.ended = run_realtime(
            Live(
                linac=parts.linac,
                agenda=parts.agenda,
                actors=job.actors,
                sinks=parts.sinks,
                devices=self.devices,
                watchers=self.watchers,
                arrivals=(Feeder(job.feeds),),
                limits=Limits(job.limit_ns, job.no_progress_ns),
                record=parts.record,
                options=self.options,
                tell=self.tell,
            )
        )
        if parts.note is not None:
            parts.note(self.ended.timing.record())
        return self.ended.result


def warm_up(job: Job) -> None:
    """Take every path of the loop once with another machine, so that no tick is the first one.

    Imports, caches and allocations are then behind us (design/hil.md HIL-4).
    """
    linac = Linac(job.machine, seed=job.seed, rights=job.rights)
    agenda = Agenda()
    for message in job.room:
        agenda.post(message)
    agenda.start(DefaultOperator(job.beam))
    run_batch(linac, agenda, (), feeds=job.feeds, limit_ns=WARM_UP_NS)
