"""The model system: motion relative to the couch top (manual, "The Model system").

Planned couch motion moves couch and target alike and is not seen as motion in this system.

How the couch carries points is said in `linacsim.motion.couch`, where sensors and targets ride too.
"""

import math
from typing import NamedTuple

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.beam import Beam
from linacsim.model.motion import ModelSystem
from linacsim.motion.couch import COUCH_AXES, couch_frame
from linacsim.motion.directions import Triple
from linacsim.motion.placements import IDENTITY, Transform, transform


class Couch(NamedTuple):
    """A couch position on the Varian internal scale."""

    vrt_cm: float = 100.0
    lat_cm: float = 100.0
    lng_cm: float = 100.0
    rtn_deg: float = 180.0
    pit_deg: float = 0.0
    rol_deg: float = 0.0


def couch_at(positions: Floats) -> Couch:
    """Return the couch of a position vector (n_axes,)."""
    return Couch(*positions[list(COUCH_AXES)].tolist())


class PinnedSystem:
    """The model system, wherever the couch carries it."""

    def __init__(self, pinned: Couch, placement: Transform = IDENTITY) -> None:
        """Pin the system.

        Args:
            pinned: couch position at which the system lies in the room as `placement` says.
            placement: the model system in the fixed room system, with the couch there.
        """
        self.pinned = pinned
        self._on_couch = _carried(pinned).inverse().after(placement)
        self._couch: Couch | None = None
        self._now = IDENTITY

    def at(self, couch: Couch) -> Transform:
        """Return where the model system lies in the fixed room system with the couch there."""
        if couch != self._couch:
            self._couch = couch
            self._now = _carried(couch).after(self._on_couch)
        return self._now


def pinned_system(system: ModelSystem | None, beam: Beam, at_load: Couch) -> PinnedSystem:
    """Return the model system of a beam.

    Each couch axis comes from `system`, else from the first control point, else from where the
    couch stood when the beam was loaded.

    Raises:
        InputError: the placement's axes are not orthonormal.
    """
    points = beam.control_points
    first = points.axes[0, list(COUCH_AXES)].tolist() if len(points) else [math.nan] * len(at_load)
    custom = _custom(system) if system else [None] * len(at_load)
    pinned = Couch(
        *(
            own if own is not None else loaded if math.isnan(planned) else planned
            for own, planned, loaded in zip(custom, first, at_load, strict=True)
        )
    )
    return PinnedSystem(pinned, transform(system.pinned) if system else IDENTITY)


def _custom(system: ModelSystem) -> list[float | None]:
    return [
        system.couch_vrt_cm,
        system.couch_lat_cm,
        system.couch_lng_cm,
        system.couch_rtn_deg,
        system.couch_pit_deg,
        system.couch_rol_deg,
    ]


def _carried(couch: Couch) -> Transform:
    """Return the system of the couch top in the room."""
    frame = couch_frame(np.array(couch))
    x, y, z = (_triple(frame.turn[:, column]) for column in range(3))
    return Transform(_triple(frame.origin_cm), x, y, z)


def _triple(vector: Floats) -> Triple:
    x, y, z = vector.tolist()
    return x, y, z
