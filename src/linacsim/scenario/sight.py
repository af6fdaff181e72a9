"""A sensor in its room: whether it must see couch and gantry move, and from when on.

Patient coordinates are those of the room with the couch where the beam has it first
(docs/decisions/0005-sensors-see-the-room.md).
"""

from dataclasses import dataclass, replace

import numpy as np

from linacsim.control.states import FROZEN
from linacsim.engines.feed import Sight
from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.motion import Placement, Vector
from linacsim.model.samples import CouchPosition
from linacsim.model.signals import State
from linacsim.motion.couch import COUCH_AXES
from linacsim.motion.model_system import couch_at, pinned_system
from linacsim.motion.room import RoomTrack
from linacsim.motion.sensors import Sensor

ALWAYS = frozenset(State)
UNTIL_FROZEN = ALWAYS - FROZEN
"""From MV READY on, axes that the beam does not move stand still."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A sensor that sees the room."""

    track: RoomTrack
    reference: CouchPosition
    """With the couch there, patient coordinates are those of the room."""
    moves_in: frozenset[State]

    def sight(self, sensor: Sensor) -> Sight:
        """Return what binds the sensor to the machine."""
        return Sight(self.track.begin, self.track.note, sensor.unknown_ns, self.moves_in)


def place(sensor: Sensor, machine: MachineSpec, beam: Beam, *, pushed: bool) -> Placed | None:
    """Let a sensor see the room; None where nothing that it sees can move.

    `pushed` tells whether somebody moves the couch other than by plan and Go To.
    """
    couch = couch_at(machine.start)
    reference = pinned_system(None, beam, couch).pinned
    hides = bool(sensor.spec.occluded_gantry_deg)
    always = hides or pushed or _couch_is_dynamic(beam, machine.start)
    if not always and couch == reference == _pinned(beam, machine.start):
        return None
    track = RoomTrack(machine.start, gantry=hides)
    sensor.place(track.at, reference)
    return Placed(track, reference, ALWAYS if always else UNTIL_FROZEN)


def _couch_is_dynamic(beam: Beam, start: Floats) -> bool:
    """Return whether any couch axis moves during the beam."""
    planned = beam.resolved_positions()[:, list(COUCH_AXES)]
    planned = np.where(np.isnan(planned), start[list(COUCH_AXES)], planned)
    return bool((planned != planned[0]).any())


def _pinned(beam: Beam, start: Floats) -> CouchPosition:
    """Return the couch position at which the beam's own model system is pinned."""
    management = beam.imaging.motion_management if beam.imaging else None
    system = management.model_system if management else None
    if system is not None:
        system = replace(system, pinned=Placement(Vector(0.0, 0.0, 0.0)))
    return pinned_system(system, beam, couch_at(start)).pinned
