"""The model system: motion relative to the couch top (manual, "The Model system").

Planned couch motion moves couch and target alike and is not seen as motion in this system.

The couch carries points as follows, in the fixed room system (origin at the isocentre, Z up, Y the
axis of gantry rotation): pitch about X and roll about Y turn them about the point of the couch
that is at the isocentre where the system is pinned; vertical, lateral and longitudinal shift them;
rotation turns all about the vertical through the isocentre.
"""

import math
from typing import NamedTuple

from linacsim.model.arrays import Floats
from linacsim.model.axes import Axis
from linacsim.model.beam import Beam
from linacsim.model.motion import ModelSystem
from linacsim.motion.directions import Triple
from linacsim.motion.placements import IDENTITY, Transform, transform

LEVEL_ROTATION_DEG = 180.0
"""Couch rotation on the Varian internal scale that is 0 in IEC 61217 (research notes, logs)."""
UP = 1.0
"""Sign of couch vertical.

Published readers contradict each other. The manual's examples place the couch top at 90 to 90.54 cm
where 100 cm is the isocentre, which with a patient on it must be below: larger is higher.
"""


class Couch(NamedTuple):
    """A couch position on the Varian internal scale."""

    vrt_cm: float = 100.0
    lat_cm: float = 100.0
    lng_cm: float = 100.0
    rtn_deg: float = LEVEL_ROTATION_DEG
    pit_deg: float = 0.0
    rol_deg: float = 0.0


COUCH_AXES = slice(Axis.COUCH_VRT, Axis.COUCH_ROL + 1)
"""Columns of a position vector that make a `Couch`, in its order."""


def couch_at(positions: Floats) -> Couch:
    """Return the couch of a position vector (n_axes,)."""
    return Couch(*positions[COUCH_AXES].tolist())


class PinnedSystem:
    """The model system, wherever the couch carries it."""

    def __init__(self, pinned: Couch, placement: Transform = IDENTITY) -> None:
        """Pin the system.

        Args:
            pinned: couch position at which the system lies in the room as `placement` says.
            placement: the model system in the fixed room system, with the couch there.
        """
        self.pinned = pinned
        self._on_couch = _carried(pinned, pinned).inverse().after(placement)
        self._couch: Couch | None = None
        self._now = IDENTITY

    def at(self, couch: Couch) -> Transform:
        """Return where the model system lies in the fixed room system with the couch there."""
        if couch != self._couch:
            self._couch = couch
            self._now = _carried(couch, self.pinned).after(self._on_couch)
        return self._now


def pinned_system(system: ModelSystem | None, beam: Beam, at_load: Couch) -> PinnedSystem:
    """Return the model system of a beam.

    Each couch axis comes from `system`, else from the first control point, else from where the
    couch stood when the beam was loaded.

    Raises:
        InputError: the placement's axes are not orthonormal.
    """
    points = beam.control_points
    first = points.axes[0, COUCH_AXES].tolist() if len(points) else [math.nan] * len(at_load)
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


def _carried(couch: Couch, pinned: Couch) -> Transform:
    """Return where the couch's own system lies; it is the room's for a level couch at `pinned`."""
    turned = _about_z(math.radians(LEVEL_ROTATION_DEG - couch.rtn_deg))
    shift = (
        couch.lat_cm - pinned.lat_cm,
        couch.lng_cm - pinned.lng_cm,
        UP * (couch.vrt_cm - pinned.vrt_cm),
    )
    tilt = _about_x(math.radians(couch.pit_deg)).after(_about_y(math.radians(couch.rol_deg)))
    return turned.after(tilt._replace(origin=shift))


def _about_x(angle: float) -> Transform:
    c, s = math.cos(angle), math.sin(angle)
    return IDENTITY._replace(axis_y=(0.0, c, s), axis_z=(0.0, -s, c))


def _about_y(angle: float) -> Transform:
    c, s = math.cos(angle), math.sin(angle)
    return IDENTITY._replace(axis_x=(c, 0.0, -s), axis_z=(s, 0.0, c))


def _about_z(angle: float) -> Transform:
    c, s = math.cos(angle), math.sin(angle)
    x: Triple = (c, s, 0.0)
    return IDENTITY._replace(axis_x=x, axis_y=(-s, c, 0.0))
