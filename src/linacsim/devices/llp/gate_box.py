"""The driver of a gate box that speaks LLP/1: the lines of one beam-hold device.

Edges carry the device's own time. A box that is not live is not ready, and its report holds the
beam; its line is left alone, so that no hold of ours passes for the box's own. Whether lines
chatter or are stuck is judged by the machine, for all kinds of lines alike
(`linacsim.control.trusted_lines`).
"""

from dataclasses import dataclass

from linacsim.devices.catalogue import Condition
from linacsim.devices.clock_sync import CRYSTAL_PPM
from linacsim.devices.llp import messages as m
from linacsim.devices.llp.driver import US, LlpDriver, marks_of
from linacsim.devices.llp.session import Incoming, Wanted
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.model.messages import Fault, FaultKind, HeartBeats, HoldLine
from linacsim.model.time import NS_PER_MS

EVERY_NS = 50 * NS_PER_MS
WATCHDOG_NS = 150 * NS_PER_MS
_NO_PLACE = (0.0, 0.0, 0.0)


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

    def __init__(self, name: str, settings: GateBoxSettings) -> None:
        """Start with the line down, as the machine does, and not ready."""
        limits = Limits(
            EVERY_NS,
            least_age_ns=WATCHDOG_NS,
            frozen_samples=0,
            noise_floor_cm=0.0,
            allowed=settings.allowed,
        )
        wanted = Wanted(("gate", "combo"), settings.serial, clock_ppm=settings.clock_ppm)
        super().__init__(name, wanted, limits)
        self._device = settings.device
        self._lines: m.Gate | None = None
        self._changed_ns = 0
        self._ready = False
        self._held = False

    def _use(self, incoming: Incoming) -> None:
        lines, clock = incoming.frame.body, self.session.clock
        if not isinstance(lines, m.Gate) or not clock.synced:
            return
        now_ns = incoming.arrived_ns
        if lines.device != self._device:
            text = f"it is beam-hold device {lines.device}, wanted is {self._device}"
            self.guard.bar(Condition.WRONG_TOOL, now_ns, text)
            return
        self.guard.allow(Condition.SILENT)
        time_ns = clock.host_ns(incoming.time_us * US)
        # An edge may come within the period; as a beat it is one too many, and no gap.
        raw = RawSample(_NO_PLACE, time_ns, incoming.time_us, marks_of(incoming.frame.flags))
        if self.guard.take(raw, now_ns) is not None:
            self._lines, self._changed_ns = lines, min(time_ns, now_ns)
            self._messages.append(HeartBeats(self._device, self._changed_ns))

    def _judged(self, now_ns: int) -> None:
        """Tell the machine of what has changed."""
        conditions = self.guard.conditions
        if Condition.DROPOUT in conditions and Condition.SILENT not in conditions:
            self.guard.bar(Condition.SILENT, now_ns)
        lines = self._lines if self.guard.live else None
        ready = lines is not None and lines.ready and not lines.line_fault
        if lines is not None:
            self._tell_line(held=not (ready and lines.enable))
        if ready != self._ready:
            self._ready = ready
            kind = FaultKind.BEAM_HOLD_READY
            self._messages.append(Fault(kind, str(self._device), float(ready)))

    def _tell_line(self, *, held: bool) -> None:
        if held != self._held:
            self._held = held
            self._messages.append(HoldLine(self._device, held, self._changed_ns))
