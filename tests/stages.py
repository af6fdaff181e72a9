"""Stages of both kinds on simulated wires, for tests."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linacsim.devices.grbl.driver import GrblDriver, GrblSettings
from linacsim.devices.llp.stage import LlpStage as LlpStageDriver
from linacsim.devices.llp.stage import LlpStageSettings
from linacsim.devices.stages.course import MotionCourse, MountedAxis, Mounting
from linacsim.devices.stages.driver import StageDriver, StageSettings
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.zaber.driver import ZaberDriver, ZaberSettings
from linacsim.engines.wired import SimulatedWire
from linacsim.model.messages import DeviceReport, Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.motion.source import Motion
from linacsim.motion.waveforms import Regular
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.llp.box import Identity, LlpBox
from linacsim.stubs.llp.clock import DeviceClock
from linacsim.stubs.llp.stage import LlpStage, StageBuild
from linacsim.stubs.zaber.device import Build, Zaber

BREATH = Regular(2.0, 4.0, power=2)
MICROSTEP_MM = Build().microstep_mm
LOOK_NS = 10 * NS_PER_MS
PLAYS_BY_NS = 8 * NS_PER_S
"""By then a stub has homed, approached and plays."""


@dataclass
class Rig:
    """A driver, a stub and what the machine was told, with when."""

    driver: StageDriver
    stub: Grbl | Zaber | LlpStage
    wire: SimulatedWire
    settings: StageSettings
    told: list[tuple[int, DeviceReport]]
    now_ns: int = 0

    def run(self, until_ns: int) -> "Rig":
        """Let time pass, ten milliseconds at a time as the machine does."""
        while self.now_ns < until_ns:
            self.now_ns += LOOK_NS
            self.wire.advance(self.now_ns)
            reports = (m for m in self.driver.messages() if isinstance(m, DeviceReport))
            self.told += [(self.now_ns, report) for report in reports]
        return self

    def until(self, state: str, most_s: float = 60.0) -> "Rig":
        """Let time pass until the stage has got to a state."""
        end_ns = self.now_ns + round(most_s * NS_PER_S)
        while self.driver.guard.state != state:
            assert self.now_ns < end_ns, self.driver.health().text
            self.run(self.now_ns + LOOK_NS)
        return self

    def first(self, standing: Standing) -> tuple[int, str]:
        """Return when the stage first stood like that, and why."""
        return next((t, report.text) for t, report in self.told if report.standing is standing)

    def true_mm(self, times_ns: np.ndarray) -> np.ndarray:
        """Return (n,) where the first axis really was."""
        return self.stub.places_mm(times_ns)[:, 0]

    def moves(self, for_ns: int = NS_PER_S) -> bool:
        """Return whether the stage moves in the time to come."""
        begin_ns = self.now_ns
        self.run(begin_ns + for_ns)
        true = self.true_mm(np.arange(begin_ns, begin_ns + for_ns, LOOK_NS))
        return bool(np.ptp(true) > 1e-6)

    def error_mm(self, from_ns: int, until_ns: int) -> np.ndarray:
        """Return how far the stage was from its course, every 10 ms."""
        times = np.arange(from_ns, until_ns, LOOK_NS)
        return self.true_mm(times) - self.settings.course.positions_mm(times)[:, 0]


def faults(*texts: str) -> Faults:
    return Faults([fault_of(text) for text in texts])


def grbl_settings(motion: Motion = BREATH, zero_mm: float = -50.0, **keys) -> StageSettings:
    course = MotionCourse(motion, Mounting((MountedAxis("X", "z", zero_mm),)))
    limits = keys.pop("limits", StageLimits((AxisLimits("X", -100.0, 0.0, 100.0, 1000.0),)))
    return StageSettings(limits, course, **keys)


def zaber_settings(motion: Motion = BREATH, zero_mm: float = 50.0, **keys) -> StageSettings:
    course = MotionCourse(motion, Mounting((MountedAxis("1", "z", zero_mm),)))
    limits = keys.pop("limits", StageLimits((AxisLimits("1", 0.0, 100.0, 100.0, 1000.0),)))
    return StageSettings(limits, course, **({"period_ns": 25 * NS_PER_MS} | keys))


def grbl_rig(*fault_texts: str, stub: Grbl | None = None, depth: int = 4, wire=None, **keys) -> Rig:
    settings = grbl_settings(**keys)
    driver = GrblDriver("stage", GrblSettings(settings, depth))
    peer = stub or Grbl(faults=faults(*fault_texts))
    return Rig(driver, peer, SimulatedWire(driver, peer, **(wire or {})), settings, [])


def zaber_rig(*fault_texts: str, stub: Zaber | None = None, wire=None, **keys) -> Rig:
    settings = zaber_settings(**keys)
    driver = ZaberDriver("stage", ZaberSettings(settings, MICROSTEP_MM))
    peer = stub or Zaber(faults=faults(*fault_texts))
    return Rig(driver, peer, SimulatedWire(driver, peer, **(wire or {})), settings, [])


def llp_rig(*fault_texts: str, stub: LlpStage | None = None, wire=None, **keys) -> Rig:
    motion, zero_mm = keys.pop("motion", BREATH), keys.pop("zero_mm", 50.0)
    course = MotionCourse(motion, Mounting((MountedAxis("0", "z", zero_mm),)))
    limits = keys.pop("limits", StageLimits((AxisLimits("0", 0.0, 100.0, 100.0, 1000.0),)))
    settings = StageSettings(limits, course, **keys)
    driver = LlpStageDriver("stage", LlpStageSettings(settings))
    on = faults(*fault_texts)
    stage = stub or LlpStage(StageBuild(), on)
    box = LlpBox(stage, on, Identity(serial="0001"), DeviceClock(4_000_000_000, 30.0))
    return Rig(driver, stage, SimulatedWire(driver, box, **(wire or {})), settings, [])


RIGS: dict[str, Callable[..., Rig]] = {"grbl": grbl_rig, "zaber": zaber_rig, "llp": llp_rig}


def swift(axis: str, lower_mm: float, upper_mm: float) -> StageLimits:
    """Return limits that are far from any course."""
    return StageLimits((AxisLimits(axis, lower_mm, upper_mm, 1000.0, 1e5),))
