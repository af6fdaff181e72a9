"""The lines that a beam relies on, each with its watch: devices, the gate, its sources of samples.

A doubted line holds the beam as if it were up: its doubt is a line of its own, with the impact of
the line doubted, so that the dose stops at the moment of doubt plus latency.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from linacsim.control import interlocks as il
from linacsim.control.beam_gating import GATE
from linacsim.control.hold_lines import Impact
from linacsim.control.line_trust import NEVER, Doubt, LineTrust
from linacsim.machines.spec import MachineSpec
from linacsim.model.messages import HeartBeats, HoldLine, Samples
from linacsim.model.time import TICK_NS, to_ns

DOUBT = 1000
"""Added to the number of a line: the line that is up while that one is doubted."""
_FIRST_SOURCE = GATE - 1

FAULTS = {
    Doubt.CHATTER: il.HOLD_LINE_CHATTER,
    Doubt.SILENT: il.HOLD_LINE_SILENT,
    Doubt.STUCK: il.HOLD_LINE_STUCK,
}


class TrustedLines:
    """Watches over the lines that a beam obeys; none before one is loaded."""

    def __init__(self, machine: MachineSpec) -> None:
        """Watch nothing."""
        self._machine = machine
        self._lines: dict[int, LineTrust] = {}
        self._names: dict[int, str] = {}
        self._sources: dict[str, int] = {}
        self._asked = False

    def load(self, devices: Mapping[int, bool]) -> None:
        """Watch the devices that a beam lists, each with whether its line is up, and no others."""
        self._lines = {
            device: LineTrust(self._machine.line_rules(device), up=up)
            for device, up in devices.items()
        }
        self._names = {device: f"device {device}" for device in self._lines}
        self._sources = {}
        self._asked = False

    def follow_gate(self, sources: Iterable[str]) -> None:
        """Watch the gate and its tracking sources too.

        A source must be heard again and again, whatever it says, once it has been heard.
        """
        rules = self._machine.gate_line
        heard = replace(rules, longest_quiet_s=0.0, watchdog_s=rules.samples_lost_s)
        self._lines[GATE], self._names[GATE] = LineTrust(rules), "the gate"
        for number, source in enumerate(sources):
            line = _FIRST_SOURCE - number
            self._lines[line], self._names[line] = LineTrust(heard), f"source {source}"
            self._sources[source] = line

    def arm(self, now_ns: int) -> None:
        """Ask for heart-beats from PREPARE on."""
        for line in self._lines.values():
            line.arm(now_ns)

    def impacts(self, own: Mapping[int, Impact]) -> dict[int, Impact]:
        """Return the impacts of lines with those of their doubts; sources have the gate's."""
        doubts = {line + DOUBT: own.get(max(line, GATE), Impact()) for line in self._lines}
        return {**own, **doubts}

    def take(self, message: HoldLine | HeartBeats | Samples, now_ns: int) -> None:
        """Take an edge, beats or samples of a line that is watched."""
        if isinstance(message, HoldLine):
            if (line := self._lines.get(message.device)) is not None:
                line.edge(max(message.time_ns, now_ns), hold=message.hold)
        elif isinstance(message, HeartBeats):
            if (line := self._lines.get(message.device)) is not None:
                self._beat(line, message)
        elif (number := self._sources.get(message.source)) is not None:
            for sample in message.samples:
                self._lines[number].beat(sample.received_ns, sample.received_ns)

    def edges(self, now_ns: int, *, asked: bool) -> Iterator[HoldLine]:
        """Yield the edges of doubts within the coming tick; `asked`: the beam runs or is held."""
        if asked != self._asked:
            self._asked = asked
            for line in self._lines.values():
                line.ask(now_ns, asked=asked)
        for number, line in self._lines.items():
            for turn in line.turns(now_ns, now_ns + TICK_NS):
                yield HoldLine(number + DOUBT, turn.doubted, turn.time_ns)

    def calm_ticks(self, now_ns: int, n: int) -> int:
        """Return how many of n ticks pass before a doubt or a fault may come in one."""
        due_ns = NEVER
        for line in self._lines.values():
            due_ns = min(due_ns, line.next_turn_ns(), line.next_fault_ns(now_ns))
        return max(1, min(n, (due_ns - now_ns) // TICK_NS))

    def conditions(self, now_ns: int) -> dict[str, str]:
        """Return the detail of each interlock of lines that are not to be relied on."""
        found: dict[str, list[str]] = {name: [] for name in FAULTS.values()}
        for number, line in self._lines.items():
            if (fault := line.fault(now_ns)) is not None:
                found[FAULTS[fault[0]]].append(f"{self._names[number]}: {fault[1]}")
        untested = [self._names[n] for n, line in self._lines.items() if line.untested]
        texts = {name: "; ".join(texts) for name, texts in found.items()}
        return texts | {il.HOLD_LINE_UNTESTED: ", ".join(untested)}

    def name(self, line: int) -> str:
        """Return a line, or the doubt of one, for people."""
        doubted = line - DOUBT
        if doubted not in self._lines:
            return self._names[line]
        return f"{self._names[doubted]} ({self._lines[doubted].why()})"

    def _beat(self, line: LineTrust, beats: HeartBeats) -> None:
        first_ns, every_ns = beats.first_ns, beats.every_ns
        if beats.count == 0:
            line.silence(first_ns)
        elif every_ns < to_ns(self._machine.line_rules(beats.device).watchdog_s):
            line.beat(first_ns, first_ns + (beats.count - 1) * every_ns)
        else:
            for number in range(beats.count):
                line.beat(first_ns + number * every_ns, first_ns + number * every_ns)
