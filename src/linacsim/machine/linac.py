"""The closed loop of one machine: control proposes, plant answers, a frame holds what happened.

`tick` is the machine as a synchronous step function; `run` does n ticks under the same inputs
and gives the very frames that n single ticks would give.
"""

from dataclasses import replace

import numpy as np

from linacsim.control.proposal import Proposal
from linacsim.machine.systems import system_of
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Bytes8
from linacsim.model.interlocks import Right
from linacsim.model.messages import Fault
from linacsim.model.signals import NO_INPUTS, BeamHold, Condition, Frames, Inputs, Readings, State

BUSY = (State.MOVING, State.CHECKING, State.DELIVERING, State.HOLDING)

BLOCK_TICKS = 512
"""Longest block run at once; bounds memory, and keeps a block within the processor's cache."""


class Linac:
    """A machine that can be ticked."""

    def __init__(self, machine: MachineSpec, *, seed: int, rights: Right = Right.BASIC) -> None:
        """Switch the machine on; all chance in it comes from `seed`."""
        self.machine = machine
        self._system = system_of(machine, seed, rights)
        self.supervisor = self._system.supervisor
        self._plant = self._system.plant
        self._readings = self._plant.sense()

    @property
    def state(self) -> State:
        """State of the supervisor."""
        return self.supervisor.state

    @property
    def at_rest(self) -> bool:
        """Whether nothing more happens by itself: no beam, no check, no move, no speed left."""
        busy = self.state in BUSY or self.supervisor.moving
        return not busy and not self.settling

    @property
    def settling(self) -> bool:
        """Whether something has speed left; a block without beam ends where that is over."""
        return bool(self._readings.moving.any())

    @property
    def readings(self) -> Readings:
        """What the plant said last, one tick."""
        return self._readings

    def tick(self, inputs: Inputs = NO_INPUTS) -> Frames:
        """Run one tick and return its frame."""
        return self.run(inputs, 1)

    def run(self, inputs: Inputs, n: int, watch: Condition | None = None) -> Frames:
        """Run at least one and at most n ticks; inputs arrive before the first.

        The block ends where a decision is due or where `watch` flags a tick, so that callers
        loop until their n is done.
        """
        for message in inputs.messages:
            self.supervisor.handle(message, self._readings)
            if isinstance(message, Fault):
                self._plant.apply(message)
                self._readings = self._plant.sense()
        return self._block(min(n, BLOCK_TICKS), watch)

    def _block(self, n: int, watch: Condition | None) -> Frames:
        supervisor = self.supervisor
        supervisor.decide(self._readings)
        if (energy := supervisor.take_energy()) is not None:
            self._plant.select_energy(energy)
            self._readings = self._plant.sense()
        proposal = supervisor.propose(n, self._readings)
        answer = self._plant.act(proposal.commands)
        frames = self._frames(proposal, answer, supervisor.judge(proposal, answer))
        if watch is not None and (flags := watch(frames)).any():
            frames = frames.first(int(np.argmax(flags)) + 1)
        count = len(frames)
        supervisor.accept(proposal, answer, count)
        self._plant.commit(count)
        self._readings = self._plant.sense()
        events = supervisor.take_events()
        return replace(frames, events=events) if events else frames

    def _frames(self, proposal: Proposal, answer: Readings, count: int) -> Frames:
        supervisor = self.supervisor
        expected = answer.position if proposal.expected is None else proposal.expected
        return Frames(
            tick=np.arange(supervisor.tick, supervisor.tick + count),
            state=np.full(count, supervisor.state, dtype=np.uint8),
            segment=proposal.leg[:count],
            cp=proposal.cp[:count],
            mu_expected=proposal.mu_expected[:count],
            mu_actual=answer.mu[:count],
            hold_expected=_delayed(proposal.hold_planned, supervisor.hold_before, count),
            hold_actual=proposal.hold_line(count),
            expected=expected[:count],
            actual=answer.position[:count],
            frozen=supervisor.frozen(),
            beam_on=np.full(count, proposal.commands.beam_on),
            interlocks=np.full(count, supervisor.panel.mask),
            field=self._system.field_frames(proposal, answer, count),
        )


def _delayed(hold: BeamHold, before: BeamHold, n: int) -> Bytes8:
    """Return the expected beam-hold column: the line one tick late (log-formats 1.6, 6.4)."""
    out = np.full(n, hold, dtype=np.uint8)
    out[0] = before
    return out
