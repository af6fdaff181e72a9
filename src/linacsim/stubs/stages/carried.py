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
    """The marker on a stage."""

    def __init__(self, carrier: Carrier, mounting: Mounting) -> None:
        """Take the stage, and how it stands in the room."""
        self._carrier = carrier
        self._mounting = mounting

    def positions(self, times_ns: Ints) -> Floats:
        """Return (n, 3) cm at (n,) times."""
        return self._mounting.to_room_cm(self._carrier.places_mm(np.asarray(times_ns)))
