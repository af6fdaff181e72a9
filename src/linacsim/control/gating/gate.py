"""One gate: windows over one axis, and what is held while the value is in none of them.

"Closed" and "open" are avoided: the manual calls a gate closed while the beam is allowed ("Gating",
example 12), others mean the opposite. Here a gate `allows` or does not.
"""

from collections.abc import Sequence
from typing import NamedTuple

from linacsim.control.gating.triggers import Trigger, TriggerLine
from linacsim.control.gating.watch import NEVER, Side, Watch


class Impacts(NamedTuple):
    """What a gate holds while it does not allow."""

    mv: bool = True
    kv: bool = False
    motion_compensation: bool = False


class Gate:
    """Allows while the value is within any of its windows."""

    def __init__(
        self,
        name: str,
        watches: Sequence[Watch],
        impacts: Impacts = Impacts(),  # noqa: B008 - immutable
        *,
        segmental: bool = False,
        fault_on_exit: bool = False,
        triggers: TriggerLine | None = None,
    ) -> None:
        """Compose a gate.

        Args:
            name: for people, such as `Phase 125 to 230 deg`.
            watches: the windows; being within one is enough.
            impacts: what is held.
            segmental: once left, the operator must approve before it allows again.
            fault_on_exit: leaving it is a fault, which stays until cleared.
            triggers: images triggered by entering and leaving.
        """
        self.name = name
        self.impacts = impacts
        self.within = False
        self.needs_approval = False
        self.fault = ""
        self._watches = tuple(watches)
        self._segmental = segmental
        self._fault_on_exit = fault_on_exit
        self._triggers = triggers
        self.next_ns = NEVER
        """When a window will change if no sample comes."""
        self.changed_ns = self.known_ns = 0
        """When `within` changed last, and when that could be known."""

    @property
    def allows(self) -> bool:
        """Whether nothing is held on account of this gate."""
        return self.within and not self.needs_approval and not self.fault

    def offer(self, value: float, measured_ns: int, now_ns: int) -> None:
        """Give a sample to all windows; changes wait for `step`."""
        next_ns = NEVER
        for watch in self._watches:
            watch.offer(value, measured_ns, now_ns)
            if watch.next_ns < next_ns:
                next_ns = watch.next_ns
        self.next_ns = next_ns

    def moved(
        self, before_ns: int, before: float, after_ns: int, after: float, lower: float
    ) -> None:
        """Fire the triggers that an evenly moving value passed while within."""
        if self._triggers and self.within:
            self._triggers.passed(before_ns, before, after_ns, after, lower)

    def step(self) -> bool:
        """Make all changes due at `next_ns` together; return whether `within` changed."""
        due_ns = self.next_ns
        known_ns = due_ns
        for watch in self._watches:
            if watch.next_ns <= due_ns:
                watch.step()
                known_ns = max(known_ns, watch.known_ns)
        self.next_ns = min((watch.next_ns for watch in self._watches), default=NEVER)
        within = any(watch.within for watch in self._watches)
        if within is self.within:
            return False
        self.within = within
        self.changed_ns = max(due_ns, self.changed_ns)
        self.known_ns = max(known_ns, self.known_ns)
        if not within:
            self._left()
        if self._triggers:
            self._triggers.edge(self.changed_ns, entered=within)
        return True

    def approve(self) -> None:
        """Take the operator's approval to go on."""
        self.needs_approval = False

    def clear_fault(self) -> None:
        """Forget a fault."""
        self.fault = ""

    def take_triggers(self) -> tuple[Trigger, ...]:
        """Return the triggers since the last call."""
        return self._triggers.take() if self._triggers else ()

    def why(self) -> str:
        """Return why the gate does not allow, for people; empty where it does."""
        if self.allows:
            return ""
        if self.fault:
            return self.fault
        if self.needs_approval:
            return f"{self.name}: left; waits for the operator's approval"
        sides = {watch.side for watch in self._watches}
        if Side.INSIDE in sides:
            return f"{self.name}: entered; waits for its entry delay"
        if Side.OUTSIDE in sides:
            return f"{self.name}: outside"
        return f"{self.name}: no valid and recent sample"

    def _left(self) -> None:
        if self._segmental:
            self.needs_approval = True
        if self._fault_on_exit and not self.fault:
            self.fault = f"{self.name}: left its window"
