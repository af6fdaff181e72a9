"""The real-time engine: a machine ticked by the clock, with devices on real wires.

Tick k is due at epoch + k * period on the monotonic clock and runs then or as soon after as it
can; late ticks run at once, back to back. Devices live in the same asyncio loop or in threads of
their own and only ever post messages.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from linacsim.devices.device import Device
from linacsim.devices.unawaited import await_no_thread
from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.realtime.background import Background
from linacsim.engines.realtime.inbox import Inbox
from linacsim.engines.realtime.lateness import Lateness, Timing
from linacsim.engines.realtime.policy import LatePolicy, LateWatch, TooLate, default_policy
from linacsim.engines.realtime.priority import (
    ask_system,
    quiet_interpreter,
    stay_on_one_processor,
)
from linacsim.engines.realtime.ticker import make_ticker
from linacsim.engines.run import Arrivals, Limits, Record, Run
from linacsim.engines.tally import RunResult
from linacsim.machine.linac import Linac
from linacsim.model.arrays import Ints
from linacsim.model.findings import InputError
from linacsim.model.joints import FrameSink
from linacsim.model.messages import Message
from linacsim.model.time import NS_PER_S, TICK_NS

Actor = Callable[[Agenda], Steps]
Tell = Callable[[str], None]

LEAD_NS = 100_000_000
"""From the end of all preparation to the first tick; stubs learn the epoch in this time."""
EARLY_NS = 500_000
"""So long before a deadline the loop begins to wait for it and for nothing else: what devices have
to do then is done after the tick, which would wait for it otherwise."""
BURST_TICKS = 100
"""Late ticks run in a row before devices get their turn."""
WATCH_S = 0.05
"""How often it is looked whether all devices are live."""


@dataclass(frozen=True, slots=True)
class RealTimeOptions:
    """How a live run is run."""

    period_ns: int = TICK_NS
    """One deadline runs this much of the machine's time; a whole number of its ticks."""
    policy: LatePolicy | None = None
    """None: the default for this period."""
    wait_ns: int = 30 * NS_PER_S
    """How long devices may take to become live before anything is loaded."""
    ask_system: bool = False


@dataclass(frozen=True, slots=True)
class LiveResult:
    """How a live run ended."""

    result: RunResult
    timing: Timing
    late_ns: Ints
    """(n,) how late each deadline was met."""


@dataclass(frozen=True, slots=True)
class Live:
    """A live run that is ready to start."""

    linac: Linac
    agenda: Agenda
    actors: Sequence[Actor]
    """Start once all devices are live."""
    sinks: Sequence[FrameSink]
    """Written in a thread of their own."""
    devices: Sequence[Device] = ()
    watchers: Sequence[FrameSink] = ()
    """Sinks that are written in the loop, tick by tick; must be quick."""
    arrivals: Sequence[Arrivals] = ()
    """What reaches the machine besides the devices' messages, such as simulated sensors."""
    limits: Limits = field(default_factory=Limits)
    record: Record | None = None
    options: RealTimeOptions = field(default_factory=RealTimeOptions)
    tell: Tell = lambda _line: None
    begin: Callable[[int], None] = lambda _epoch_ns: None
    """Told when tick 0 is due, on the monotonic clock, once all is prepared."""


def run_realtime(live: Live) -> LiveResult:
    """Run in real time until it is over.

    Raises InputError where devices do not become live in time, what a sink raises, and
    KeyboardInterrupt at a tick boundary; sinks are whole up to there and not closed.
    """
    try:
        with _asyncio_takes_interrupts():
            return asyncio.run(_run(live))
    except asyncio.CancelledError:
        # asyncio takes a Ctrl-C in the moment before its loop runs for somebody's cancellation.
        raise KeyboardInterrupt from None


@contextmanager
def _asyncio_takes_interrupts() -> Iterator[None]:
    """Let asyncio see to Ctrl-C, which it does only where nobody else does."""
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if in_main else None
    if not callable(before):  # ignored, or not ours
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _run(live: Live) -> LiveResult:
    await_no_thread()
    asked = live.options.ask_system
    for line in ask_system() if asked else ():
        live.tell(line)
    background = Background(live.sinks, live.record)
    try:
        if asked:  # what writes files may stay where it likes
            live.tell(stay_on_one_processor())
        inbox = Inbox()
        record = background.record if live.record else None
        sinks = (*live.watchers, background)
        arrivals = (inbox, *live.arrivals)
        run = Run(live.linac, live.agenda, sinks, arrivals, live.limits, record)
        loop = _TickLoop(run, inbox, background, live)
        with quiet_interpreter():
            too_late = await _with_devices(loop, live)
    finally:
        background.close()
    result = replace(run.result(), too_late=too_late)
    times = loop.lateness
    return LiveResult(result, times.summary(), times.times_ns()[:, 0])


