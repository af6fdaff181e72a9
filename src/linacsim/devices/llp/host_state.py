"""What beats tell devices of the machine (docs/reference/llp.md, `HB`)."""

from linacsim.model.signals import Frames, State

IDLE = "I"
BEAM_ON = "B"
LETTERS = {
    State.CHECKING: "A",
    State.READY: "A",
    State.DELIVERING: BEAM_ON,
    State.HOLDING: "H",
    State.INTERRUPTED: "F",
    State.TERMINATED: "F",
}
"""In all other states the machine is idle."""


class HostState:
    """The machine's state as a letter; a sink of its frames."""

    def __init__(self) -> None:
        """Be idle until frames come."""
        self.letter = IDLE

    def write(self, frames: Frames) -> None:
        """Note the state of the newest tick."""
        self.letter = LETTERS.get(State(frames.state[-1]), IDLE)

    def close(self, *, truncated: bool = False) -> None:
        """End; nothing waits."""
