"""What kind of delivery a beam asks for, in the console's words (Table 14, Notes XV and XVI)."""

import numpy as np

from linacsim.dicom.desktop_pro.console import Feature
from linacsim.dicom.desktop_pro.points import Points
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.planning.fields.metersets import beam_stays_on, delivery_segments
from linacsim.planning.fields.wedged import is_simply_wedged


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
    dose, turn, shape = points.dosed, turning(points), shaping(points)
    turns, shapes = bool((dose & turn).any()), bool((dose & shape).any())
    if turns and shapes:
        return Feature.IMAT
    if shapes:
        return Feature.DYNAMIC_MLC
    if turns:
        return Feature.ARC if not shape.any() else Feature.IMAT
    if moves(points):
        return Feature.STEP_AND_SHOOT
    wedge_in = wedged(points)
    if wedge_in.any() and not wedge_in.all() and not is_simply_wedged(dose, wedge_in, shape, turn):
        return Feature.STEP_AND_SHOOT
    return None


def wedged(points: Points) -> Bools:
    """Return (n - 1,) whether the wedge is in during each segment."""
    return np.array([stated == "IN" for stated in points.wedges[:-1]], dtype=bool)


def merged_segments(mu: Floats, points: Points, least_mu: float) -> Ints:
    """Return (n - 1,) the delivery segment of each segment; -1 without dose.

    Note X lets parts be merged in Dynamic-MLC and IMAT beams alone. An arc whose shape stands has
    to have the least dose between any two points, though the planner would merge there too.
    """
    dynamic = kind_of(points) in (Feature.DYNAMIC_MLC, Feature.IMAT)
    joins = beam_stays_on(np.nan_to_num(points.values["energy"]).tolist(), wedged(points))
    return delivery_segments(np.diff(mu), joins, least_mu, dynamic=dynamic)
