"""The Elekta supervisor: obeys messages, watches inhibits, proposes what comes next.

It is ticked as the TrueBeam's is (`control.supervisor`) and shares with it what is the same on
both: stance, room, beam-hold lines, interlock rows, delivery along a trajectory. Its own are the
stages (`stages`), restarts, the two dose channels and the check of a terminated field.
"""

from dataclasses import replace

import numpy as np

from linacsim.control.beam_gating import GatingMaker
from linacsim.control.console import Console
from linacsim.control.elekta.field_run import FieldPlanner, FieldRun
from linacsim.control.elekta.footing import Footing
from linacsim.control.elekta.inhibits import Standing, conditions, fault, merged
from linacsim.control.elekta.presses import PRESSES, UNSUPPORTED
from linacsim.control.elekta.stages import (
    BEGINS,
    BUTTONS,
    FROZEN,
    RUNNING,
    Do,
    Happening,
    Stage,
    look_up,
)
from linacsim.control.elekta.telling import field_frames, progress
from linacsim.control.moves import Mover
from linacsim.control.proposal import NOWHERE, Proposal, standing
from linacsim.control.state_table import way
from linacsim.control.watch import first_true
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools
from linacsim.model.elekta import Field, FieldFrames
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Effect, Right
from linacsim.model.messages import (
    Action,
    Load,
    Message,
    Operator,
    Prescribe,
)
from linacsim.model.signals import Readings, State
from linacsim.model.time import ticks_until, to_ns

NO_TIMER = 1 << 30


