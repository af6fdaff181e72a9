"""How the couch carries the patient.

Positions are Varian internal scale, as everywhere in the house. Taken to the room (research,
numbers.md 5.1): X = lateral - 100, Y = longitudinal, Z = 100 - vertical, rotation about Z of
180 - CouchRtn. Public sources disagree on the sign of the vertical axis (numbers.md section 7); the
one that has the couch lower with larger numbers is taken. Pitch turns about X and roll about Y
through the origin of the couch top, positive right-handed; no public source was found for these.
"""

from dataclasses import dataclass

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis

COUCH_AXES = (
    Axis.COUCH_VRT,
    Axis.COUCH_LAT,
    Axis.COUCH_LNG,
    Axis.COUCH_RTN,
    Axis.COUCH_PIT,
    Axis.COUCH_ROL,
)
"""Order of a couch position: vrt, lat, lng in cm, rtn, pit, rol in deg."""

UPRIGHT = (100.0, 100.0, 0.0, 180.0, 0.0, 0.0)
"""The couch whose top has its origin in the isocentre, not turned."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A rigid system in the room."""

    turn: Floats
    """(3, 3) its unit axes as columns."""
    origin_cm: Floats
    """(3,)"""

    def to_room(self, points_cm: Floats) -> Floats:
        """Return (n, 3) points of this system in the room."""
        return np.asarray(points_cm @ self.turn.T + self.origin_cm)

    def from_room(self, points_cm: Floats) -> Floats:
        """Return (n, 3) points of the room in this system."""
        return np.asarray((points_cm - self.origin_cm) @ self.turn)


def couch_frame(couch: Floats) -> Frame:
    """Return the system of the couch top at a couch position (6,) in the order of `COUCH_AXES`."""
    vrt, lat, lng, rtn, pitch, roll = couch.tolist()
    swivel = _about(2, 180.0 - rtn)
    origin = np.array([lat - 100.0, lng, 100.0 - vrt])
    return Frame(swivel @ _about(0, pitch) @ _about(1, roll), swivel @ origin)


def carried(reference: Floats, couch: Floats) -> Frame:
    """Return the patient's system in the room with the couch at `couch`.

    With the couch at `reference` it is the room system itself.
    """
    before, now = couch_frame(reference), couch_frame(couch)
    turn = now.turn @ before.turn.T
    return Frame(turn, now.origin_cm - turn @ before.origin_cm)


def _about(axis: int, angle_deg: float) -> Floats:
    """Return the right-handed rotation about a room axis."""
    if angle_deg % 360.0 == 0.0:
        return np.eye(3)
    cosine, sine = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = cosine
    turn[first, second], turn[second, first] = -sine, sine
    return turn
