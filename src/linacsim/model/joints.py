"""The few joints of the house, as protocols (architecture, "The few joints")."""

from typing import Protocol

from linacsim.model.messages import Fault
from linacsim.model.signals import Commands, Frames, Readings


class Plant(Protocol):
    """Everything with inertia: commands in, readings out."""

    def sense(self) -> Readings:
        """Return the readings at the end of the last committed tick, n = 1."""
        ...

    def act(self, commands: Commands) -> Readings:
        """Return the readings of the n ticks commanded, without making them final."""
        ...

    def commit(self, n: int) -> None:
        """Make the first n ticks of the last `act` final and forget the others."""
        ...

    def apply(self, fault: Fault) -> None:
        """Begin or end a fault before the next tick."""
        ...


class FrameSink(Protocol):
    """Something that takes every frame of a run."""

    def write(self, frames: Frames) -> None:
        """Take the next frames; blocks follow each other without gap."""
        ...

    def close(self, *, truncated: bool = False) -> object:
        """Finish; `truncated` tells that the run was cut off from outside.

        What it returns is between the sink and whoever made it.
        """
        ...