class ElektaSupervisor(Console[Happening]):
    """Control of one Elekta linac."""

    presses = PRESSES
    unsupported = UNSUPPORTED

    def __init__(
        self,
        machine: MachineSpec,
        rights: Right,
        planner: FieldPlanner,
        mover: Mover,
        gating: GatingMaker,
    ) -> None:
        """Stand closed at the machine's start positions."""
        assert machine.field_rules is not None
        super().__init__(machine, rights, gating)
        self.stage = Stage.CLOSED
        self.run: FieldRun | None = None
        self._rules = machine.field_rules
        self._room_conditions: dict[str, str] = {}
        self._planner = planner
        self._footing = Footing(machine, mover)
        self._wedge_in = False
        self._changed = False
        self._anew = False
        self._timer_ticks = 0
        self._ending = False
        self._fault = ""
        self._message: Message | None = None

    @property
    def state(self) -> State:
        """State in the words that all machines of this house share."""
        return self.stage.shared

    @property
    def moving(self) -> bool:
        """Whether a move without beam is running."""
        return self._footing.stance.moving

    def handle(self, message: Message, readings: Readings) -> None:
        """Obey one message."""
        self._message = message
        self._footing.see(readings)
        try:
            if isinstance(message, Prescribe):
                self._happen(Happening.PRESCRIBE, readings)
            elif isinstance(message, Load):
                raise InputError("this console takes prescribed fields, not TrueBeam beams")
            elif isinstance(message, Operator):
                self._operate(message, readings)
            else:
                self._note(message)
        except InputError as refusal:
            self._tell("refused", str(refusal))
        self._room_conditions = self._room.conditions(self.run.beam if self.run else None)
        self._watch(self._axis_conditions(readings))

    def decide(self, readings: Readings) -> None:
        """Watch inhibits, obey their effects, let finished things finish."""
        self._footing.see(readings)
        before = self.stage, self._footing.stance.moving
        self._holds.pass_to(self._now_ns, readings, self.state)
        if self.stage is Stage.PAUSE:
            self._footing.follow_back(self._field(), readings)
        elif self.stage is Stage.INTERRUPTED:
            self._footing.rest(readings)
        self._watch(
            self._holds.lines(
                self._now_ns, progress(self.stage, self.run, readings, back=self._footing.back)
            )
        )
        self._watch(self._axis_conditions(readings))
        self._obey(readings)
        self._go_on(readings)
        self._changed = (self.stage, self._footing.stance.moving) != before

    def propose(self, n: int, readings: Readings) -> Proposal:
        """Return a proposal for at most n ticks."""
        n = min(self._holds.follow(self._now_ns, n, self.state), self._patience())
        stance = self._footing.stance
        if self.stage in RUNNING:
            course = self._holds.course(self._now_ns)
            proposal = self._field().propose(n, stance.kept, readings, course)
            self._wedge_in = proposal.commands.wedge_in
            return proposal
        delivery = self.run.delivery if self.run else None
        shows_plan = delivery is not None and (self.stage is Stage.PAUSE or not stance.moving)
        position = stance.propose(1 if self._changed else n)
        at = delivery.at if delivery else NOWHERE
        proposal = standing(position, stance.drive, at, shows_plan=shows_plan)
        return replace(proposal, commands=replace(proposal.commands, wedge_in=self._wedge_in))

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the proposed ticks may stand before a decision is due."""
        if self.stage in RUNNING:
            return self._field().judge(proposal, readings)
        assert readings.wedge is not None
        stance = self._footing.stance
        count = first_true(readings.wedge != readings.wedge[0])
        if self.stage is Stage.PAUSE and self._footing.returning and not stance.under_way:
            count = min(count, first_true(self._field().back(readings)))
        elif not stance.under_way:
            count = min(count, first_true(readings.moving.any(axis=1) != self._footing.settling))
        if self.stage is Stage.PAUSE:
            count = min(count, self._field().judge_standing(readings))
        return count

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> None:
        """Take over the first `count` ticks."""
        if self.stage in RUNNING:
            for offset, text in self._field().accept(proposal, readings, count):
                self._tell("progress", text, self.tick + offset)
        else:
            self._footing.stance.advance(proposal.commands.position[:count])
            if self.stage is Stage.PAUSE:
                self._field().hold(count, back=self._footing.back)
        self._timer_ticks = max(0, self._timer_ticks - count)
        self.hold_before = proposal.hold_planned
        self.tick += count

    def field_frames(self, proposal: Proposal, readings: Readings, count: int) -> FieldFrames:
        """Return what is to be told of the first `count` ticks proposed besides what all tell."""
        return field_frames(self.stage, self.run, proposal.cp[:count], readings)

    def frozen(self) -> Bools:
        """Return (n_axes,) axes that must not move now."""
        if self.stage in FROZEN:
            return ~self._field().trajectory.dynamic
        return np.zeros(self.machine.layout.n_axes, dtype=bool)

    def _patience(self) -> int:
        """Return for how many ticks no timer runs out."""
        if self.stage is Stage.PAUSE and not self._footing.back:
            return self._field().hold_patience()
        return self._timer_ticks or NO_TIMER

    def _happen(self, happening: Happening, readings: Readings) -> None:
        if (to := way(look_up(self.stage, happening), happening)) is None:
            return
        if happening in BUTTONS:
            self._guard(happening, readings)
        before = self.stage
        if to.action is not None:
            self._do(to.action, readings)
        self.stage = to.target
        if self.stage is not before:
            self._tell("state", f"{before} -> {self.stage} ({happening})")

    def _guard(self, button: Happening, readings: Readings) -> None:
        """Raise InputError where the table allows a button but the moment does not."""
        if not self._footing.stands:
            raise InputError(f"{button}: axes are moving: wait until they stand")
        if button is Happening.START:
            # Messages of this same tick may have changed what there is to watch.
            self._watch(self._axis_conditions(readings))
            if blocking := self.panel.blocking():
                raise InputError(f"{button}: " + " | ".join(blocking))

    def _do(self, action: Do, readings: Readings) -> None:
        match action:
            case Do.TAKE_FIELD:
                assert isinstance(self._message, Prescribe)
                self._drop_field(readings)
                self._take(self._message.field)
            case Do.DROP_FIELD:
                self._drop_field(readings)
            case Do.CUT_FIELD:
                assert isinstance(self._message, Operator)
                self._take(self._field().left(self._message.value))
            case Do.PLAN:
                self._field().prepare(self._footing.stance.kept)
                self._holds.prepare(self._field().beam, self._footing.stance.kept, self._now_ns)
            case Do.MOVE:
                self._start_move(readings)
            case Do.STOP_MOVE:
                self._footing.stance.brake()
            case Do.START:
                self._start(readings)
            case Do.RESTART:
                self._anew = True
                self._field().freeze(readings.position[-1])
                self._footing.bring_back(self._field(), readings)
            case Do.HOLD:
                self._stop(readings)
            case Do.RESUME:
                delay_ns = None if self._anew else self._holds.delay_ns
                self._anew = self._ending = False
                self._field().go_on(self._footing.stance.kept, delay_ns)
            case Do.CLOSE:
                self._close(readings)

    def _field(self) -> FieldRun:
        assert self.run is not None
        return self.run

    def _take(self, field: Field) -> None:
        self.run = FieldRun(self.machine, field, self._planner, self._footing.stance.follow)
        self._holds.load(field.beam)

    def _drop_field(self, readings: Readings) -> None:
        self._footing.stance.stand(readings)
        self.run = None
        self._holds.load(None)
        self.panel.clear()

    def _start_move(self, readings: Readings) -> None:
        press = self._message
        assert isinstance(press, Operator)
        if press.action is Action.GO_TO:
            self._wedge_in = self._field().wedge_in
            self._timer_ticks = 2 * ticks_until(to_ns(self._rules.wedge_travel_s))
            self._footing.set_up(self._field().trajectory.initial, press.argument, readings)
        else:
            self._footing.move(press.argument, press.value, readings)

    def _start(self, readings: Readings) -> None:
        field = self._field()
        self._fault, self._anew, self._ending = "", False, False
        self._footing.stance.stand(readings)
        field.freeze(readings.position[-1])
        field.begin()
        self._holds.begin(self._now_ns)
        self._energy = field.beam.energy

    def _stop(self, readings: Readings) -> None:
        """Stop dose and axes; the wedge goes to where the rest of the field needs it."""
        if self.stage in RUNNING:
            self._field().stop(readings)
            self._wedge_in = self._field().wedge_in_to_resume
        self._footing.stop()

    def _close(self, readings: Readings) -> None:
        """End the field: what moves stops, and the check begins."""
        if self.stage in RUNNING and self._field().finished(readings):
            self._footing.stance.keep(self._field().trajectory.dynamic, self._field().position)
        else:
            self._stop(readings)
        self._timer_ticks = ticks_until(to_ns(self._rules.checking_s))

    def _axis_conditions(self, readings: Readings) -> dict[str, str]:
        feet = Standing(self._footing.stands, self._footing.back)
        axes = conditions(self.stage, self.run, feet, readings)
        return merged(self._room_conditions, axes) | self._holds.faults(self._now_ns)

    def _obey(self, readings: Readings) -> None:
        if self.stage in RUNNING or self.stage is Stage.PAUSE:
            self._end_by_fault(readings)
        effects = self.panel.effects
        for effect, happening in (
            (Effect.INTERRUPT, Happening.INTERRUPT),
            (Effect.BLOCK_START, Happening.BLOCKED),
            (Effect.HOLD, Happening.HELD),
        ):
            if effect in effects:
                self._happen(happening, readings)
        if self._footing.stands and Effect.BLOCK_START not in effects:
            self._happen(Happening.CLEARED, readings)
        if self.stage is Stage.PAUSE and Effect.HOLD not in effects and self._footing.back:
            self._happen(Happening.RELEASED, readings)

    def _end_by_fault(self, readings: Readings) -> None:
        """End the field where dose, the second channel or the backup timer says so."""
        if found := fault(self._field(), self.panel, readings):
            self._fault = found
            self._happen(Happening.TERMINATE, readings)

    def _go_on(self, readings: Readings) -> None:
        if self.stage is not Stage.PAUSE:
            self._footing.stance.arrived(readings)
        if self.stage is Stage.SETTING_UP and self._is_set_up(readings):
            self._happen(Happening.MOVE_DONE, readings)
        if self.stage in RUNNING:
            if self._field().finished(readings):
                self._finish(readings)
            elif (phase := self._field().phase).state is not self.stage.linac:
                self._happen(BEGINS[phase.state], readings)
        elif self.stage is Stage.CHECKING and self._timer_ticks == 0:
            self._check(readings)

    def _is_set_up(self, readings: Readings) -> bool:
        """Return whether axes have arrived, and the wedge too unless it has had its time."""
        missing = self._field().wedge_missing(readings, wanted_in=self._wedge_in)
        return not self._footing.stance.moving and (not missing or self._timer_ticks == 0)

    def _finish(self, readings: Readings) -> None:
        """Once all is delivered, stay a moment, then end the field."""
        if not self._ending:
            self._ending = True
            self._timer_ticks = ticks_until(to_ns(self._rules.dose_end_s))
        elif self._timer_ticks == 0:
            self._happen(Happening.FINISHED, readings)

    def _check(self, readings: Readings) -> None:
        found = "; ".join(filter(None, [self._fault, self._field().failed(readings)]))
        if found:
            self._tell("note", f"check failed: {found}")
        self._happen(Happening.FAILED if found else Happening.CHECKED, readings)
