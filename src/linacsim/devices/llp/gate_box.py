"""The driver of a gate box that speaks LLP/1: the lines of one beam-hold device.

Edges carry the device's own time.
"""

from dataclasses import dataclass

from linacsim.devices.box_lines import NO_PLACE, BoxLines, box_limits
from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.driver import US, LlpDriver
from linacsim.devices.llp.events import Incoming
from linacsim.devices.llp.host_state import HostState
from linacsim.devices.llp.session import Wanted
from linacsim.devices.sample import Mark, RawSample


@dataclass(frozen=True, slots=True)
class GateBoxSettings:
    """How a gate box is used."""

    device: int
    """Id in BeamHoldDevices that it must have, 0 to 15."""
    serial: str | None = None
    clock_ppm: float = CRYSTAL_PPM
    """As in `Wanted`."""
    allowed: Mark = Mark.NONE
    """SIMULATED: a stub may release the beam of the emulator."""


class LlpGateBox(LlpDriver):
    """Makes hold lines, readiness and heart-beats of G frames."""

    def __init__(self, name: str, settings: GateBoxSettings, host: HostState | None = None) -> None:
        """Start with the line down, as the machine does, and not ready."""
        wanted = Wanted(("gate", "combo"), settings.serial, clock_ppm=settings.clock_ppm)
        super().__init__(name, wanted, box_limits(settings.allowed), host)
        self._box = BoxLines(settings.device)

    def _known(self, helo: m.Helo, now_ns: int) -> None:
        """Add nothing: a gate box has no channels."""

    def _use(self, incoming: Incoming) -> None:
        lines, clock = incoming.frame.body, self.session.clock
        if not isinstance(lines, m.Gate) or not clock.synced:
            return
        now_ns = incoming.arrived_ns
        if lines.device != self._box.device:
            text = f"it is beam-hold device {lines.device}, wanted is {self._box.device}"
            self.guard.bar(Condition.WRONG_TOOL, now_ns, text)
            return
        self.guard.allow(Condition.SILENT)
        time_ns = clock.host_ns(incoming.time_us * US)
        # An edge may come within the period; as a beat it is one too many, and no gap.
        raw = RawSample(NO_PLACE, time_ns, incoming.time_us, self._marks(incoming.frame))
        if self.guard.take(raw, now_ns) is not None:
            ready = lines.ready and not lines.line_fault
            at_ns = min(time_ns, now_ns)
            self._messages.append(self._box.heard(ready=ready, enable=lines.enable, time_ns=at_ns))

    def _judged(self, now_ns: int) -> None:
        """Tell the machine of what has changed."""
        self._messages += self._box.changes(self.guard, now_ns)
