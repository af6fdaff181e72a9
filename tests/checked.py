"""Sources for checks over time: a breath as different devices see it, in simulated time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from linacsim.devices.catalogue import Condition
from linacsim.engines.heard import Check
from linacsim.model.messages import DeviceReport, Standing
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_MS, NS_PER_S, TICK_NS
from linacsim.motion.waveforms import Regular
from linacsim.stubs.distortion import distorted
from linacsim.stubs.faults import Faults, fault_of

Place = tuple[float, float, float]
BREATH = Regular(1.5, 4.0, power=2)


@dataclass
class Eye:
    """A source with a rate, a latency, noise and faults as stubs have them."""

    source: str
    rate_hz: float = 60.0
    latency_ns: int = 10 * NS_PER_MS
    faults: Sequence[str] = ()
    gone_s: tuple[float, float] = (1e9, 1e9)
    off_cm: Place = (0.0, 0.0, 0.0)
    see: Callable[[float], np.ndarray] | None = None
    _next: int = 0
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __post_init__(self) -> None:
        self._faults = Faults([fault_of(text) for text in self.faults], 1)

    def due(self, now_ns: int) -> list[PositionSample]:
        out = []
        while (time_ns := round(self._next * NS_PER_S / self.rate_hz)) + self.latency_ns <= now_ns:
            self._next += 1
            if not self.gone_s[0] <= time_ns / NS_PER_S < self.gone_s[1]:
                out.append(PositionSample(time_ns, now_ns, *self._place(time_ns)))
        return out

    def _place(self, time_ns: int) -> Place:
        seconds = time_ns / NS_PER_S
        at = self.see(seconds) if self.see else BREATH.positions(np.array([time_ns]))[0]
        noisy = at + self.off_cm + self._rng.normal(0.0, 0.005, 3)
        x, y, z = (10.0 * noisy).tolist()
        x, y, z = distorted(self._faults, (x, y, z), time_ns)
        return x / 10.0, y / 10.0, z / 10.0


@dataclass
class Checked:
    """A check that hears sources, and what it told when."""

    check: Check
    eyes: Sequence[Eye]
    reports: list[tuple[float, DeviceReport]] = field(default_factory=list)
    warned: list[tuple[float, Condition]] = field(default_factory=list)
    tick: int = 0

    def run_to(self, time_s: float) -> "Checked":
        while self.tick * TICK_NS < time_s * NS_PER_S:
            self.tick += 1
            now_ns = self.tick * TICK_NS
            for eye in self.eyes:
                for sample in eye.due(now_ns):
                    self.check.hear(eye.source, sample)
            self.check.wake(now_ns)
            now_s = now_ns / NS_PER_S
            self.warned += [(now_s, n.condition) for n in self.check.guard.notices()]
            if (report := self.check.guard.report()) is not None:
                self.reports.append((now_s, report))
        return self

    def first(self, standing: Standing, after_s: float = 0.0) -> tuple[float, str]:
        return next((t, r.text) for t, r in self.reports if t > after_s and r.standing is standing)

    def warned_at(self, condition: Condition) -> float:
        return next(t for t, one in self.warned if one is condition)

    @property
    def standing(self) -> Standing:
        return self.reports[-1][1].standing

    def troubled_after(self, time_s: float) -> bool:
        return any(t > time_s and r.standing is not Standing.GOOD for t, r in self.reports)
