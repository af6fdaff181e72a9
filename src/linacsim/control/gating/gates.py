"""All gates of a beam and the decision that they make together."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from linacsim.control.gating.axes import MachineReader, MachineValues, MotionReader
from linacsim.control.gating.gate import Gate
from linacsim.control.gating.triggers import Trigger
from linacsim.control.gating.watch import NEVER
from linacsim.model.samples import MotionState, TargetMotion


class GateDecision(NamedTuple):
    """What the gates allow now."""

    mv_allowed: bool
    kv_allowed: bool
    motion_compensation_allowed: bool
    fault: str
    """Why delivery must stop with a fault; empty for none."""
    needs_approval: bool
    """Whether a segmental gate was left and the operator has not yet approved going on."""
    changed_ns: int
    """When what is allowed changed last, in the time of the motion: the crossing between two
    samples where there is one, the end of a delay, or when a sample became too old."""
    known_ns: int
    """When that change could be known: not before the sample that showed it had arrived."""


class MotionGate(NamedTuple):
    """A gate over an axis of a tracking source."""

    source: str
    read: MotionReader
    gate: Gate


class MachineGate(NamedTuple):
    """A gate over a global axis."""

    read: MachineReader
    gate: Gate
    lower: float


class Gates:
    """The gates of a beam; the beam is allowed where all of them allow.

    Calls must come in order of time. The decision at a time does not depend on how often or when it
    was asked for in between. A sample must be given when it arrives, or before any later call.
    """

    def __init__(
        self, motion: Sequence[MotionGate] = (), machine: Sequence[MachineGate] = ()
    ) -> None:
        """Compose the gates; without any, all is allowed."""
        self._motion = {
            source: tuple(gate for gate in motion if gate.source == source)
            for source in dict.fromkeys(gate.source for gate in motion)
        }
        self._machine = tuple(machine)
        self._gates = (*(item.gate for item in motion), *(item.gate for item in machine))
        self._values: MachineValues | None = None
        self._next_ns = NEVER
        self._decision = GateDecision(*self._allowed(), "", False, 0, 0)

    @property
    def sources(self) -> tuple[str, ...]:
        """Tracking sources that the gates listen to."""
        return tuple(self._motion)

    @property
    def needs_machine_values(self) -> bool:
        """Whether `update_machine` must be called each tick."""
        return bool(self._machine)

    @property
    def decision(self) -> GateDecision:
        """The decision at the time of the last call."""
        return self._decision

    def next_change_ns(self) -> int | None:
        """Return when the decision may change if nothing arrives until then; None for never."""
        return self._next_ns if self._next_ns < NEVER else None

    def update(
        self, source: str, state: MotionState, now_ns: int, target: TargetMotion | None = None
    ) -> GateDecision:
        """Take the state of a source after a sample that arrives now.

        Windows on the target need `target`; without it they do not allow. A source that no gate
        listens to changes nothing.
        """
        self.advance(now_ns)
        measured_ns = state.measured_ns
        for _, read, gate in self._motion.get(source, ()):
            value = read(state, target) if state.valid else math.nan
            gate.offer(value, measured_ns, now_ns)
        return self._after_offers(now_ns)

    def update_machine(self, values: MachineValues) -> GateDecision:
        """Take the global axes as they are now."""
        now_ns = values.at_ns
        self.advance(now_ns)
        last, self._values = self._values, values
        for read, gate, lower in self._machine:
            value = read(values)
            gate.offer(value, now_ns, now_ns)
            if last is not None:
                gate.moved(last.at_ns, read(last), now_ns, value, lower)
        return self._after_offers(now_ns)

    def advance(self, now_ns: int) -> GateDecision:
        """Let time pass without a sample."""
        while self._next_ns <= now_ns:
            due_ns = known_ns = self._next_ns
            for gate in self._gates:
                if gate.next_ns <= due_ns and gate.step():
                    known_ns = max(known_ns, gate.known_ns)
            self._plan()
            self._decide(due_ns, known_ns)
        return self._decision

    def approve(self, now_ns: int) -> GateDecision:
        """Take the operator's approval for all segmental gates that were left.

        A gate that is still outside allows as soon as it is entered; left again, it asks again.
        """
        self.advance(now_ns)
        for gate in self._gates:
            gate.approve()
        self._decide(now_ns, now_ns)
        return self._decision

    def clear_faults(self, now_ns: int) -> GateDecision:
        """Forget faults, as the operator's beam-on does."""
        self.advance(now_ns)
        for gate in self._gates:
            gate.clear_fault()
        self._decide(now_ns, now_ns)
        return self._decision

    def take_triggers(self) -> tuple[Trigger, ...]:
        """Return the image triggers since the last call, in order of time."""
        fired = [trigger for gate in self._gates for trigger in gate.take_triggers()]
        return tuple(sorted(fired, key=lambda trigger: trigger.at_ns))

    def why(self) -> tuple[str, ...]:
        """Return why each gate that holds something does so, for people."""
        return tuple(gate.why() for gate in self._gates if not gate.allows and any(gate.impacts))

    def _after_offers(self, now_ns: int) -> GateDecision:
        self._plan()
        return self.advance(now_ns) if self._next_ns <= now_ns else self._decision

    def _plan(self) -> None:
        next_ns = NEVER
        for gate in self._gates:
            if gate.next_ns < next_ns:
                next_ns = gate.next_ns
        self._next_ns = next_ns

    def _decide(self, changed_ns: int, known_ns: int) -> None:
        """Renew the decision; its times stay where nothing else is allowed than before."""
        last = self._decision
        allowed = self._allowed()
        if allowed == last[: len(allowed)]:
            changed_ns, known_ns = last.changed_ns, last.known_ns
        self._decision = GateDecision(
            *allowed,
            self._fault(),
            any(gate.needs_approval for gate in self._gates),
            max(changed_ns, last.changed_ns),
            max(known_ns, last.known_ns),
        )

    def _allowed(self) -> tuple[bool, bool, bool]:
        """Return whether MV beam, kV beam and motion compensation are allowed."""
        sound = not self._fault()
        held = [gate.impacts for gate in self._gates if not gate.allows]
        return (
            sound and not any(impacts.mv for impacts in held),
            sound and not any(impacts.kv for impacts in held),
            not any(impacts.motion_compensation for impacts in held),
        )

    def _fault(self) -> str:
        return next((gate.fault for gate in self._gates if gate.fault), "")
