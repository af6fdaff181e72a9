"""What the linac can do of a beam: movements, MU of segments, speeds (Notes X, XIV, XV)."""

from collections.abc import Iterator

import numpy as np

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Linac
from linacsim.dicom.desktop_pro.kinds import merged_segments
from linacsim.dicom.desktop_pro.points import TABLE, Points
from linacsim.dicom.desktop_pro.request import MU_STEP, Beam, Request
from linacsim.dicom.desktop_pro.rules.row import Fault, Rule, each_beam
from linacsim.model.arrays import Floats
from linacsim.planning.fields.metersets import too_small

LEAST_SEGMENT_MU = 1.0
"""Of a delivery segment, after rounding to 0.1 MU (Note X)."""
_HAIR = 1e-6


@each_beam
def _couch(beam: Beam, _request: Request) -> Iterator[Fault]:
    points = beam.points
    if (points.travel("couch") != 0).any():
        yield Fault(beam.data.where, "the patient support turns")
    for name in TABLE:
        stated = points.stated[name]
        values = stated[~np.isnan(stated)]
        if len(values) and np.ptp(values) > 0:
            yield Fault(beam.data.where, f"the table moves ({name})")


@each_beam
def _collimator(beam: Beam, _request: Request) -> Iterator[Fault]:
    """The sweep goes 180 - 270 - 0 - 90 - 180: on a scale that begins at 180 it stays within it."""
    points = beam.points
    angles = np.nan_to_num(points.values["collimator"])
    for k, travel in enumerate(points.travel("collimator")):
        start = (angles[k] - 180.0) % 360.0
        if start == 0.0 and travel < 0:
            start = 360.0
        if not -_HAIR <= start + travel <= 360.0 + _HAIR:
            yield Fault(points.items[k].where, "the collimator would pass 180 degrees")


@each_beam
def _segments(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.mu is None:
        return
    step_mu = np.diff(beam.mu)
    segment = merged_segments(beam.mu, beam.points, LEAST_SEGMENT_MU)
    for k in too_small(step_mu, segment, LEAST_SEGMENT_MU, MU_STEP).tolist():
        dose = step_mu[segment == segment[k]].sum()
        yield Fault(beam.points.items[k].where, f"a segment has {dose:.1f} MU, not 1.0 or more")


@each_beam
def _treatable(beam: Beam, _request: Request) -> Iterator[Fault]:
    if beam.linac is None or beam.mu is None:
        return
    dose = np.diff(beam.mu)
    available_s = dose / beam.linac.lowest_mu_per_min * 60.0
    needed_s = _needed_s(beam.points, beam.linac)
    for k in np.flatnonzero((dose > 0) & (needed_s > available_s + _HAIR)):
        yield Fault(
            beam.points.items[k].where,
            f"{dose[k]:.1f} MU take {available_s[k]:.1f} s, moving {needed_s[k]:.1f} s",
        )


def _needed_s(points: Points, linac: Linac) -> Floats:
    """Return (n - 1,) time that the slowest axis needs for each segment."""
    out = np.abs(points.travel("gantry")) / linac.gantry_deg_per_s
    out = np.maximum(out, np.abs(points.travel("collimator")) / linac.collimator_deg_per_s)
    for kind, column in points.positions.items():
        head = linac.head
        speed = head.leaf_mm_per_s if kind.startswith("MLC") else head.jaw_mm_per_s
        steps = np.nan_to_num(np.abs(np.diff(column, axis=0)))
        out = np.maximum(out, steps.max(axis=1, initial=0.0) / speed)
    return np.asarray(out)


RULES = (
    Rule(
        "no-table-movement",
        "Table 14, Note XIV",
        tags.COUCH,
        Code.MOVEMENT,
        "patient support and table stand still",
        _couch,
    ),
    Rule(
        "collimator-sweep",
        "Table 14",
        tags.COLLIMATOR,
        Code.MOVEMENT,
        "the collimator does not pass 180 degrees",
        _collimator,
    ),
    Rule(
        "segment-meterset",
        "Note X",
        tags.WEIGHT,
        Code.SMALL_SEGMENT,
        "no MU or at least 1.0 in a segment; in dynamic beams, in adjacent segments together",
        _segments,
    ),
    Rule(
        "treatable",
        "Table 18",
        tags.POINTS,
        Code.UNTREATABLE,
        "no segment faster than the linac moves at its lowest dose rate",
        _treatable,
    ),
)
