"""What the machine is told of a gate box, whatever it speaks: readiness, edges, heart-beats.

A box that is not live is not ready, and its report holds the beam; its line is left alone, so that
no hold of ours passes for the box's own. Whether lines chatter or are stuck is judged by the
machine, for all kinds of lines alike (`linacsim.control.trusted_lines`).
"""

from linacsim.devices.catalogue import Condition
from linacsim.devices.health import SampleGuard
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import Fault, FaultKind, HeartBeats, HoldLine, Message
from linacsim.model.time import NS_PER_MS

EVERY_NS = 50 * NS_PER_MS
WATCHDOG_NS = 150 * NS_PER_MS
NO_PLACE = (0.0, 0.0, 0.0)
"""What the lines of a box are as a sample: they have no position."""


def box_limits(allowed: Mark) -> Limits:
    """Return what a box must keep to."""
    return Limits(
        EVERY_NS,
        least_age_ns=WATCHDOG_NS,
        frozen_samples=0,
        noise_floor_cm=0.0,
        allowed=allowed,
    )


class BoxLines:
    """The lines of one beam-hold device."""

    def __init__(self, device: int) -> None:
        """Start with the line down, as the machine does, and not ready."""
        self.device = device
        """Its id in BeamHoldDevices."""
        self._heard: tuple[bool, bool, int] | None = None
        self._ready = False
        self._held = False

    def heard(self, *, ready: bool, enable: bool, time_ns: int) -> HeartBeats:
        """Take the lines as they were at a time; return the beat that this is."""
        self._heard = ready, enable, time_ns
        return HeartBeats(self.device, time_ns)

    def changes(self, guard: SampleGuard, now_ns: int) -> list[Message]:
        """Return what has changed for the machine; silence of the box becomes a fault."""
        conditions = guard.conditions
        if Condition.DROPOUT in conditions and Condition.SILENT not in conditions:
            guard.bar(Condition.SILENT, now_ns)
        messages: list[Message] = []
        lines = self._heard if guard.live else None
        ready = lines is not None and lines[0]
        if lines is not None:
            _, enable, time_ns = lines
            held = not (ready and enable)
            if held != self._held:
                self._held = held
                messages.append(HoldLine(self.device, held, time_ns))
        if ready != self._ready:
            self._ready = ready
            kind = FaultKind.BEAM_HOLD_READY
            messages.append(Fault(kind, str(self.device), float(ready)))
        return messages
