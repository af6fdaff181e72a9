"""The TrueBeam supervisor: obeys messages, watches interlocks, proposes what comes next.

One tick runs `handle` for each message, then `decide`, then `propose`; the plant answers; then
`judge` and `accept`. A block of ticks runs `decide` once: `judge` cuts the block where a decision
is due, so that no tick goes undecided. Transitions are in `states`, interlocks in `interlocks`.
"""

import numpy as np

from linacsim.control import interlocks as il
from linacsim.control.beam_gating import GatingMaker, no_gating
from linacsim.control.console import Console
from linacsim.control.holds import ASKED_FOR, Progress
from linacsim.control.loaded_beam import LoadedBeam, Planner
from linacsim.control.moves import Mover, go_to_target, pendant_target
from linacsim.control.presses import PRESSES, STARTS, UNSUPPORTED
from linacsim.control.proposal import NOWHERE, Proposal, standing
from linacsim.control.stance import Stance
from linacsim.control.state_table import way
from linacsim.control.states import (
    BUTTONS,
    FROZEN,
    OBEYED,
    STANDING,
    Do,
    Happening,
    look_up,
)
from linacsim.control.watch import first_true
from linacsim.control.way_back import WayBack
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Effect, Right
from linacsim.model.messages import (
    Action,
    Load,
    Message,
    Operator,
)
from linacsim.model.signals import Readings, State
from linacsim.model.time import TICK_NS, to_ns

NO_TIMER = 1 << 30


