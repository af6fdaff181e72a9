"""Angles that go on across 0: from stated angles and directions to the way that is travelled.

A rotation is called clockwise as seen from the isocentre for the gantry, from the source for the
beam limiting devices, and from above for the couch (DICOM PS3.3, C.8.8.14.8). IEC 61217 counts
clockwise gantry angles as growing, and the others as falling: their axes point at the observer.
"""

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.rt_plan import Rotation

TURN = 360.0
SAME = 1e-4
"""Angles closer than this, in degrees, are the same: single precision of a turn."""


def unrolled(
    angles: Floats, stated: Bools, dose: Bools, rotations: tuple[Rotation, ...], clockwise: int
) -> Floats:
    """Return (n,) angles whose differences are what is travelled; the first one is as given.

    `stated` (n,) tells at which points the angle stands in the plan, not only carried forward;
    `dose` (n - 1,) which segments have dose; `rotations` (n,) hold for the segment after their
    point; `clockwise` is 1 where that grows the angle, else -1.

    Equal stated angles with a direction make a full turn; without dose they are one point said
    twice. `restated` names both. Without a direction the way is the shorter one; `undirected` names
    such segments.
    """
    step = np.diff(angles)
    up = np.array([_growth(one, clockwise) for one in rotations[:-1]], dtype=float)
    directed = np.where(_equal(step), 0.0, np.mod(step * up, TURN))
    directed[_again(step, stated, up) & dose] = TURN
    travelled = np.where(up != 0, directed * up, _shorter(step))
    return np.concatenate([angles[:1], angles[:1] + np.cumsum(travelled)])


def restated(angles: Floats, stated: Bools, rotations: tuple[Rotation, ...]) -> list[int]:
    """Return the points after which a direction leads to the same stated angle."""
    up = np.array([_growth(one, 1) for one in rotations[:-1]], dtype=float)
    return [int(k) for k in np.flatnonzero(_again(np.diff(angles), stated, up))]


def undirected(angles: Floats, rotations: tuple[Rotation, ...]) -> list[int]:
    """Return the points after which an angle changes without a direction."""
    still = np.array([one is Rotation.NONE for one in rotations[:-1]], dtype=bool)
    return [int(k) for k in np.flatnonzero(still & (np.abs(_shorter(np.diff(angles))) > SAME))]


def _again(step: Floats, stated: Bools, up: Floats) -> Bools:
    return np.asarray(_equal(step) & stated[1:] & (up != 0))


def _equal(step: Floats) -> Bools:
    return np.asarray(np.abs(_shorter(step)) < SAME)


def _shorter(step: Floats) -> Floats:
    """Return steps by the shorter way; exactly half a turn goes up."""
    small = np.abs(step) < TURN / 2
    return np.where(small, step, TURN / 2 - np.mod(TURN / 2 - step, TURN))


def _growth(rotation: Rotation, clockwise: int) -> int:
    if rotation is Rotation.NONE:
        return 0
    return clockwise if rotation is Rotation.CLOCKWISE else -clockwise
