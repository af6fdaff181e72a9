"""A scenario run in real time, with its devices."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.devices.device import Device
from linacsim.engines.agenda import Agenda
from linacsim.engines.batch import run_batch
from linacsim.engines.feed import Feeder
from linacsim.engines.heard import HeardDevice
from linacsim.engines.operator import DefaultOperator, FieldOperator
from linacsim.engines.realtime.engine import Live, LiveResult, RealTimeOptions, run_realtime
from linacsim.engines.realtime.lateness import Timing
from linacsim.engines.realtime.policy import LatePolicy
from linacsim.engines.run import Arrivals, Limits
from linacsim.engines.tally import RunResult
from linacsim.machine.linac import Linac
from linacsim.model.arrays import Ints
from linacsim.model.joints import FrameSink
from linacsim.model.time import NS_PER_MS, NS_PER_S, to_ns
from linacsim.scenario.bench_process import EPOCH, OWNED, BenchProcess
from linacsim.scenario.checks import checks_of
from linacsim.scenario.compose import Job, Parts
from linacsim.scenario.device_keys import RealTimeKeys
from linacsim.scenario.icom import icom_side, stream_of
from linacsim.scenario.running import Prepared, Report, run_scenario
from linacsim.stubs.mqtt.broker import need_amqtt

if TYPE_CHECKING:
    from linacsim.scenario.mqtt import MqttSide

WARM_UP_NS = 20 * NS_PER_S
"""Simulated: long enough to reach beam-on, a tenth of a second of work."""


@dataclass(slots=True)
class RealTime:
    """An engine that keeps to the clock."""

    options: RealTimeOptions
    devices: Sequence[Device] = ()
    watchers: Sequence[FrameSink] = ()
    """Sinks in the loop, such as telemetry."""
    arrivals: Sequence[Arrivals] = ()
    """What else has something to say, such as checks of devices."""
    tell: Callable[[str], None] = field(default=lambda _line: None)
    begin: Callable[[int], None] = field(default=lambda _epoch_ns: None)
    """Told when tick 0 is due, on the monotonic clock."""
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
                arrivals=(Feeder(job.feeds), *self.arrivals),
                limits=Limits(job.limit_ns, job.no_progress_ns),
                record=parts.record,
                options=self.options,
                tell=self.tell,
                begin=self.begin,
            )
        )
        if parts.note is not None:
            parts.note(self.ended.timing.record())
        return self.ended.result

    def timing(self) -> Timing:
        """Return how punctual the last run was."""
        assert self.ended is not None
        return self.ended.timing

    def late_ns(self) -> Ints:
        """Return (n,) how late each deadline of the last run was met."""
        assert self.ended is not None
        return self.ended.late_ns


def warm_up(job: Job) -> None:
    """Take every path of the loop once with another machine, so that no tick is the first one.

    Imports, caches and allocations are then behind us (design/hil.md HIL-4).
    """
    linac = Linac(job.machine, seed=job.seed, rights=job.rights)
    agenda = Agenda()
    for message in job.room:
        agenda.post(message)
    agenda.start(DefaultOperator(job.beam) if job.field is None else FieldOperator(job.field))
    run_batch(linac, agenda, (), feeds=job.feeds, limit_ns=WARM_UP_NS)


@contextmanager
def live_engine(
    prepared: Prepared,
    *,
    ask_system: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> Iterator[RealTime]:
    """Make the engine of a scenario, with its stubs running as a process of their own.

    Raises InputError where stubs do not start.
    """
    bench = prepared.bench
    with ExitStack() as running:
        engine = RealTime(_options(prepared.scenario.real_time, ask_system), tell=tell)
        if bench is not None:
            urls: dict[str, str] = {}
            if names := tuple(keys.name for keys in bench.stubs):
                stubs = running.enter_context(
                    BenchProcess(("bench", str(prepared.path), EPOCH), names)
                )
                urls, engine.begin = stubs.urls, stubs.begin
            engine.devices = bench.links(urls)
            engine.watchers = bench.watchers
        if prepared.mqtt is not None:
            _connect(engine, prepared.mqtt, prepared.path, running)
        if checks := checks_of(bench, prepared.mqtt, prepared.path):
            heard = (HeardDevice(device, checks) for device in engine.devices)
            engine.devices = (*heard, checks)
            engine.arrivals = (checks,)
        if prepared.scenario.icom is not None:
            keys = prepared.scenario.icom
            stream = running.enter_context(stream_of(keys))
            link, sink = icom_side(stream, keys, prepared.job)
            engine.devices = (*engine.devices, link)
            engine.watchers = (*engine.watchers, sink)
        yield engine


def _connect(engine: RealTime, mqtt: "MqttSide", path: Path, running: ExitStack) -> None:
    """Add the broker to the devices, and its stubs to what runs."""
    at = ""
    if mqtt.embedded:
        need_amqtt()
        broker = BenchProcess(("broker", "--tcp", "127.0.0.1:0", OWNED), ("broker",))
        at = running.enter_context(broker).urls["broker"]
    link, telemetry = mqtt.link(at)
    engine.devices = (*engine.devices, link)
    engine.watchers = (*engine.watchers, *([telemetry] if telemetry else []))
    if names := tuple(mqtt.stubs()):
        stub = ("mqtt", str(path), EPOCH, *(("--broker", at) if at else ()))
        stubs = running.enter_context(BenchProcess(stub, names))
        begin = engine.begin

        def begin_all(epoch_ns: int) -> None:
            begin(epoch_ns)
            stubs.begin(epoch_ns)

        engine.begin = begin_all


def run_live(
    prepared: Prepared,
    folder: Path | None = None,
    *,
    ask_system: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
    sinks: Sequence[FrameSink] = (),
) -> tuple[Report, Timing]:
    """Run a prepared scenario in real time; `sinks` get the frames too.

    Raises InputError where a device does not become live in time.
    """
    with live_engine(prepared, ask_system=ask_system, tell=tell) as engine:
        report = run_scenario(prepared, folder, sinks=sinks, engine=engine)
        return report, engine.timing()


def _options(keys: RealTimeKeys, ask_system: bool) -> RealTimeOptions:
    return RealTimeOptions(
        period_ns=keys.period_ms * NS_PER_MS,
        policy=late_policy(keys),
        wait_ns=to_ns(keys.wait_s),
        ask_system=ask_system,
    )


def late_policy(keys: RealTimeKeys) -> LatePolicy:
    """Return what lateness does; a tick is late from half a period on unless said otherwise."""
    late = keys.late
    late_ms = keys.period_ms / 2 if late.late_ms is None else late.late_ms
    return LatePolicy(
        late_ns=round(late_ms * NS_PER_MS),
        hold_after=late.hold_after,
        release_after=late.release_after,
        stop_ns=None if late.stop_ms is None else round(late.stop_ms * NS_PER_MS),
    )
