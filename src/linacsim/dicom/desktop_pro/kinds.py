"""What kind of delivery a beam asks for, in the console's words (Table 14, Notes XV and XVI)."""

import itertools

import numpy as np

from linacsim.dicom.desktop_pro.console import Feature
from linacsim.dicom.desktop_pro.points import Points
from linacsim.model.arrays import Bools, Floats


def dosed(points: Points) -> Bools:
    """Return (n - 1,) whether weight rises in each segment."""
    weight = np.nan_to_num(points.values["weight"])
    return np.asarray(np.diff(weight) > 0)


def turning(points: Points) -> Bools:
    """Return (n - 1,) whether the gantry turns in each segment."""
    return np.asarray(points.travel("gantry") != 0)


def shaping(points: Points) -> Bools:
    """Return (n - 1,) whether leaves, jaws or collimator move in each segment."""
    return np.asarray(points.changes() | (points.travel("collimator") != 0))


def moves(points: Points) -> bool:
    """Return whether anything moves between control points; the wedge is no geometry."""
    return bool((turning(points) | shaping(points)).any())


def kind_of(points: Points) -> Feature | None:
    """Return which feature a beam needs; None: static or simply wedged."""
    dose, turn, shape = dosed(points), turning(points), shaping(points)
    turns, shapes = bool((dose & turn).any()), bool((dose & shape).any())
    if turns and shapes:
        return Feature.IMAT
    if shapes:
        return Feature.DYNAMIC_MLC
    if turns:
        return Feature.ARC if not shape.any() else Feature.IMAT
    if moves(points):
        return Feature.STEP_AND_SHOOT
    if _wedge_changes(points) > 0 and not is_simply_wedged(points):
        return Feature.STEP_AND_SHOOT
    return None


def _wedge_changes(points: Points) -> int:
    now = points.wedges[:-1]
    return sum(a != b for a, b in itertools.pairwise(now))


def is_simply_wedged(points: Points) -> bool:
    """Return whether a beam is a simple wedged field: 3 or 4 control points, where nothing but the
    wedge changes, once, and at most two segments give dose (Note XVI)."""
    still = not shaping(points).any()
    return (
        still
        and len(points) in (3, 4)
        and _wedge_changes(points) <= 1
        and int(dosed(points).sum()) <= 2
    )


def delivery_segments(mu: Floats, points: Points) -> list[float]:
    """Return the MU of each delivery segment: radiating segments of a dynamic beam that follow
    one another are merged (Note X), since beam stays on between them unless wedge or energy change.
    """
    dynamic = kind_of(points) in (Feature.DYNAMIC_MLC, Feature.IMAT)
    energies = np.nan_to_num(points.values["energy"])
    out: list[float] = []
    joined = False
    for k, step in enumerate(np.diff(mu)):
        if step <= 0:
            joined = False
        elif dynamic and joined and _goes_on(points, energies, k):
            out[-1] += float(step)
        else:
            out.append(float(step))
            joined = True
    return out


def _goes_on(points: Points, energies: Floats, k: int) -> bool:
    """Return whether beam can stay on from segment k - 1 to segment k."""
    same_energy: bool = energies[k] == energies[k - 1]
    return same_energy and points.wedges[k] == points.wedges[k - 1]
