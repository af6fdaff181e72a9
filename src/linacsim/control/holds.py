"""All that may hold the beam from outside: lines of devices, and the gate that follows motion."""

from collections.abc import Iterable
from typing import NamedTuple

from linacsim.control import interlocks as il
from linacsim.control.beam_gating import GATE, BeamGating, GatingMaker
from linacsim.control.gating.axes import MachineValues
from linacsim.control.hold_lines import HoldLines, Impact, impacts_of
from linacsim.control.proposal import Course
from linacsim.control.trusted_lines import TrustedLines
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.findings import InputError
from linacsim.model.gating import RESPIRATORY_GATE
from linacsim.model.messages import HeartBeats, HoldLine, Samples
from linacsim.model.signals import Readings, State
from linacsim.model.time import TICK_NS, seconds, ticks_until, to_ns

ASKED_FOR = (State.DELIVERING, State.HOLDING)


class Progress(NamedTuple):
    """How the beam stands to its plan."""

    stands: bool
    """No plan runs that SyncStop would have to ramp down first."""
    needs_dose: bool
    """Motion cannot go on without dose, so that a line that stops the beam stops both."""
    may_go: bool
    """Nothing but lines holds the beam."""


class Holds:
    """Beam-hold requests of one machine, with their edges in time."""

    def __init__(self, machine: MachineSpec, gating_maker: GatingMaker) -> None:
        """Start with nothing holding."""
        self._lines = HoldLines(machine)
        self._trusted = TrustedLines(machine)
        self._impacts: dict[int, Impact] = {}
        self._gating_maker = gating_maker
        self._gating: BeamGating | None = None
        self._decision_ns = to_ns(machine.supervision.gate_decision_s)
        self._begun_ns: int | None = None
        self._early: list[Samples] = []
        self.delay_ns = 0
        """How far into the coming tick a hold that has just ended was released."""

    # A beam --------------------------------------------------------------------------------

    def load(self, beam: Beam | None) -> None:
        """Obey the devices of a beam; its gate starts at `prepare`. None: the beam is gone."""
        self._gating = self._begun_ns = None
        self._lines.put(GATE, hold=False)
        for doubt in self._trusted.impacts({}):
            self._lines.put(doubt, hold=False)
        self._impacts = impacts_of(beam) if beam else {}
        self._trusted.load({device: self._lines.is_up(device) for device in self._impacts})
        self._lines.watch(self._trusted.impacts(self._impacts))

    def prepare(self, beam: Beam, positions: Floats, now_ns: int) -> None:
        """Follow motion from PREPARE on (manual, "Activating the Gating Hardware")."""
        parts = self._gating_maker(beam, positions)
        if parts is not None:
            self._gating = BeamGating(parts, self._decision_ns)
            self._impacts[GATE] = self._impacts.get(RESPIRATORY_GATE, Impact())
            self._trusted.follow_gate(parts.sources)
            self._lines.watch(self._trusted.impacts(self._impacts))
            self._lines.put(GATE, hold=not self._gating.allowed)
            for message in self._to_come(now_ns):
                self._gating.take(message)
                self._trusted.take(message, now_ns)
        self._trusted.arm(now_ns)

    def begin(self, now_ns: int) -> None:
        """Let treatment time run from here, which is beam-on, whatever holds the beam later."""
        self._begun_ns = now_ns

    # Messages ------------------------------------------------------------------------------

    def post(self, message: HoldLine | HeartBeats | Samples, now_ns: int) -> None:
        """Take an edge, beats or samples; samples before a beam is prepared are left out."""
        if isinstance(message, Samples):
            self._early = [*self._to_come(now_ns), message]
            if self._gating is not None:
                self._gating.take(message)
        if isinstance(message, HoldLine):
            self._edge(message, now_ns)
        else:
            self._trusted.take(message, now_ns)

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

    # Time ----------------------------------------------------------------------------------

    def pass_to(self, now_ns: int, readings: Readings, state: State) -> None:
        """Let everything up to now take effect, and know what comes within the next tick."""
        if self._gating is not None:
            if self._gating.needs_machine_values:
                seen = self._gating.see(self._values(now_ns, readings))
                if seen is not None:
                    self._edge(seen, now_ns)
            while (edge := self._gating.follow(now_ns + TICK_NS)) is not None:
                self._edge(edge, now_ns)
        for edge in self._trusted.edges(now_ns, asked=state in ASKED_FOR):
            self._lines.post(edge, now_ns)
        self._lines.pass_to(now_ns)

    def follow(self, now_ns: int, n: int, state: State) -> int:
        """Return up to n ticks in the last of which, at the earliest, a line may change.

        A beam that is held goes on within the tick in which a line drops, which is decided at that
        tick's begin.
        """
        n = self._trusted.calm_ticks(now_ns, self._follow_gate(now_ns, n))
        change_ns = self._lines.next_change_ns()
        if change_ns is None:
            return n
        left_ns = change_ns - now_ns
        ticks = left_ns // TICK_NS if state is State.HOLDING else ticks_until(left_ns)
        return max(1, min(n, ticks))

    def _follow_gate(self, now_ns: int, n: int) -> int:
        """Look up to n ticks ahead, or through the tick of the gate's next edge; return how far."""
        if self._gating is None:
            return n
        if self._gating.needs_approval or self._gating.needs_machine_values:
            return 1
        if (told_ns := self._gating.told_after_ns(now_ns)) is not None:
            n = min(n, ticks_until(told_ns - now_ns))
        edge = self._gating.follow(now_ns + n * TICK_NS)
        if edge is None:
            return n
        self._edge(edge, now_ns)
        n = max(1, min(n, ticks_until(edge.time_ns - now_ns)))
        while (edge := self._gating.follow(now_ns + n * TICK_NS)) is not None:
            self._edge(edge, now_ns)
        return n

    def _edge(self, edge: HoldLine, now_ns: int) -> None:
        self._lines.post(edge, now_ns)
        self._trusted.take(edge, now_ns)

    def _values(self, now_ns: int, readings: Readings) -> MachineValues:
        begun_ns = now_ns if self._begun_ns is None else self._begun_ns
        mu, gantry_deg = float(readings.mu[-1]), float(readings.position[-1, Axis.GANTRY_RTN])
        return MachineValues(now_ns, mu, gantry_deg, seconds(now_ns - begun_ns))

    def _to_come(self, now_ns: int) -> list[Samples]:
        """Return the samples handed over before their time that are received from now on."""
        left = [
            Samples(early.source, tuple(s for s in early.samples if s.received_ns > now_ns))
            for early in self._early
        ]
        return [message for message in left if message.samples]

    # What follows --------------------------------------------------------------------------

    def course(self, now_ns: int) -> Course:
        """Return what lines ask of a delivery in the coming ticks."""
        dark_ns, begin_ns = self._lines.next_dark_ns(), now_ns + self.delay_ns
        return Course(
            None if dark_ns is None else dark_ns - now_ns,
            dark=bool(self._lines.darkening(begin_ns)),
            slowing=bool(self._lines.slowing(begin_ns)),
        )

    def lines(self, now_ns: int, progress: Progress) -> dict[str, str]:
        """Return the detail of each interlock of lines that are up.

        A line that drops within the coming tick no longer holds a beam that may go on: it does so
        within that tick, `delay_ns` into it, and what that tick is told is how lines stand then.
        """
        self.delay_ns = 0
        held, told = self._holding(now_ns, progress)
        if held and progress.may_go:
            released_ns = self._lines.released_by(now_ns + TICK_NS, beam=progress.needs_dose)
            if released_ns is not None:
                self.delay_ns = released_ns - now_ns
                self._lines.pass_to(released_ns)
                held, told = self._holding(released_ns, progress)
        return {il.BEAM_HOLD: self._named(held)} | told

    def _holding(self, now_ns: int, progress: Progress) -> tuple[set[int], dict[str, str]]:
        """Return the lines that hold the beam, and the details of those that do not yet."""
        slowing, dark = self._lines.slowing(now_ns), self._lines.darkening(now_ns)
        held = self._lines.stopping()
        if progress.stands:
            held |= slowing
        if progress.needs_dose:
            held |= dark
        told = {
            il.MV_HOLD: self._named(dark - held - slowing),
            il.SYNC_STOP: self._named(slowing - held),
        }
        return held, told

    def faults(self, now_ns: int) -> dict[str, str]:
        """Return the detail of each interlock of the gate's faults and of lines in doubt."""
        gate = self._gating.fault if self._gating else ""
        return {il.GATE_FAULT: gate} | self._trusted.conditions(now_ns)

    def _named(self, lines: Iterable[int]) -> str:
        return ", ".join(self._trusted.name(line) for line in sorted(lines))
