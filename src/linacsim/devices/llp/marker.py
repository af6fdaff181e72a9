"""The driver of a marker that speaks LLP/1."""

import math
from dataclasses import dataclass

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.driver import US, LlpDriver
from linacsim.devices.llp.events import Incoming
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.session import Command, Wanted
from linacsim.devices.ndi.calibration import Calibration
from linacsim.devices.sample import Limits, RawSample
from linacsim.model.messages import Samples
from linacsim.model.time import NS_PER_S

MM_OF = {"um": 0.001, "mm": 1.0, "cm": 10.0, "m": 1000.0}
AS_IN_THE_ROOM = Calibration.of((0.0, 0.0, 0.0), ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
"""For a device whose axes are those of the fixed room system."""


@dataclass(frozen=True, slots=True)
class MarkerSettings:
    """How a marker is used."""

    limits: Limits
    """`period_ns` is also the rate that the device is set to."""
    calibration: Calibration = AS_IN_THE_ROOM
    serial: str | None = None
    source: str = "NDI"
    """Tracking source it stands for."""
    binary: bool = False
    clock_ppm: float = CRYSTAL_PPM
    """As in `Wanted`."""


class LlpMarker(LlpDriver):
    """Makes `Samples` of S frames. Axes that the device does not have are 0."""

    def __init__(self, name: str, settings: MarkerSettings, host: HostState | None = None) -> None:
        """Start with the wire closed."""
        wanted = Wanted(
            ("marker", "adc", "combo"), settings.serial, _set_up(settings), settings.clock_ppm
        )
        super().__init__(name, wanted, settings.limits, host)
        self._settings = settings
        self._places: list[tuple[int, int, float]] = []

    def _known(self, helo: m.Helo, now_ns: int) -> None:
        """Find the channels x, y and z: (place in a sample, axis, mm of its unit)."""
        self._places = [
            (place, "xyz".index(channel.name), MM_OF[channel.unit])
            for place, channel in enumerate(helo.channels)
            if channel.name in ("x", "y", "z") and channel.unit in MM_OF
        ]
        if not self._places:
            names = ", ".join(f"{c.name}:{c.unit}" for c in helo.channels) or "none"
            text = f"its channels are {names}; wanted are x, y or z in {', '.join(MM_OF)}"
            self.guard.bar(Condition.WRONG_TOOL, now_ns, text)

    def _use(self, incoming: Incoming) -> None:
        frame, clock = incoming.frame, self.session.clock
        if not isinstance(frame.body, m.Sample) or not clock.synced:
            return
        raw = RawSample(
            self._position_cm(frame.body.values),
            clock.host_ns(incoming.time_us * US),
            incoming.time_us,
            self._marks(frame),
        )
        sample = self.guard.take(raw, incoming.arrived_ns)
        if sample is not None:
            self._messages.append(Samples(self._settings.source, (sample,)))

    def _judged(self, now_ns: int) -> None:
        """Add nothing: the guard's report says it all."""

    def _position_cm(self, values: tuple[float, ...]) -> tuple[float, float, float]:
        place_mm = [0.0, 0.0, 0.0]
        for place, axis, mm in self._places:
            value = values[place] if place < len(values) else math.nan
            if not math.isfinite(value):
                return (math.nan,) * 3
            place_mm[axis] = value * mm
        return self._settings.calibration.to_room_cm(place_mm)


def _set_up(settings: MarkerSettings) -> tuple[Command, ...]:
    rate = f"{NS_PER_S / settings.limits.period_ns:.4g}"
    commands: list[Command] = [lambda command: m.Configure(command, "rate", rate)]
    if settings.binary:
        commands.append(lambda command: m.Configure(command, "bin", "1"))
    return (*commands, m.Run)