async def _with_devices(loop: "_TickLoop", live: Live) -> str:
    epoch_ns = time.monotonic_ns() + LEAD_NS
    loop.set_epoch(epoch_ns)
    live.begin(epoch_ns)
    live.agenda.open = True
    try:
        for device in live.devices:
            await device.start(loop.inbox.post, loop.now_ns)
        loop.start()
        await _until_live(loop, live)
        for actor in live.actors:
            live.agenda.start(actor)
        live.agenda.open = False
        await loop.over
    except TooLate as error:
        return str(error)
    finally:
        loop.stop()
        for device in live.devices:
            await device.stop()
    return ""


async def _until_live(loop: "_TickLoop", live: Live) -> None:
    """Wait for all devices, telling each change; the machine idles meanwhile."""
    told: dict[str, str] = {}
    while not loop.over.done():
        waiting = False
        for device in live.devices:
            health = device.health()
            waiting |= not health.live
            if told.get(device.name) != health.text:
                told[device.name] = health.text
                live.tell(f"{device.name}: {health.text}")
        if not waiting:
            return
        if loop.now_ns() > live.options.wait_ns:
            late = [f"{d.name}: {d.health().text}" for d in live.devices if not d.health().live]
            raise InputError(
                f"not ready within {live.options.wait_ns / 1e9:g} s: " + "; ".join(late)
            )
        await asyncio.wait([loop.over], timeout=WATCH_S)
    await loop.over


class _TickLoop:
    """Runs the ticks that are due whenever the ticker rings."""

    def __init__(self, run: Run, inbox: Inbox, background: Background, live: Live) -> None:
        options = live.options
        self.inbox = inbox
        self.lateness = Lateness(options.period_ns)
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._run = run
        self._background = background
        self._watch = LateWatch(options.policy or default_policy(options.period_ns))
        self._period_ns = options.period_ns
        self._ticks = options.period_ns // TICK_NS
        self._ticker = make_ticker(asyncio.get_running_loop())
        self._epoch_ns = self._due_ns = 0

    def set_epoch(self, epoch_ns: int) -> None:
        """Let tick 0 be due at this time of the monotonic clock."""
        self._epoch_ns = self._due_ns = epoch_ns

    def now_ns(self) -> int:
        """Return the time since tick 0 was due."""
        return time.monotonic_ns() - self._epoch_ns

    def start(self) -> None:
        """Release ticks from the epoch on."""
        self._ticker.start(self._epoch_ns - EARLY_NS, self._period_ns, self._ring)

    def stop(self) -> None:
        """Release no more ticks."""
        self._ticker.stop()

    def _ring(self) -> None:
        if self.over.done():
            return
        try:
            for ticks in range(BURST_TICKS):
                wait_ns = self._due_ns - time.monotonic_ns()
                if wait_ns > (0 if ticks else EARLY_NS):
                    return  # devices have their turn, if the next one is not late already
                if wait_ns > 0:
                    time.sleep(wait_ns / NS_PER_S)
                if not self._deadline(time.monotonic_ns()):
                    self.over.set_result(None)
                    return
                self._due_ns += self._period_ns
        except BaseException as error:  # goes up from where the run is awaited
            self.over.set_exception(error)

    def _deadline(self, start_ns: int) -> bool:
        """Do the work of one deadline; return whether the run goes on."""
        late_ns = start_ns - self._due_ns
        self.lateness.skipped += late_ns >= self._period_ns
        tick = self._run.linac.supervisor.tick
        self._post(self._watch.see(tick, late_ns))
        self.lateness.holds = self._watch.holds
        self._post(self._background.report())
        times = [late_ns, 0, 0, 0]
        for _ in range(self._ticks):
            turn = self._run.gather()
            if turn is None:
                return False
            gathered_ns = time.monotonic_ns()
            frames = self._run.advance(turn, 1)
            advanced_ns = time.monotonic_ns()
            self._run.hand_out(frames)
            times[1] += gathered_ns - start_ns
            times[2] += advanced_ns - gathered_ns
            start_ns = time.monotonic_ns()
            times[3] += start_ns - advanced_ns
        self.lateness.add(times)
        return True

    def _post(self, message: Message | None) -> None:
        if message is not None:
            self.inbox.post(message)