class Supervisor(Console[Happening]):
    """Control of one TrueBeam."""

    presses = PRESSES
    unsupported = UNSUPPORTED

    def __init__(
        self,
        machine: MachineSpec,
        rights: Right,
        planner: Planner,
        mover: Mover,
        gating_maker: GatingMaker = no_gating,
    ) -> None:
        """Stand idle at the machine's start positions."""
        super().__init__(machine, rights, gating_maker)
        self.state = State.IDLE
        self.loaded: LoadedBeam | None = None
        self._planner = planner
        self._mover = mover
        self._stance = Stance(machine.start)
        self._settling = False
        self._changed = False
        self._way_back = WayBack(self._stance, self._move_to)
        self._check_ticks = 0
        self._message: Message | None = None

    # Once a tick ---------------------------------------------------------------------------

    def handle(self, message: Message, readings: Readings) -> None:
        """Obey one message."""
        self._message = message
        self._settling = bool(readings.moving.any())
        try:
            if isinstance(message, Load):
                self._happen(Happening.LOAD, readings)
            elif isinstance(message, Operator):
                self._operate(message, readings)
            else:
                self._note(message)
        except InputError as refusal:
            self._tell("refused", str(refusal))
        beam = self.loaded.beam if self.loaded else None
        self._watch(self._room.conditions(beam))

    def decide(self, readings: Readings) -> None:
        """Watch interlocks, obey their effects, let finished things finish."""
        self._settling = bool(readings.moving.any())
        before = self.state, self._stance.moving
        self._holds.pass_to(self._now_ns, readings, self.state)
        if self.state is State.HOLDING:
            self._way_back.follow(self._beam(), readings)
        self._watch(self._holds.lines(self._now_ns, self._progress(readings)))
        self._watch(self._axis_conditions(readings))
        self._obey(readings)
        self._let_finish(readings)
        self._changed = (self.state, self._stance.moving) != before

    def propose(self, n: int, readings: Readings) -> Proposal:
        """Return a proposal for at most n ticks."""
        n = self._holds.follow(self._now_ns, n, self.state)
        stance = self._stance
        if self.state is State.DELIVERING:
            course = self._holds.course(self._now_ns)
            return self._beam().propose(n, stance.kept, readings, course)
        delivery = self.loaded.delivery if self.loaded else None
        shows_plan = delivery is not None and (self.state is State.HOLDING or not stance.moving)
        n = 1 if self._decides_anew else min(n, self._patience())
        position = stance.propose(n, past_end=self._held_anyhow)
        at = delivery.at if delivery else NOWHERE
        return standing(position, stance.drive, at, shows_plan=shows_plan)

    @property
    def _decides_anew(self) -> bool:
        """Whether what was just decided may be followed by another decision a tick later."""
        stance = self._stance
        if self.state is not State.HOLDING:
            return self._changed
        runs = self._way_back.ended or stance.under_way or (stance.braking and self._settling)
        # A line that did not stop motion before does so, with what stopped it, from now on.
        stops_too = self.panel.is_up(il.SYNC_STOP) or self.panel.is_up(il.MV_HOLD)
        return self._changed and (stops_too or not runs)

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the proposed ticks may stand before a decision is due."""
        if self.state is State.DELIVERING:
            return self._beam().judge(proposal, readings)
        count = len(proposal)
        if self._way_back.driven and self.state is State.HOLDING:
            count = count if self._held_anyhow else self._way_back.judge(self._beam(), readings)
        elif not self._stance.under_way:
            count = first_true(readings.moving.any(axis=1) != self._settling)
        if self.state in FROZEN:
            count = min(count, self._beam().judge_standing(readings))
        return count

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> None:
        """Take over the first `count` ticks."""
        if self.state is State.DELIVERING:
            for offset, text in self._beam().accept(proposal, readings, count):
                self._tell("progress", text, self.tick + offset)
        elif self.state is State.HOLDING:
            self._way_back.run(self._beam(), readings, proposal.commands.position[:count])
        else:
            self._stance.advance(proposal.commands.position[:count])
        self._check_ticks = max(0, self._check_ticks - count)
        self.hold_before = proposal.hold_planned
        self.tick += count

    @property
    def moving(self) -> bool:
        """Whether a move without beam is running."""
        return self._stance.moving

    def frozen(self) -> Bools:
        """Return (n_axes,) axes that must not move now."""
        if self.state in FROZEN:
            return ~self._beam().trajectory.dynamic
        return np.zeros(self.machine.layout.n_axes, dtype=bool)

    def _progress(self, readings: Readings) -> Progress:
        delivery = self.loaded.delivery if self.loaded else None
        if delivery is None or self.state not in ASKED_FOR:
            return Progress(stands=True, needs_dose=False, may_go=False)
        return Progress(
            stands=self.state is State.HOLDING or delivery.ramped_down,
            needs_dose=delivery.waits_for_dose(float(readings.mu[-1])),
            may_go=self.state is State.HOLDING and self._way_back.ended,
        )

    def _patience(self) -> int:
        """Return for how many ticks no timer runs out."""
        if self.state is State.CHECKING:
            return max(1, self._check_ticks)
        if self.state is State.HOLDING and not self._way_back.ended:
            most = self._beam().hold_patience()
            return min(most, self._way_back.patience) if self._stance.braking else most
        return NO_TIMER

    # The state table -----------------------------------------------------------------------

    def _happen(self, happening: Happening, readings: Readings) -> None:
        if (to := way(look_up(self.state, happening), happening)) is None:
            return
        if happening in BUTTONS:
            self._guard(happening, readings)
        before = self.state
        if to.action is not None:
            self._do(to.action, readings)
        self.state = self._standby() if to.target is None else to.target
        if self.state is not before:
            self._tell("state", f"{before.name} -> {self.state.name} ({happening})")

    def _standby(self) -> State:
        return State.INTERRUPTED if self._beam().delivery else State.PREPARED

    def _guard(self, button: Happening, readings: Readings) -> None:
        """Raise InputError where the table allows a button but the moment does not."""
        if self._stance.moving or self._settling:
            raise InputError(f"{button}: axes are moving: wait until they stand")
        if button not in STARTS:
            return
        if self._beam().only_kv and button is Happening.MV_READY_PRESS:
            raise InputError("MV READY is not lit: this beam is kV only, press kV BEAM ON")
        if not self._beam().only_kv and button is Happening.KV_BEAM_ON:
            raise InputError("kV BEAM ON is not lit: this beam has MV radiation, press MV READY")
        # Messages of this same tick may have changed what there is to watch.
        self._watch(self._axis_conditions(readings))
        if blocking := self.panel.blocking():
            raise InputError(f"{button}: " + " | ".join(blocking))

    def _do(self, action: Do, readings: Readings) -> None:
        match action:
            case Do.TAKE_BEAM:
                assert isinstance(self._message, Load)
                self._drop_beam(readings)
                self.loaded = LoadedBeam(
                    self.machine, self._message.beam, self._planner, self._stance.follow
                )
                self._holds.load(self._message.beam)
            case Do.DROP_BEAM:
                self._drop_beam(readings)
            case Do.PLAN:
                self._beam().prepare(self._stance.kept)
                self._holds.prepare(self._beam().beam, self._stance.kept, self._now_ns)
            case Do.MOVE:
                self._start_move(readings)
            case Do.STOP_MOVE:
                self._stance.brake()
            case Do.CHECK:
                self._freeze(readings)
                self._check_ticks = to_ns(self.machine.supervision.check_s) // TICK_NS
            case Do.START:
                self._start(readings)
            case Do.HOLD | Do.BRAKE:
                self._beam().stop(readings)
                self._way_back.begin()
            case Do.RESUME:
                self._beam().resume(self._stance.kept, self._holds.delay_ns)
            case Do.FINISH:
                self._stance.keep(self._beam().trajectory.dynamic, self._beam().position)

    # Actions -------------------------------------------------------------------------------

    def _beam(self) -> LoadedBeam:
        assert self.loaded is not None
        return self.loaded

    def _drop_beam(self, readings: Readings) -> None:
        self._stance.stand(readings)
        self.loaded = None
        self._holds.load(None)
        self.panel.clear()

    def _start_move(self, readings: Readings) -> None:
        press = self._message
        assert isinstance(press, Operator)
        self._stance.stand(readings)
        kept = self._stance.kept
        if press.action is Action.GO_TO:
            initial = self._beam().trajectory.initial
            self._move_to(go_to_target(self.machine.layout, kept, initial, press.argument))
        else:
            self._move_to(pendant_target(self.machine, kept, press.argument, press.value))

    def _move_to(self, target: Floats) -> None:
        self._stance.go(self._mover(self.machine, self._stance.kept, target))

    def _freeze(self, readings: Readings) -> None:
        self._stance.stand(readings)
        self._beam().freeze(readings.position[-1])

    def _start(self, readings: Readings) -> None:
        beam = self._beam()
        if beam.only_kv:
            self._freeze(readings)
        if beam.delivery is None:
            beam.begin()
            self._holds.begin(self._now_ns)
            self._energy = beam.beam.energy
            for _, text in beam.progress(np.zeros(1)):
                self._tell("progress", text)
        else:
            beam.resume(self._stance.kept)

    @property
    def _held_anyhow(self) -> bool:
        """Whether the beam stays held, and nothing changes, when axes get back to their place."""
        panel = self.panel
        held = self.state is State.HOLDING and Effect.HOLD in panel.effects
        return held and not panel.is_up(il.AXIS_LAG)

    # Interlocks ----------------------------------------------------------------------------

    def _axis_conditions(self, readings: Readings) -> dict[str, str]:
        """Return the detail of each interlock that looks at axes and dose.

        Where axes stand matters only once they stand.
        """
        out = dict.fromkeys(il.FAULTS, "") | self._holds.faults(self._now_ns)
        if self.state in FROZEN:
            out |= self._beam().frozen_conditions(readings)
        if self.state is State.DELIVERING:
            out |= self._beam().running_conditions(readings)
        elif self.state is State.HOLDING:
            out |= self._beam().holding_conditions(back=self._way_back.ended)
        elif not self._stance.moving and not self._settling:
            out |= dict.fromkeys((il.INITIAL_POSITION, il.AXIS_POSITION, il.AXIS_LAG), "")
            if self.state in STANDING:
                out |= self._beam().place_conditions(readings)
        return out

    def _obey(self, readings: Readings) -> None:
        effects = self.panel.effects
        for effect, happening in OBEYED:
            if effect in effects:
                self._happen(happening, readings)
        if self.state is State.HOLDING and Effect.HOLD not in effects and self._way_back.ended:
            self._happen(Happening.RELEASED, readings)

    def _let_finish(self, readings: Readings) -> None:
        if self.state is not State.HOLDING and self._stance.arrived(readings):
            self._happen(Happening.MOVE_DONE, readings)
        if self.state is State.CHECKING and self._check_ticks == 0:
            self._happen(Happening.CHECK_DONE, readings)
        if self.state is State.DELIVERING and self._beam().finished(readings):
            self._happen(Happening.FINISHED, readings)
