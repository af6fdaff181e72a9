"""Drivers of LLP/1 and their stubs on simulated wires."""

from linacsim.devices.catalogue import Condition
from linacsim.devices.llp.gate_box import GateBoxSettings, LlpGateBox
from linacsim.devices.llp.marker import LlpMarker, MarkerSettings
from linacsim.devices.peer import Driver
from linacsim.devices.sample import Limits, Mark
from linacsim.engines.wired import SimulatedWire
from linacsim.model.messages import DeviceReport, Message, Samples, Standing
from linacsim.model.time import NS_PER_S, TICK_NS
from linacsim.motion.waveforms import Regular
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.llp.box import Identity, LlpBox
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.gate_lines import GateLines, Script
from linacsim.stubs.llp.marker import Marker
from linacsim.stubs.plug import Plug

LIMITS = Limits(NS_PER_S // 60, allowed=Mark.SIMULATED)


class Wired:
    """A driver and a stub, run tick by tick."""

    def __init__(
        self, driver: Driver, stub: LlpBox, plug: Plug | None = None, baud: int = 115_200
    ) -> None:
        self.driver = driver
        self.stub = stub
        self.wire = SimulatedWire(driver, stub, baud=baud, plug=plug)
        self.tick = 0
        self.messages: list[tuple[float, Message]] = []

    def run_to(self, time_s: float) -> "Wired":
        while self.tick * TICK_NS < time_s * NS_PER_S:
            self.tick += 1
            self.wire.advance(self.tick * TICK_NS)
            now_s = self.tick * TICK_NS / NS_PER_S
            self.messages += [(now_s, message) for message in self.driver.messages()]
        return self

    @property
    def reports(self) -> list[tuple[float, DeviceReport]]:
        return [(t, message) for t, message in self.messages if isinstance(message, DeviceReport)]

    @property
    def samples(self) -> list[tuple[float, Samples]]:
        return [(t, message) for t, message in self.messages if isinstance(message, Samples)]

    def standing_at(self, time_s: float) -> Standing:
        return [report for t, report in self.reports if t <= time_s][-1].standing

    def first(self, standing: Standing, after_s: float) -> float:
        """Return when the standing became this after a time."""
        return next(t for t, report in self.reports if t > after_s and report.standing is standing)

    def text(self) -> str:
        return " | ".join(report.text for _, report in self.reports)

    def counts(self, condition: Condition) -> int:
        return self.driver.guard.counts[condition]  # type: ignore[attr-defined, no-any-return]


def marker(
    *faults: str,
    settings: MarkerSettings | None = None,
    identity: Identity | None = None,
    clock: DeviceClock | None = None,
    plug: Plug | None = None,
    baud: int = 115_200,
) -> Wired:
    """Return a marker that breathes, with faults as a user writes them."""
    on = Faults([fault_of(fault) for fault in faults], seed=3)
    stub = LlpBox(Marker(Regular(1.5, 4.0, power=2), on), on, identity, clock)
    return Wired(LlpMarker("marker", settings or MarkerSettings(LIMITS)), stub, plug, baud)


def gate(*faults: str, script: Script | None = None) -> Wired:
    """Return a gate box that holds as a script says."""
    on = Faults([fault_of(fault) for fault in faults], seed=3)
    stub = LlpBox(GateLines(script or Script(), on), on)
    return Wired(LlpGateBox("gate", GateBoxSettings(0, allowed=Mark.SIMULATED)), stub)
