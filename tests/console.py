"""A machine with a console, for tests that press buttons and watch what happens."""

from typing import Self

import numpy as np

from linacsim.control.interlocks import names
from linacsim.engines.conditions import state_is
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.interlocks import Right
from linacsim.model.messages import Action, Event, Load, Message, Operator
from linacsim.model.signals import Condition, Frames, Inputs, State

PATIENCE_TICKS = 60_000


class Console:
    """One machine, ticked as tests ask; keeps what it says and shows."""

    def __init__(
        self,
        beam: Beam | None = None,
        *,
        rights: Right = Right.BASIC,
        machine: str | MachineSpec = "truebeam-m120",
        seed: int = 1,
    ) -> None:
        self.beam = beam
        spec = load_machine(machine) if isinstance(machine, str) else machine
        self.linac = Linac(spec, seed=seed, rights=rights)
        self.events: list[Event] = []
        self.frames: list[Frames] = []

    @property
    def state(self) -> State:
        return self.linac.state

    @property
    def mu(self) -> float:
        return float(self.linac.readings.mu[-1])

    @property
    def position(self) -> Floats:
        return self.linac.readings.position[-1]

    @property
    def lamps(self) -> tuple[str, ...]:
        """Names of the interlocks that are up."""
        return names(self.linac.supervisor.panel.mask)

    def send(self, *messages: Message) -> list[Event]:
        """Deliver messages together and run one tick; return what was told."""
        return self._run(Inputs(messages), 1)

    def press(self, action: Action, argument: str = "", value: float = 0.0) -> list[Event]:
        return self.send(Operator(action, argument, value))

    def refusal(self, action: Action, argument: str = "", value: float = 0.0) -> str:
        """Press what must be refused; return the reason."""
        told = self.press(action, argument, value)
        assert [event.kind for event in told][:1] == ["refused"], f"{action}: {told}"
        return told[0].text

    def run(self, ticks: int) -> list[Event]:
        told: list[Event] = []
        end = self.linac.supervisor.tick + ticks
        while (left := end - self.linac.supervisor.tick) > 0:
            told += self._run(Inputs(), left)
        return told

    def until(self, condition: Condition | State) -> list[Event]:
        """Run up to and including the first tick that meets the condition."""
        wanted = state_is(condition) if isinstance(condition, State) else condition
        told: list[Event] = []
        while self.linac.supervisor.tick < PATIENCE_TICKS:
            told += self._run(Inputs(), PATIENCE_TICKS, wanted)
            if wanted(self.frames[-1]).any():
                return told
        raise AssertionError("it never happens")

    def to(self, state: State) -> Self:
        """Take the beam from IDLE to a state the usual way; to PREPARED with Go To."""
        assert self.beam is not None
        for message, reached in (
            (Load(self.beam), State.LOADED),
            (Operator(Action.PREPARE), State.PREPARED),
            (Operator(Action.GO_TO, "all"), State.PREPARED),
            (Operator(Action.MV_READY_PRESS), State.CHECKING),
            (None, State.READY),
            (Operator(Action.MV_BEAM_ON), State.DELIVERING),
            (None, State.COMPLETE),
        ):
            if message is not None:
                self.send(message)
            self.until(reached)
            going = message == Operator(Action.GO_TO, "all")
            if going:
                self.rest()
            if self.state is state and (going or state is not State.PREPARED):
                return self
        raise AssertionError(f"the usual way does not lead to {state.name}")

    def rest(self) -> None:
        """Run until nothing moves."""
        while not self.linac.at_rest:
            self._run(Inputs(), 1)

    def column(self, name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in self.frames])

    def _run(self, inputs: Inputs, n: int, watch: Condition | None = None) -> list[Event]:
        frames = self.linac.run(inputs, n, watch)
        self.frames.append(frames)
        self.events += frames.events
        return list(frames.events)
