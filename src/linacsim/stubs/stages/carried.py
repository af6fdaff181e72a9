"""A marker that a stage carries: the truth that a camera's stub sees."""

from typing import Protocol

import numpy as np

from linacsim.devices.stages.course import Mounting
from linacsim.model.arrays import Floats, Ints
from linacsim.motion.source import Motion


class Carrier(Protocol):
    """Something that knows where it was."""

    def places_mm(self, times_ns: Ints) -> Floats:
        """Return (n, n_axes) true places at (n,) times up to now, in the order of its mounting."""
        ...


class Carried(Motion):
    """The marker on a stage, in the room."""

    def __init__(self, mounting: Mounting, name: str) -> None:
        """Take how the stage stands, and its name; who moves it is told by `attach`."""
        self._mounting = mounting
        self._carrier: Carrier | None = None
        self.name = name

    def attach(self, carrier: Carrier) -> None:
        """Let the marker be carried from now on."""
        self._carrier = carrier

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times; on a stage that nobody moves, at the isocentre."""
        if self._carrier is None or not len(times_ns):
            return np.zeros((len(times_ns), 3))
        return self._mounting.to_room_cm(self._carrier.places_mm(np.asarray(times_ns)))
