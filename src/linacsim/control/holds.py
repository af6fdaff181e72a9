"""All that may hold the beam from outside: lines of devices, and the gate that follows motion."""

from linacsim.control.beam_gating import GATE, BeamGating, GatingMaker
from linacsim.control.gating.axes import MachineValues
from linacsim.control.hold_lines import HoldLines
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError
from linacsim.model.messages import HoldLine, Samples
from linacsim.model.time import TICK_NS, seconds, ticks_until, to_ns


class Holds:
    """Beam-hold requests of one machine, with their edges in time."""

    def __init__(self, machine: MachineSpec, gating_maker: GatingMaker) -> None:
        """Start with nothing holding."""
        self._lines = HoldLines(machine)
        self._gating_maker = gating_maker
        self._gating: BeamGating | None = None
        self._decision_ns = to_ns(machine.supervision.gate_decision_s)
        self._begun_ns: int | None = None
        self._early: list[Samples] = []

    def load(self, beam: Beam | None) -> None:
        """Obey the devices of a beam; its gate starts at `prepare`. None: the beam is gone."""
        self._gating = self._begun_ns = None
        self._lines.set(GATE, hold=False)
        self._lines.watch(beam)

    def prepare(self, beam: Beam, positions: Floats, now_ns: int) -> None:
        """Follow motion from PREPARE on (manual, "Activating the Gating Hardware")."""
        parts = self._gating_maker(beam, positions)
        if parts is not None:
            self._gating = BeamGating(parts, self._decision_ns)
            self._lines.watch(beam, GATE)
            self._lines.set(GATE, hold=not self._gating.allowed)
            for message in self._to_come(now_ns):
                self._gating.take(message)

    def begin(self, now_ns: int) -> None:
        """Let treatment time run from here, which is beam-on, whatever holds the beam later."""
        self._begun_ns = now_ns

    def post(self, message: HoldLine | Samples, now_ns: int) -> None:
        """Take an edge, or samples; those that come before a beam is prepared are left out."""
        if isinstance(message, HoldLine):
            self._lines.post(message, now_ns)
            return
        self._early = [*self._to_come(now_ns), message]
        if self._gating is not None:
            self._gating.take(message)

    def pass_to(self, now_ns: int, mu: float, gantry_deg: float) -> None:
        """Let everything up to now take effect, and know what comes within the next tick."""
        if self._gating is not None:
            if self._gating.needs_machine_values:
                seen = self._gating.see(self._values(now_ns, mu, gantry_deg))
                if seen is not None:
                    self._lines.post(seen, now_ns)
            while (edge := self._gating.follow(now_ns + TICK_NS)) is not None:
                self._lines.post(edge, now_ns)
        self._lines.pass_to(now_ns)

    def _values(self, now_ns: int, mu: float, gantry_deg: float) -> MachineValues:
        begun_ns = now_ns if self._begun_ns is None else self._begun_ns
        return MachineValues(now_ns, mu, gantry_deg, seconds(now_ns - begun_ns))

    def follow(self, now_ns: int, n: int) -> int:
        """Look up to n ticks ahead, or through the tick of the gate's next edge; return how far."""
        if self._gating is None:
            return n
        if self._gating.needs_approval or self._gating.needs_machine_values:
            return 1
        edge = self._gating.follow(now_ns + n * TICK_NS)
        if edge is None:
            return n
        self._lines.post(edge, now_ns)
        n = max(1, min(n, ticks_until(edge.time_ns - now_ns)))
        while (edge := self._gating.follow(now_ns + n * TICK_NS)) is not None:
            self._lines.post(edge, now_ns)
        return n

    def _to_come(self, now_ns: int) -> list[Samples]:
        """Return the samples handed over before their time that are received from now on."""
        left = [
            Samples(early.source, tuple(s for s in early.samples if s.received_ns > now_ns))
            for early in self._early
        ]
        return [message for message in left if message.samples]

    def holding(self) -> str:
        """Return what holds the beam now, for people; empty if nothing does."""
        return self._lines.holding()

    def released_after(self, now_ns: int) -> int | None:
        """Return how far into the coming tick the last hold goes; None if it stays."""
        released = self._lines.released_by(now_ns + TICK_NS)
        return None if released is None else released - now_ns

    def cut_after(self, now_ns: int) -> int | None:
        """Return in how many ns the beam will be held; None if that is not known to come."""
        hold = self._lines.next_hold_ns()
        return None if hold is None else hold - now_ns

    def next_change_ns(self) -> int | None:
        """Return when the next known edge takes effect."""
        return self._lines.next_change_ns()

    @property
    def fault(self) -> str:
        """Why the gate stops the delivery with a fault; empty for none."""
        return self._gating.fault if self._gating else ""

    def approve(self, now_ns: int) -> None:
        """Take the operator's approval. Raises InputError where nothing waits for it."""
        if self._gating is None or not self._gating.needs_approval:
            raise InputError("approve: no segmental window waits for approval")
        self._gating.approve(now_ns)

    def acknowledge(self, now_ns: int) -> str:
        """Forget faults of the gate; return the one that stays, empty for none."""
        if self._gating is None:
            return ""
        self._gating.clear_faults(now_ns)
        return self._gating.fault
