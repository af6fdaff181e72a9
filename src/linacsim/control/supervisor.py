"""The TrueBeam supervisor: obeys messages, watches interlocks, proposes what comes next.

One tick runs `handle` for each message, then `decide`, then `propose`; the plant answers; then
`accept`. A block of ticks runs `decide` once: `accept` cuts the block where a decision is due,
so that no tick goes undecided. Transitions are in `states`, interlocks in `interlocks`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linacsim.control import interlocks as il
from linacsim.control.delivery import Delivery
from linacsim.control.moves import Move, Mover, go_to_target, pendant_target
from linacsim.control.positions import off_position, start_tolerances
from linacsim.control.proposal import Proposal
from linacsim.control.radiation_clock import RadiationClock
from linacsim.control.room import Room
from linacsim.control.states import Do, Happening, Refusal, Transition, look_up
from linacsim.control.watch import Asked, Watch
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bools, Floats
from linacsim.model.beam import Beam
from linacsim.model.findings import Finding, InputError
from linacsim.model.interlocks import Effect, Right
from linacsim.model.messages import Action, Event, Fault, FaultKind, Load, Message, Operator
from linacsim.model.signals import BeamHold, Commands, Drive, Readings, State
from linacsim.model.time import TICK_NS, to_ns
from linacsim.model.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Planned:
    """What a planner answers: a trajectory, or findings that say why there is none."""

    trajectory: Trajectory | None
    findings: tuple[Finding, ...] = ()


Planner = Callable[[Beam, MachineSpec, Floats, float], Planned]
"""Plans a beam from `held` (n_axes,) positions of unnamed axes and a fractional control point."""

FROZEN = frozenset({State.CHECKING, State.READY, State.DELIVERING, State.HOLDING})

_BUTTONS = {
    Action.UNLOAD: Happening.UNLOAD,
    Action.PREPARE: Happening.PREPARE,
    Action.GO_TO: Happening.GO_TO,
    Action.MOVE: Happening.MOVE,
    Action.MV_READY_PRESS: Happening.MV_READY_PRESS,
    Action.MV_READY_RELEASE: Happening.MV_READY_RELEASE,
    Action.MV_BEAM_ON: Happening.MV_BEAM_ON,
    Action.KV_BEAM_ON: Happening.KV_BEAM_ON,
    Action.BEAM_OFF: Happening.BEAM_OFF,
}

_UNSUPPORTED = {
    Action.PARTIAL_BEAM: "partial beams are not supported in Developer Mode",
    Action.DRY_RUN: "dry runs are not supported in Developer Mode",
}
"""Manual, "Limitations"."""


class Supervisor:
    """Control of one TrueBeam."""

    def __init__(self, machine: MachineSpec, rights: Right, planner: Planner, mover: Mover) -> None:
        """Stand idle at the machine's start positions."""
        self.machine = machine
        self.panel = il.Panel(rights)
        self.state = State.IDLE
        self.beam: Beam | None = None
        self.delivery: Delivery | None = None
        self.clock: RadiationClock | None = None
        self.tick = 0
        self._room = Room(machine)
        self._planner = planner
        self._mover = mover
        self._trajectory: Trajectory | None = None
        self._move: Move | None = None
        self._standing: Floats = machine.start.copy()
        self._drive = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
        self._follow = np.full(machine.layout.n_axes, Drive.FOLLOW, dtype=np.uint8)
        self._watch: Watch | None = None
        self._asked: Asked | None = None
        self._ticks_left = 0
        self._held_ticks = 0
        self._starved_ticks = 0
        self._energy: str | None = None
        self._hold_before = BeamHold.HOLD
        self._events: list[Event] = []
        self._argument: Operator | Load | None = None

    # Once a tick, before it ----------------------------------------------------------------

    def handle(self, message: Message, readings: Readings) -> None:
        """Obey one message."""
        self._argument = None
        try:
            if isinstance(message, Load):
                self._argument = message
                self._happen(Happening.LOAD, readings)
            elif isinstance(message, Operator):
                self._argument = message
                self._operate(message, readings)
            else:
                self._room_fault(message)
        except InputError as refusal:
            self._tell("refused", str(refusal))
        self._watch_room()

    def decide(self, readings: Readings) -> None:
        """Watch interlocks, obey their effects, let finished things finish."""
        self._watch_axes(readings)
        self._obey(readings)
        self._let_finish(readings)

    def propose(self, n: int, readings: Readings) -> Proposal:
        """Return a proposal for at most n ticks."""
        if self.state is State.DELIVERING:
            assert self.delivery is not None
            assert self.clock is not None
            most = min(n, self.clock.horizon(self.delivery.at.s))
            return self.delivery.propose(most, self._standing, readings)
        if self._move is not None:
            return self._moving(min(n, max(1, self._move.ticks_left)))
        return self._still(1 if readings.moving.any() else n)

    def judge(self, proposal: Proposal, readings: Readings) -> int:
        """Return how many of the proposed ticks may stand before a decision is due."""
        if self.state is not State.DELIVERING:
            return len(proposal)
        assert self._watch is not None
        return self._watch.cut(_asked(proposal), readings)

    def accept(self, proposal: Proposal, readings: Readings, count: int) -> None:
        """Take over the first `count` ticks."""
        if self.state is State.DELIVERING:
            self._accept_delivery(proposal, readings, count)
        elif self._move is not None:
            self._move.advance(count)
            self._standing = proposal.commands.position[count - 1]
        asked = _asked(proposal)
        self._asked = Asked(asked.position[count - 1 : count], asked.mu[count - 1 : count])
        self._ticks_left = max(0, self._ticks_left - count)
        self._held_ticks = self._held_ticks + count if self.state is State.HOLDING else 0
        self._hold_before = proposal.hold
        self.tick += count

    def take_events(self) -> tuple[Event, ...]:
        """Return and forget what there was to tell."""
        events, self._events = tuple(self._events), []
        return events

    def take_energy(self) -> str | None:
        """Return and forget the energy the plant must select; None: leave it as it is."""
        energy, self._energy = self._energy, None
        return energy

    @property
    def moving(self) -> bool:
        """Whether a move without beam is running."""
        return self._move is not None

    @property
    def hold_before(self) -> BeamHold:
        """Beam-hold line of the last accepted tick."""
        return self._hold_before

    def frozen(self) -> Bools:
        """Return (n_axes,) axes that must not move now."""
        if self.state in FROZEN and self._trajectory is not None:
            return ~self._trajectory.dynamic
        return np.zeros(self.machine.layout.n_axes, dtype=bool)

    # Messages ------------------------------------------------------------------------------

    def _operate(self, press: Operator, readings: Readings) -> None:
        action = press.action
        if action in _BUTTONS:
            self._happen(_BUTTONS[action], readings)
        elif action in _UNSUPPORTED:
            raise InputError(_UNSUPPORTED[action])
        elif action is Action.MOUNT:
            self._room.mount(press.argument, press.value)
        elif action is Action.OVERRIDE:
            self._tell("overridden", self.panel.override(press.argument))
        elif action is Action.ACKNOWLEDGE:
            for line in self.panel.acknowledge():
                self._tell("interlock", line)
        else:
            self._room.door_open = action is Action.OPEN_DOOR

    def _room_fault(self, fault: Fault) -> None:
        if fault.kind is FaultKind.BEAM_HOLD_READY:
            self._room.set_device(fault.target, ready=bool(fault.value) and not fault.clear)
        elif fault.kind is FaultKind.KV_COLLIMATION:
            self._room.kv_mismatch = bool(fault.value) and not fault.clear

    # The state table -----------------------------------------------------------------------

    def _happen(self, happening: Happening, readings: Readings) -> None:
        entry = look_up(self.state, happening)
        if isinstance(entry, Refusal):
            raise InputError(f"{happening}: {entry.reason}")
        if isinstance(entry, Transition):
            before = self.state
            self._guard(happening)
            self._do(entry.action, readings)
            target = entry.target
            self.state = self._standby() if target is None else target
            if self.state is not before:
                self._tell("state", f"{before.name} -> {self.state.name} ({happening})")

    def _standby(self) -> State:
        return State.PREPARED if self.delivery is None else State.INTERRUPTED

    def _guard(self, happening: Happening) -> None:
        """Raise InputError where the table allows the event but the moment does not."""
        if self._move is not None and self.state is not State.MOVING:
            raise InputError(f"{happening}: axes are moving: wait until they stand")
        starting = (Happening.MV_READY_PRESS, Happening.KV_BEAM_ON)
        if happening not in starting or self.beam is None:
            return
        only_kv = self.beam.energy.endswith("k")
        if only_kv and happening is Happening.MV_READY_PRESS:
            raise InputError("MV READY is not lit: this beam is kV only, press kV BEAM ON")
        if not only_kv and happening is Happening.KV_BEAM_ON:
            raise InputError("kV BEAM ON is not lit: this beam has MV radiation, press MV READY")
        if blocking := self.panel.blocking():
            raise InputError(f"{happening}: " + " | ".join(blocking))

    def _do(self, action: Do, readings: Readings) -> None:
        match action:
            case Do.TAKE_BEAM:
                assert isinstance(self._argument, Load)
                self._drop_beam(readings)
                self.beam = self._argument.beam
            case Do.DROP_BEAM:
                self._drop_beam(readings)
            case Do.PLAN:
                self._plan()
            case Do.MOVE:
                self._start_move(readings)
            case Do.STOP_MOVE:
                self._brake()
                self._move = None
            case Do.CHECK:
                self._freeze(readings)
                self._ticks_left = to_ns(self.machine.supervision.check_s) // TICK_NS
            case Do.START:
                self._start(readings)
            case Do.HOLD:
                self._hold(readings)
            case Do.RESUME:
                self._resume()
            case Do.BRAKE:
                self._stop(readings)
                self._brake()
            case Do.END | Do.NOTHING:
                pass

    # Actions -------------------------------------------------------------------------------

    def _drop_beam(self, readings: Readings) -> None:
        self._stand_where_it_is(readings)
        self.beam = self.delivery = self.clock = self._trajectory = self._watch = None
        self.panel.clear()

    def _plan(self) -> None:
        beam = self._loaded()
        if beam.layout != self.machine.layout:
            raise InputError(
                f"PREPARE: the beam is for {beam.layout.leaf_pairs} leaf pairs, "
                f"this machine has {self.machine.layout.leaf_pairs}"
            )
        planned = self._planner(beam, self.machine, self._standing, 0.0)
        if planned.trajectory is None:
            raise InputError("PREPARE: " + " | ".join(str(f) for f in planned.findings))
        self._trajectory = planned.trajectory

    def _start_move(self, readings: Readings) -> None:
        press = self._argument
        assert isinstance(press, Operator)
        self._stand_where_it_is(readings)
        if press.action is Action.GO_TO:
            layout, initial = self.machine.layout, self._planned().initial
            target = go_to_target(layout, self._standing, initial, press.argument)
        else:
            target = pendant_target(self.machine, self._standing, press.argument, press.value)
        self._move = Move(self._mover(self.machine, self._standing, target))

    def _freeze(self, readings: Readings) -> None:
        self._stand_where_it_is(readings)
        self._watch = Watch(self.machine, self._planned().dynamic, readings.position[-1])

    def _start(self, readings: Readings) -> None:
        if self._watch is None or self._drive is not self._follow:
            self._freeze(readings)
        if self.delivery is None:
            beam, trajectory = self._loaded(), self._planned()
            self.delivery = Delivery(self.machine, beam, trajectory, self._follow)
            self.clock = RadiationClock(self.machine, beam, trajectory)
            self._energy = beam.energy
            self._tell_progress(-1.0, np.zeros(1))
        else:
            self._resume()

    def _stop(self, readings: Readings) -> None:
        assert self.delivery is not None
        self.delivery.stop(readings)

    def _hold(self, readings: Readings) -> None:
        """Freeze the expected side; axes are driven back to it by themselves."""
        self._stop(readings)
        assert self.delivery is not None
        moves = self._planned().dynamic
        self._standing = np.where(moves, self.delivery.at.position, self._standing)

    def _resume(self) -> None:
        delivery = self.delivery
        assert delivery is not None
        self._drive = self._follow
        if not delivery.on_path:
            return
        beam = self._loaded()
        planned = self._planner(beam, self.machine, self._standing, delivery.at.s)
        if planned.trajectory is None:
            raise InputError("resume: " + " | ".join(str(f) for f in planned.findings))
        self._trajectory = planned.trajectory
        self.delivery = Delivery(self.machine, beam, planned.trajectory, self._follow)

    def _brake(self) -> None:
        self._drive = np.full(self.machine.layout.n_axes, Drive.BRAKE, dtype=np.uint8)

    def _stand_where_it_is(self, readings: Readings) -> None:
        """After braking, let axes hold the place where they came to rest."""
        if self._drive is not self._follow:
            self._standing = readings.position[-1].copy()
            self._drive = self._follow

    # Interlocks ----------------------------------------------------------------------------

    def _watch_room(self) -> None:
        for name, detail in self._room.conditions(self.beam).items():
            self._state_condition(name, detail)

    def _watch_axes(self, readings: Readings) -> None:
        for name, detail in self._axis_conditions(readings).items():
            self._state_condition(name, detail)

    def _axis_conditions(self, readings: Readings) -> dict[str, str]:
        """Return the detail of each interlock that looks at axes and dose."""
        out = dict.fromkeys((il.INITIAL_POSITION, il.AXIS_POSITION, il.AXIS_LAG), "")
        running = self.state in (State.DELIVERING, State.HOLDING)
        if self._trajectory is not None and not running:
            out |= self._place_condition(readings, self._trajectory)
        if self._watch is not None and self.state in FROZEN:
            out |= self._watch.standing(readings)
            if running and self._asked is not None:
                out |= self._following(self._watch, self._asked, readings)
        return out

    def _place_condition(self, readings: Readings, trajectory: Trajectory) -> dict[str, str]:
        layout, actual = self.machine.layout, readings.position[-1]
        if self.delivery is None:
            tolerance = start_tolerances(
                self.machine, self._loaded().tolerances, trajectory.dynamic
            )
            wanted = trajectory.initial
            text = off_position(layout, actual, wanted, tolerance, ~np.isnan(wanted))
            return {il.INITIAL_POSITION: text}
        if self.state in (State.COMPLETE, State.TERMINATED):
            return {}
        wanted, tight = self.delivery.at.position, self.machine.axes.tolerance
        text = off_position(layout, actual, wanted, tight, trajectory.dynamic)
        return {il.AXIS_POSITION: text}

    def _following(self, watch: Watch, asked: Asked, readings: Readings) -> dict[str, str]:
        assert self.clock is not None
        lagging = watch.lagging(asked, readings)
        if self.state is State.HOLDING and not lagging and not watch.back(asked, readings):
            lagging = "on the way back"
        times = self.machine.supervision
        waited = self._held_ticks * TICK_NS >= to_ns(times.axis_wait_s)
        starved = self._starved_ticks * TICK_NS >= to_ns(times.dose_wait_s)
        return {
            il.AXIS_LAG: lagging,
            il.AXIS_MODEL: lagging if waited else "",
            il.DOSE_MODEL: watch.dose(asked, readings, starved=starved),
            il.MAX_RAD_TIME: self.clock.over(),
        }

    def _state_condition(self, name: str, detail: str) -> None:
        line = self.panel.watch(name, detail)
        if line:
            self._tell("interlock", line)

    def _obey(self, readings: Readings) -> None:
        effects = self.panel.effects
        for effect, happening in (
            (Effect.TERMINATE, Happening.TERMINATE),
            (Effect.INTERRUPT, Happening.INTERRUPT),
            (Effect.BLOCK_START, Happening.BLOCKED),
            (Effect.HOLD, Happening.HELD),
        ):
            if effect in effects:
                self._happen(happening, readings)
        if self.state is State.HOLDING and Effect.HOLD not in effects:
            self._happen(Happening.RELEASED, readings)

    def _let_finish(self, readings: Readings) -> None:
        if self._move is not None and not self._move.ticks_left and not readings.moving.any():
            self._move = None
            self._happen(Happening.MOVE_DONE, readings)
        if self.state is State.CHECKING and self._ticks_left == 0:
            self._happen(Happening.CHECK_DONE, readings)
        if self.state is State.DELIVERING:
            assert self.delivery is not None
            if self.delivery.finished(readings):
                self._happen(Happening.FINISHED, readings)
                self._standing = np.where(
                    self._planned().dynamic, self.delivery.at.position, self._standing
                )

    # Proposals -----------------------------------------------------------------------------

    def _moving(self, n: int) -> Proposal:
        assert self._move is not None
        return self._at_rest(self._move.positions(n), n)

    def _still(self, n: int) -> Proposal:
        if self.state is State.CHECKING:
            n = min(n, max(1, self._ticks_left))
        if self.state is State.HOLDING:
            n = 1
        return self._at_rest(np.broadcast_to(self._standing, (n, len(self._standing))), n)

    def _at_rest(self, position: Floats, n: int) -> Proposal:
        at = self.delivery.at if self.delivery else None
        mu = at.mu if at else 0.0
        shows_plan = at is not None and self.state in _SHOWING_PLAN
        return Proposal(
            Commands(position, self._drive, np.full(n, mu), beam_on=False),
            expected=np.broadcast_to(at.position, position.shape) if at and shows_plan else None,
            leg=np.full(n, at.leg if at else -1),
            cp=np.full(n, at.s if at else 0.0),
            mu_expected=np.full(n, mu),
            cursor_ns=np.zeros(n, dtype=np.int64),
            hold=BeamHold.HOLD,
        )

    def _accept_delivery(self, proposal: Proposal, readings: Readings, count: int) -> None:
        assert self.delivery is not None
        assert self.clock is not None
        before = self.delivery.at.s
        self.delivery.accept(proposal, count)
        cp = proposal.cp[:count]
        if proposal.commands.beam_on:
            self.clock.count(cp)
        self._tell_progress(before, cp)
        starved = self.delivery.starved(readings.mu[count - 1])
        self._starved_ticks = self._starved_ticks + count if starved else 0

    # Telling -------------------------------------------------------------------------------

    def _tell(self, kind: str, text: str, tick: int | None = None) -> None:
        self._events.append(Event(self.tick if tick is None else tick, kind, text))

    def _tell_progress(self, before: float, cp: Floats) -> None:
        """Broadcast TreatProgressEvent of the control points passed in these ticks."""
        for point, text in sorted(self._loaded().control_points.progress_event.items()):
            if before < point <= cp[-1]:
                at = self.tick + int(np.searchsorted(cp, point))
                self._tell("progress", f"control point {point}: {text}", at)

    def _loaded(self) -> Beam:
        assert self.beam is not None
        return self.beam

    def _planned(self) -> Trajectory:
        assert self._trajectory is not None
        return self._trajectory


def _asked(proposal: Proposal) -> Asked:
    return Asked(proposal.commands.position, proposal.mu_expected)


_SHOWING_PLAN = frozenset(
    {
        State.HOLDING,
        State.INTERRUPTED,
        State.COMPLETE,
        State.TERMINATED,
        State.CHECKING,
        State.READY,
    }
)
"""States whose expected column shows where the beam stands, once it has begun."""
