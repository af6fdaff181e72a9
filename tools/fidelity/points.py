"""What a real machine was asked to deliver: from the plan, or read back from its log.

Between control points everything runs on straight lines (docs/explanation/time-law.md), so that a
line through the middle of each segment gives its ends, away from the rounded corners. Rounded as a
plan states them, these are the control points; their timing is not taken from the log.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from linacsim.model.arrays import Floats
from linacsim.model.axes import N_SINGLE, Axis
from linacsim.model.beam import Beam, ControlPoints, SubBeam
from linacsim.model.gating import BeamHoldDevice
from linacsim.review.recording import Recording

MIDDLE = (0.27, 0.73)
"""Part of a segment that no blend reaches: one takes at most half of the shorter neighbour."""
DECIMALS = 2
"""Places of mm and deg that plans state, in cm and deg."""
ENERGY, DOSE_RATE = "6x", 600.0
MEET = 1e-3
STARTS = 1e-3
HOLD_DEVICE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Control points: MU (n,), positions (n, n_axes), NaN for carriages."""

    mu: Floats
    position: Floats


def lines_of(recording: Recording) -> Points:
    """Return the control points of a log whose segments all give dose.

    Raises ValueError where lines on both sides of a control point do not meet.
    """
    last = round(float(recording.cp[-1]))
    values = np.column_stack([recording.mu_expected, recording.expected])
    ends = np.full((last + 1, 2, values.shape[1]), np.nan)
    for k in range(last):
        u = recording.cp - k
        rows = np.flatnonzero((u > MIDDLE[0]) & (u < MIDDLE[1]))
        share = u[rows]
        design = np.column_stack([1 - share, share])
        ends[k, 1], ends[k + 1, 0] = np.linalg.lstsq(design, values[rows], rcond=None)[0]
    if np.nanmax(np.abs(ends[1:-1, 0] - ends[1:-1, 1])) > MEET:
        raise ValueError("the lines of this log do not meet at its control points")
    ends[0, 0], ends[-1, 1] = ends[0, 1], ends[-1, 0]
    table = ends.mean(axis=1).round(DECIMALS)
    return Points(table[:, 0].copy(), _without_carriages(table[:, 1:]))


def fields_of(recording: Recording) -> Points:
    """Return the control points of two static fields in sequence, with the way between them.

    As it starts to move the machine expects every axis where it is found.
    """
    first, second = (field.planned_mu for field in recording.subbeams)
    coll = recording.expected[:, Axis.COLL_RTN]
    found = int(np.flatnonzero(np.abs(np.diff(coll)) > STARTS)[0])
    mu = np.cumsum([0.0, first, 0.0, second])
    return Points(mu, _without_carriages(recording.expected[[found, found, -1, -1]]))


def static_of(recording: Recording) -> Points:
    """Return the control points of a static field."""
    (field,) = recording.subbeams
    row = len(recording) // 2
    mu = np.array([0.0, field.planned_mu])
    return Points(mu, _without_carriages(recording.expected[[row, row]]))


def beam_of(points: Points, mlc_model: str, starts: tuple[int, ...] = (0,)) -> Beam:
    """Return a beam with a sub-beam at each of `starts`; its beam may be held from outside."""
    axes = points.position[:, :N_SINGLE].copy()
    # Standing axes differ by what a tolerance allows; the couch is left where it is.
    axes[:, Axis.COUCH_VRT : Axis.COUCH_ROL + 1] = np.nan
    return Beam(
        id=1,
        mlc_model=mlc_model,
        control_points=ControlPoints(
            mu=points.mu.copy(),
            axes=axes,
            leaves=points.position[:, Axis.CARRIAGE_B + 1 :].copy(),
            line=np.zeros(len(points.mu), dtype=np.int64),
            energy=MappingProxyType({0: ENERGY}),
            dose_rate=MappingProxyType({0: DOSE_RATE}),
            sub_beam=MappingProxyType({k: SubBeam(i, f"field {i}") for i, k in enumerate(starts)}),
            progress_event=MappingProxyType({}),
        ),
        beam_hold_devices=(BeamHoldDevice(HOLD_DEVICE),),
    )


def _without_carriages(position: Floats) -> Floats:
    out = position.copy()
    out[:, Axis.CARRIAGE_A : Axis.CARRIAGE_B + 1] = np.nan
    return out
