"""The gating of one beam: samples in their time become edges of the gate's beam-hold line.

Samples may be known before their time. They are followed only up to a limit, or to the first edge,
so that what is decided at a time never depends on what comes after it.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from linacsim.control.gating.axes import MachineValues
from linacsim.control.gating.gates import GateDecision, Gates
from linacsim.control.gating.source import GatedSource
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.messages import HoldLine, Samples
from linacsim.model.samples import PositionSample
from linacsim.model.time import TICK_NS

GATE = -1
"""Number of the gate among the beam-hold lines; devices have 0 to 15."""


@dataclass(frozen=True, slots=True)
class GatingParts:
    """What the gating of a beam is made of."""

    gates: Gates
    sources: Mapping[str, GatedSource]


GatingMaker = Callable[[Beam, Floats], GatingParts | None]
"""Makes the gating of a beam from its records and where all axes (n_axes,) stand at PREPARE; None
for a beam without gates."""


def no_gating(_beam: Beam, _positions: Floats) -> None:
    """Leave a beam's gates alone."""


class BeamGating:
    """Follows motion for one beam."""

    def __init__(self, parts: GatingParts, decision_ns: int) -> None:
        """Start without any sample; `decision_ns` passes from a sample to the edge it causes."""
        self._gates = parts.gates
        self._sources = parts.sources
        self._decision_ns = decision_ns
        self._queue: deque[tuple[str, PositionSample]] = deque()
        self._now_ns = 0
        self._fault, self._fault_ns = "", 0
        self._asks, self._asks_ns = False, 0
        self.allowed = parts.gates.decision.mv_allowed
        """Whether the gate allows the MV beam, as far as motion has been followed."""

    @property
    def fault(self) -> str:
        """Why the delivery must stop with a fault; empty for none.

        Motion may have been followed further than to now: what is still to come is not told.
        """
        return self._fault if self._fault_ns <= self._now_ns else ""

    @property
    def needs_approval(self) -> bool:
        """Whether the operator must approve before the gate allows again."""
        return self._asks and self._asks_ns <= self._now_ns

    def told_after_ns(self, now_ns: int) -> int | None:
        """Return when a fault or a question comes that is known ahead; None: none is."""
        known = ((self._fault, self._fault_ns), (self._asks, self._asks_ns))
        return min((at_ns for is_so, at_ns in known if is_so and at_ns > now_ns), default=None)

    def take(self, message: Samples) -> None:
        """Keep samples until their time."""
        if message.source in self._sources:
            self._queue.extend((message.source, sample) for sample in message.samples)

    def follow(self, until_ns: int) -> HoldLine | None:
        """Follow motion up to `until_ns` or to the first edge; return the edge.

        Asked for the tick to come it is told what time it is: that tick's begin.
        """
        self._now_ns = until_ns - TICK_NS
        while True:
            timer_ns = self._gates.next_change_ns()
            sample_ns = self._queue[0][1].received_ns if self._queue else None
            if sample_ns is not None and (timer_ns is None or sample_ns <= timer_ns):
                now_ns = sample_ns
            elif timer_ns is not None:
                now_ns = timer_ns
            else:
                return None
            if now_ns > until_ns:
                return None
            if now_ns == sample_ns:
                source, sample = self._queue.popleft()
                decision = self._sources[source].receive(sample)
            else:
                decision = self._gates.advance(now_ns)
            if (edge := self._edge(decision, now_ns)) is not None:
                return edge

    @property
    def needs_machine_values(self) -> bool:
        """Whether windows look at MU, gantry angle or time."""
        return self._gates.needs_machine_values

    def see(self, values: MachineValues) -> HoldLine | None:
        """Take the machine's own values; return the edge that they cause."""
        return self._edge(self._gates.update_machine(values), values.at_ns)

    def approve(self, now_ns: int) -> None:
        """Take the operator's approval to go on."""
        self._now_ns = now_ns
        if self.needs_approval:
            self._note(self._gates.approve(now_ns), now_ns)

    def clear_faults(self, now_ns: int) -> None:
        """Forget faults, as acknowledging does."""
        self._now_ns = now_ns
        if self.fault:
            self._note(self._gates.clear_faults(now_ns), now_ns)

    def why(self) -> str:
        """Return what the gate waits for, for people."""
        return "; ".join(self._gates.why()) or "gate"

    def _edge(self, decision: GateDecision, now_ns: int) -> HoldLine | None:
        """Return the edge that a decision causes.

        A fault and a question to the operator are edges too, so that nobody looks beyond them.
        """
        time_ns = now_ns + self._decision_ns
        told = self._note(decision, time_ns)
        if decision.mv_allowed == self.allowed and not told:
            return None
        self.allowed = decision.mv_allowed
        return HoldLine(GATE, not self.allowed, time_ns)

    def _note(self, decision: GateDecision, time_ns: int) -> bool:
        """Keep from when on there is a fault or a question; return whether there is a new one."""
        new_fault = bool(decision.fault) and not self._fault
        new_question = decision.needs_approval and not self._asks
        if new_fault:
            self._fault_ns = time_ns
        if new_question:
            self._asks_ns = time_ns
        self._fault, self._asks = decision.fault, decision.needs_approval
        return new_fault or new_question
