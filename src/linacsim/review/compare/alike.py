"""Whether two recordings are deliveries of the same beam on the same kind of machine at all."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from linacsim.model.arrays import Bools, Floats
from linacsim.model.findings import InputError
from linacsim.review.compare.pair import Pair
from linacsim.review.compare.positions import Positions
from linacsim.review.compare.records import Difference, Kind
from linacsim.review.course import WHOLE, Course
from linacsim.review.recording import Recording

ENOUGH_MU = 0.05
FEW = 10
SHARE = 0.25
"""Beams are different if more than this share of the axes, and more than `FEW`, go elsewhere."""


class Unlike(InputError):
    """Two deliveries that cannot be compared, and why."""


def check_machines(a: Recording, b: Recording) -> None:
    """Raise `Unlike` where the machines have different MLCs."""
    known = a.mlc_model and b.mlc_model
    if a.layout != b.layout or (known and a.mlc_model != b.mlc_model):
        raise Unlike(
            f"{a.name} and {b.name} come from different machines: "
            f"MLC {_mlc(a)} and {_mlc(b)}; nothing was compared"
        )


def aligned(a: Course, b: Course) -> tuple[Course, bool]:
    """Return B with its control points numbered as in A, and whether that took another numbering.

    Where both are complete and have different numbers of control points, and both have MU in each
    segment, MU tell where in A's numbering B is. Raises `Unlike` where they do not.
    """
    if len(a.going) == 0 or len(b.going) == 0:
        raise Unlike(f"{(b if len(a.going) else a).recording.name} never leaves its first point")
    if abs(a.s[-1] - b.s[-1]) <= WHOLE or not (_complete(a.recording) and _complete(b.recording)):
        return b, False
    mu_a, mu_b = a.mu_at_points, b.mu_at_points
    rising = all(len(mu) > 1 and (np.diff(mu) > 0).all() for mu in (mu_a, mu_b))
    if not rising or abs(mu_a[-1] - mu_b[-1]) > ENOUGH_MU:
        raise Unlike(_beams(a.recording, b.recording, _counts(a, b)))
    cp = np.interp(b.recording.mu_expected, mu_a, a.points.astype(np.float64))
    return Course(replace(b.recording, cp=cp)), True


def check_beams(pair: Pair, positions: Positions, found: tuple[Difference, ...]) -> None:
    """Raise `Unlike` where most of what was compared goes elsewhere, in no simple way."""
    a, b = pair.a.recording, pair.b.recording
    if not len(pair.grid):
        raise Unlike(_beams(a, b, "they have no control points in common"))
    elsewhere = {
        axis
        for difference in found
        if difference.column == "expected" and difference.kind is Kind.SHAPE
        for axis in difference.axes
    }
    most = max(FEW, SHARE * int(positions.judged.sum()))
    if len(elsewhere) > most:
        raise Unlike(_beams(a, b, f"{len(elsewhere)} axes go elsewhere"))


def notes_of(pair: Pair, *, by_mu: bool) -> Iterator[str]:
    """Yield what is worth knowing of the two."""
    a, b = pair.a.recording, pair.b.recording
    if by_mu:
        yield "control points are numbered differently: aligned by MU, in the numbers of A"
    if a.beam != b.beam:
        yield f"the beams have different names: {a.beam or 'none'} and {b.beam or 'none'}"
    if a.isocentric_couch != b.isocentric_couch:
        yield "the couch is stated in different scales: not judged"
    lacking = _recorded(a.expected) ^ _recorded(b.expected)
    if lacking.any():
        names = [a.layout.name(int(axis)) for axis in np.flatnonzero(lacking)]
        yield f"only one of the two states {', '.join(names[:8])}{' ...' * (len(names) > 8)}"


def _recorded(columns: Floats) -> Bools:
    return np.asarray(np.isfinite(columns[0]))


def _complete(recording: Recording) -> bool:
    """Return whether the delivery came to its end, as far as the recording says."""
    planned = sum(field.planned_mu for field in recording.subbeams)
    if recording.truncated:
        return False
    return not recording.subbeams or float(recording.mu_expected[-1]) >= planned - ENOUGH_MU


def _mlc(recording: Recording) -> str:
    return f"{recording.mlc_model or 'unknown'} with {recording.layout.leaf_pairs} leaf pairs"


def _counts(a: Course, b: Course) -> str:
    one, other = (
        f"control points up to {course.s[-1]:.6g} with {course.recording.mu_expected[-1]:.2f} MU"
        for course in (a, b)
    )
    return f"{one}, and {other}"


def _beams(a: Recording, b: Recording, why: str) -> str:
    return (
        f"{a.name} and {b.name} are deliveries of different beams ({why}); nothing was compared: "
        "name two deliveries of the same beam"
    )
