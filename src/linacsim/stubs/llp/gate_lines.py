"""The lines of a gate box: ready after a while, held by a script, told at each edge."""

from dataclasses import dataclass

from linacsim.devices.llp.messages import Channel, Flag, Gate, NakCode
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Faults, Kind
from linacsim.stubs.llp.instrument import Reading, RefusedSetting

EVERY_NS = 50 * NS_PER_MS
_LOOK_NS = 5 * NS_PER_MS
"""How often a chattering line is looked at; edges of the script are met exactly."""


@dataclass(frozen=True, slots=True)
class Script:
    """When the box asks for the beam to be held."""

    device: int = 0
    """Its id in BeamHoldDevices, 0 to 15."""
    ready_after_ns: int = NS_PER_S // 2
    holds_ns: tuple[tuple[int, int], ...] = ()
    """From and up to, besides the hold until it is ready."""
    repeat_ns: int | None = None
    """After this time the holds begin anew."""

    def held(self, time_ns: int) -> bool:
        """Return whether the script asks for a hold at a time."""
        if time_ns < self.ready_after_ns:
            return True
        within_ns = time_ns % self.repeat_ns if self.repeat_ns else time_ns
        return any(start <= within_ns < end for start, end in self.holds_ns)

    def next_edge_ns(self, after_ns: int) -> int | None:
        """Return when the lines may change next after a time."""
        edges = [edge for hold in self.holds_ns for edge in hold]
        if self.repeat_ns:
            base_ns = after_ns // self.repeat_ns * self.repeat_ns
            edges = [base_ns + edge + turn * self.repeat_ns for edge in edges for turn in (0, 1)]
        edges.append(self.ready_after_ns)
        return min((edge for edge in edges if edge > after_ns), default=None)


class GateLines:
    """Ready, enable and line fault of one box."""

    kind = "gate"
    channels: tuple[Channel, ...] = ()
    rate_hz = float(NS_PER_S // EVERY_NS)

    def __init__(self, script: Script, faults: Faults) -> None:
        """Begin with the beam held."""
        self._script = script
        self._faults = faults
        self._told: Gate | None = None
        self._next_ns = 0
        self._looked_ns = 0

    def configure(self, key: str, value: str, now_ns: int) -> str:  # noqa: ARG002
        """Take nothing: a gate box has no settings."""
        raise RefusedSetting(NakCode.BAD_KEY)

    def run(self, now_ns: int, *, on: bool) -> None:
        """Go on: lines are told whether or not samples are asked for."""

    def next_ns(self) -> int:
        """Return when to tell, or to look, next."""
        edge_ns = self._script.next_edge_ns(self._looked_ns)
        look_ns = self._looked_ns + _LOOK_NS if self._troubled(self._looked_ns) else None
        return min(time for time in (self._next_ns, edge_ns, look_ns) if time is not None)

    def due(self, now_ns: int) -> list[Reading]:
        """Tell each edge, and how the lines are each 50 ms."""
        readings = []
        while (time_ns := self.next_ns()) <= now_ns:
            time_ns = max(time_ns, now_ns - NS_PER_S)
            self._looked_ns = time_ns
            lines = self._lines(time_ns)
            if lines != self._told or time_ns >= self._next_ns:
                self._told = lines
                self._next_ns = time_ns + EVERY_NS
                readings.append(Reading(time_ns, lines, Flag.VALID))
        return readings

    def _troubled(self, time_ns: int) -> bool:
        kinds = (Kind.CHATTER, Kind.STUCK, Kind.LINE_FAULT)
        return any(self._faults.on(kind, time_ns) for kind in kinds)

    def _lines(self, time_ns: int) -> Gate:
        script, faults = self._script, self._faults
        enable = not script.held(time_ns)
        if rate := faults.value(Kind.CHATTER, time_ns):
            enable = bool(int(time_ns * rate / NS_PER_S) % 2)
        if faults.on(Kind.STUCK, time_ns):
            enable = True
        broken = faults.on(Kind.LINE_FAULT, time_ns) is not None
        ready = time_ns >= script.ready_after_ns and not broken
        return Gate(script.device, ready, enable and not broken, broken)
